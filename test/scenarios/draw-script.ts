import type { Act, HookPlan, PipePlan, Script, Target } from "./plan.ts";
import type { Random } from "./random.ts";

/** Acts of scripts, with their weights. Those that end something are as likely as messages on purpose. */
const WEIGHTS = {
  tell: 10,
  ask: 10,
  pool: 4,
  forward: 5,
  forwardToPool: 1,
  delegate: 5,
  task: 6,
  timer: 4,
  pipe: 3,
  spawn: 6,
  spawnPool: 1,
  endPool: 1,
  subscribe: 3,
  unsubscribe: 1,
  publish: 3,
  tie: 4,
  end: 7,
  stopSelf: 3,
  snapshot: 1,
  abort: 3,
  setState: 2,
  unknown: 1,
  shutdown: 0.3,
  find: 1,
  log: 3,
  onAbort: 5,
  wait: 6,
} as const;
type Kind = keyof typeof WEIGHTS;

/** Acts that make sense outside actors. */
const OUTSIDE = {
  tell: 18,
  ask: 18,
  pool: 6,
  spawn: 6,
  spawnPool: 1.5,
  endPool: 0.7,
  subscribe: 4,
  unsubscribe: 1,
  publish: 6,
  end: 4,
  snapshot: 1,
  abort: 3,
  unknown: 0.5,
  shutdown: 0.4,
  find: 1,
} as const;

const MAX_DEPTH = 3;

/** How long the scenario's times are: a real clock takes short ones. */
export interface Times {
  readonly calls: readonly (number | undefined)[];
  readonly timers: readonly number[];
}

/**
 * Weights of one scenario: some acts are left out and some are frequent, since what only shows without the others, or
 * by repetition, is rarely drawn from equal weights.
 */
function vary<Key extends string>(
  random: Random,
  weights: Readonly<Record<Key, number>>,
): Readonly<Record<Key, number>> {
  const entries = Object.entries<number>(weights).map(([key, weight]) => {
    const kept = key === "tell" || key === "ask" ? 1 : 0;
    return [key, weight * random.pick([kept, 1, 1, 1, 4])] as const;
  });
  return Object.fromEntries(entries) as Readonly<Record<Key, number>>;
}

/** Draws scripts, whose acts send further scripts, down to a limited depth. */
export class ScriptDrawing {
  readonly #random: Random;
  readonly #times: Times;
  readonly #inside: Readonly<Record<Kind, number>>;
  readonly #outside: Readonly<Record<keyof typeof OUTSIDE, number>>;

  constructor(random: Random, times: Times) {
    this.#random = random;
    this.#times = times;
    this.#inside = vary(random, WEIGHTS);
    this.#outside = vary(random, OUTSIDE);
  }

  script(depth: number = MAX_DEPTH, mode?: "sync"): Script {
    const random = this.#random;
    const count = depth === 0 ? 0 : random.pick([0, 1, 1, 2, 3]);
    return {
      acts: random.times(count, () => this.#act(random.weighted(this.#inside), depth - 1)),
      mode: mode ?? random.pick(["sync", "async"]),
      end: random.weighted({ return: 6, throw: 1.5, hostile: 0.7 }),
      value: random.integer(0, 999),
      careless: random.chance(0.3),
    };
  }

  hook(probability: number, mode?: "sync"): HookPlan | undefined {
    const random = this.#random;
    if (!random.chance(probability)) return undefined;
    return { script: this.script(2, mode), every: random.pick([1, 1, 2, 3]) };
  }

  /** Returns an act that spawns an actor at the top. */
  spawn(): Act {
    return this.#act("spawn", 0);
  }

  /** Returns an act that makes a living actor spawn children. */
  family(): Act {
    const random = this.#random;
    const acts = random.times(random.integer(1, 3), () => {
      const definition = random.integer(0, 30);
      return { do: "spawn", definition, top: false, name: undefined } as const;
    });
    const script = { acts, mode: "sync", end: "return", value: 0, careless: false } as const;
    const call = { script, timeoutMs: undefined, signal: "none", awaits: false } as const;
    return { do: "tell", to: { who: "living", n: random.integer(0, 30) }, ...call };
  }

  /** Returns a message to the n-th of the living, whose mailbox several of them fill. */
  callOf(n: number): Act {
    const to = { who: "living", n } as const;
    return { do: this.#random.pick(["tell", "tell", "ask"]), to, ...this.#call(2) };
  }

  outside(): Act {
    return this.#act(this.#random.weighted(this.#outside), MAX_DEPTH);
  }

  #target(): Target {
    const who = this.#random.weighted({
      self: 3,
      parent: 2,
      sibling: 2,
      child: 2,
      living: 6,
      any: 1,
    });
    return { who, n: this.#random.integer(0, 30) };
  }

  #call(depth: number) {
    const random = this.#random;
    return {
      script: this.script(depth),
      timeoutMs: random.pick(this.#times.calls),
      signal: random.weighted({ none: 8, later: 2, aborted: 0.5 }),
      awaits: random.chance(0.6),
    };
  }

  #pipe(depth: number): PipePlan {
    const random = this.#random;
    return {
      source: random.pick([
        "promise",
        "rejected",
        "items",
        "items",
        "failing",
        "stream",
        "function",
        "throwing",
      ]),
      items: random.times(random.integer(0, 6), () => this.script(Math.min(depth, 1))),
      hangs: random.chance(0.4),
      maxInFlight: random.pick([1, 2, 16]),
      tells: random.chance(0.5),
    };
  }

  #act(kind: Kind, depth: number): Act {
    const random = this.#random;
    const n = random.integer(0, 30);
    switch (kind) {
      case "tell":
      case "ask":
        return { do: kind, to: this.#target(), ...this.#call(depth) };
      case "pool": {
        const how = random.pick(["tell", "ask", "broadcastTell", "broadcastAsk"] as const);
        return { do: kind, how, n, ...this.#call(depth) };
      }
      case "forward":
        return { do: kind, to: this.#target(), script: this.script(depth) };
      case "forwardToPool":
        return { do: kind, n, script: this.script(depth) };
      case "delegate": {
        const when = random.pick(["now", "task", "gate", "never"] as const);
        const how = random.pick(["resolve", "resolve", "reject", "hostile"] as const);
        return { do: kind, when, how, value: random.integer(0, 999) };
      }
      case "task":
        return { do: kind, script: this.script(depth), cancels: random.chance(0.2) };
      case "timer": {
        const ms = random.pick(this.#times.timers);
        return { do: kind, every: random.chance(0.4), ms, script: this.script(depth) };
      }
      case "pipe":
        return { do: kind, ...this.#pipe(depth) };
      case "spawn": {
        const name = random.chance(0.2) ? `name-${random.integer(0, 2)}` : undefined;
        return { do: kind, definition: n, top: random.chance(0.3), name };
      }
      case "spawnPool": {
        const route = random.pick(["least_loaded", "round_robin"] as const);
        const size = random.integer(1, 3);
        return { do: kind, definition: n, top: random.chance(0.4), size, route };
      }
      case "endPool":
        return { do: kind, n, how: random.pick(["stop", "kill"]) };
      default:
        return this.#smallAct(kind, depth, n);
    }
  }

  #smallAct(
    kind: Exclude<
      Kind,
      | "tell"
      | "ask"
      | "pool"
      | "forward"
      | "forwardToPool"
      | "delegate"
      | "task"
      | "timer"
      | "pipe"
      | "spawn"
      | "spawnPool"
      | "endPool"
    >,
    depth: number,
    n: number,
  ): Act {
    const random = this.#random;
    switch (kind) {
      case "subscribe": {
        const filter = random.chance(0.3) ? this.script(Math.min(1, depth), "sync") : undefined;
        return { do: kind, n, to: this.#target(), filter };
      }
      case "unsubscribe":
        return { do: kind, n };
      case "publish":
        return { do: kind, n, script: this.script(depth), awaits: random.chance(0.5) };
      case "tie":
        return {
          do: random.pick(["link", "link", "unlink", "watch", "watch", "unwatch"]),
          to: this.#target(),
        };
      case "end":
        return {
          do: random.pick(["stop", "kill"]),
          to: this.#target(),
          awaits: random.chance(0.3),
        };
      case "stopSelf":
        return { do: kind };
      case "snapshot":
      case "abort":
      case "setState":
      case "unknown":
        return { do: kind };
      case "shutdown":
        return { do: kind, awaits: random.chance(0.2) };
      case "find":
        return { do: kind, name: `name-${random.integer(0, 2)}`, definition: n };
      case "log":
        return {
          do: kind,
          level: random.pick(["debug", "info", "error"]),
          value: random.integer(0, 999),
        };
      case "onAbort":
        return { do: kind, script: this.script(depth, "sync") };
      case "wait":
        return {
          do: kind,
          what: random.weighted({
            turn: 4,
            gate: 4,
            signal: 1,
            ready: 1,
            stopped: 1,
            forever: 0.5,
          }),
          to: this.#target(),
        };
    }
  }
}
