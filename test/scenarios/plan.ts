import type {
  Directive,
  OnDeadlock,
  PoolRoute,
  RestartPolicy,
  SupervisionStrategy,
  TopicDelivery,
  WhenFull,
} from "../../src/index.ts";

/*
 * A plan is a scenario as plain JSON data. It is drawn from a seed, performed by `performance.ts`, and made smaller
 * by `shrinking.ts`. Actors, pools, topics and values are chosen by number, modulo how many there are.
 */

/** The actor that an act is about, as seen from the actor that performs it. */
export interface Target {
  readonly who: "self" | "parent" | "sibling" | "child" | "living" | "any";
  readonly n: number;
}

/** Code of an application: what a handler, hook, task, timer or listener does. */
export interface Script {
  readonly acts: readonly Act[];
  readonly mode: "sync" | "async";
  /** `hostile` throws a value that hurts when it is looked at. */
  readonly end: "return" | "throw" | "hostile";
  readonly value: number;
  /** Whether an error of an act ends the script. */
  readonly careless: boolean;
}

/** Options of a call. A `later` signal is aborted by an `abort` act or step, if at all. */
interface Call {
  readonly script: Script;
  readonly timeoutMs: number | undefined;
  readonly signal: "none" | "aborted" | "later";
  readonly awaits: boolean;
}

export type Act =
  | ({ readonly do: "tell" | "ask"; readonly to: Target } & Call)
  | ({ readonly do: "pool"; readonly how: PoolCall; readonly n: number } & Call)
  | { readonly do: "forward"; readonly to: Target; readonly script: Script }
  | { readonly do: "forwardToPool"; readonly n: number; readonly script: Script }
  | {
      readonly do: "delegate";
      readonly when: "now" | "task" | "gate" | "never";
      readonly how: "resolve" | "reject" | "hostile";
      readonly value: number;
    }
  | { readonly do: "task"; readonly script: Script; readonly cancels: boolean }
  | { readonly do: "timer"; readonly every: boolean; readonly ms: number; readonly script: Script }
  | ({ readonly do: "pipe" } & PipePlan)
  | {
      readonly do: "spawn";
      readonly definition: number;
      readonly top: boolean;
      readonly name: string | undefined;
    }
  | {
      readonly do: "spawnPool";
      readonly definition: number;
      readonly top: boolean;
      readonly size: number;
      readonly route: PoolRoute;
    }
  | { readonly do: "endPool"; readonly n: number; readonly how: "stop" | "kill" }
  | {
      readonly do: "subscribe";
      readonly n: number;
      readonly to: Target;
      readonly filter: Script | undefined;
    }
  | { readonly do: "unsubscribe"; readonly n: number }
  | {
      readonly do: "publish";
      readonly n: number;
      readonly script: Script;
      readonly awaits: boolean;
    }
  | { readonly do: "link" | "unlink" | "watch" | "unwatch"; readonly to: Target }
  | { readonly do: "stop" | "kill"; readonly to: Target; readonly awaits: boolean }
  | { readonly do: "stopSelf" }
  | { readonly do: "snapshot" | "abort" | "setState" | "unknown" }
  | { readonly do: "shutdown"; readonly awaits: boolean }
  | { readonly do: "find"; readonly name: string; readonly definition: number }
  | { readonly do: "log"; readonly level: "debug" | "info" | "error"; readonly value: number }
  | { readonly do: "onAbort"; readonly script: Script }
  | {
      readonly do: "wait";
      readonly what: "turn" | "gate" | "signal" | "ready" | "stopped" | "forever";
      readonly to: Target;
    };

export type PoolCall = "tell" | "ask" | "broadcastTell" | "broadcastAsk";

export interface PipePlan {
  readonly source:
    | "promise"
    | "rejected"
    | "items"
    | "failing"
    | "stream"
    | "function"
    | "throwing";
  readonly items: readonly Script[];
  /** Whether the source hangs after its last item. */
  readonly hangs: boolean;
  readonly maxInFlight: number;
  readonly tells: boolean;
}

/** Something that happens outside actors. */
export type Step =
  | { readonly do: "act"; readonly act: Act; readonly trace: "none" | "unsampled" | "sampled" }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "turn" | "gate" };

export interface HookPlan {
  readonly script: Script;
  /** The script runs at every n-th call of the hook, beginning with the n-th. */
  readonly every: number;
}

export interface DefinitionPlan {
  readonly limit: number;
  readonly whenFull: WhenFull;
  readonly policy: RestartPolicy;
  readonly maxRestarts: number;
  readonly backoffMs: number | undefined;
  readonly strategy: SupervisionStrategy;
  readonly childRestarts: number | undefined;
  readonly taskDeadlineMs: number;
  readonly stopDeadlineMs: number;
  readonly directive: Directive | "none";
  readonly stateless: boolean;
  readonly state: HookPlan | undefined;
  readonly onStart: HookPlan | undefined;
  readonly onStop: HookPlan | undefined;
  readonly onFailure: HookPlan | undefined;
  readonly onTerminated: HookPlan | undefined;
}

export interface WorldPlan {
  readonly clock: "manual" | "real";
  readonly sdk: "present" | "absent";
  readonly tracing: boolean;
  readonly rootSampleRatio: number;
  readonly logLevel: "debug" | "info" | "silent";
  readonly onDeadlock: OnDeadlock;
  readonly monitor: boolean;
  readonly askTimeoutMs: number;
  readonly shutdownDeadlineMs: number;
  readonly topics: readonly TopicDelivery[];
  readonly onDeadLetter: HookPlan | undefined;
  readonly onDeadlockEvent: HookPlan | undefined;
  readonly onLogLine: HookPlan | undefined;
}

export interface Plan {
  readonly world: WorldPlan;
  readonly definitions: readonly DefinitionPlan[];
  readonly steps: readonly Step[];
}
