import type { ActorContext, StopReason } from "../../src/index.ts";
import type { Message } from "./ledger.ts";

/** The error of a script. */
export class ScriptError extends Error {}

/** The state of an actor: it belongs to the first context that is seen with it, and to no other. */
export interface Marked {
  owner: object | undefined;
}

export type Context = ActorContext<Marked | undefined>;

/** A ref to any actor of a scenario, whatever its definition. */
export interface Ref {
  readonly id: string;
  readonly type: string;
  readonly ask: { run(message: Message): Promise<unknown> };
  readonly tell: { run(message: Message): unknown };
  with(options: object): Ref;
  whenReady(): Promise<void>;
  whenStopped(): Promise<StopReason>;
  stop(): Promise<void>;
  kill(): void;
}

/** A pool of a scenario. */
export interface Pool {
  readonly ask: Ref["ask"];
  readonly tell: Ref["tell"];
  readonly broadcast: {
    readonly ask: { run(message: Message): Promise<PromiseSettledResult<unknown>[]> };
    readonly tell: { run(message: Message): number | Promise<number> };
  };
  pick(): Ref;
  with(options: object): Pool;
  stop(): Promise<void>;
  kill(): void;
}

/** An actor of a scenario. Its ref is absent while it is being spawned, and its id until it has one. */
export interface Player {
  ref: Ref | undefined;
  readonly parent: Player | undefined;
  readonly definition: number;
  readonly children: Player[];
  /** The contexts of its lives, as far as their code has run. */
  readonly lives: Context[];
  /** What runs in it now: a handler or hook. */
  inside: string | undefined;
  /** Whether its end has been logged or announced. */
  ended: boolean;
}

/** Where an act is performed. */
export interface Site {
  readonly player: Player | undefined;
  readonly c: Context | undefined;
  /** Whose messages are in order: an actor's id, or what else sends them. */
  readonly sender: string;
  readonly part: "outside" | "handler" | "hook" | "task" | "listener";
  readonly signal: AbortSignal | undefined;
  /** The message being handled. */
  readonly message: Message | undefined;
}
