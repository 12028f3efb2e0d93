import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type ActorContext,
  type ActorRef,
  type ActorSystem,
  createSystem,
  type Directive,
  defineActor,
  type RestartPolicy,
  type WhenFull,
} from "../../src/index.ts";
import { expectBooks, inMemoryTelemetry, ManualClock } from "../../src/testing.ts";
import { expectClosedBooks, shutDownBy } from "./actor-system.ts";
import { forever, Gate } from "./actor-waiting.ts";

/** What an actor of a scenario does with a message. */
export const ACTS = [
  "reply",
  "throw",
  "throwText",
  "replyLater",
  "throwLater",
  "wait",
  "waitForSignal",
  "hang",
  "stop",
  "stopLater",
  "kill",
  "killLater",
  "task",
  "failingTask",
  "throwingTask",
  "deafTask",
  "timer",
  "failingTimer",
  "ticker",
  "child",
  "tellSelf",
  "askSelf",
  "askSelfInTask",
] as const;
export type Act = (typeof ACTS)[number];

/** How a hook behaves. */
export const MOODS = ["none", "calm", "slow", "throws", "rejects", "sometimes"] as const;
export type Mood = (typeof MOODS)[number];

/** The definition a scenario's actors are made from. */
export interface Character {
  readonly limit: number;
  readonly whenFull: WhenFull;
  readonly policy: RestartPolicy;
  readonly directive: Directive | "none" | "throws" | "kills";
  readonly onStart: Mood;
  readonly onStop: Mood;
}

/** One step of a scenario. Actors are chosen by number, round the table. */
export type Step =
  | { readonly do: "spawn"; readonly character: number }
  | { readonly do: "tell"; readonly actor: number; readonly act: Act; readonly timeoutMs: number }
  | { readonly do: "ask"; readonly actor: number; readonly act: Act; readonly timeoutMs: number }
  | { readonly do: "stop" | "kill" | "abortedAsk"; readonly actor: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "openGate" | "turn" };

export interface Scenario {
  readonly tracing: boolean;
  readonly characters: readonly Character[];
  readonly steps: readonly Step[];
}

/** The error actors of a scenario fail with. */
class Oops extends Error {}

interface Messages {
  act(c: never, act: Act, order: number): unknown;
}

type Ref = ActorRef<Messages>;

/** Runs one scenario, holding the books after each step, and settles its accounts at the end. */
export class Stage {
  readonly #clock = new ManualClock();
  readonly #system: ActorSystem;
  readonly #characters: readonly Character[];
  readonly #refs: Ref[] = [];
  /** For each message and stop: what it was rejected with, `undefined` when it was not. */
  readonly #rejections: Promise<unknown>[] = [];
  readonly #lastOrder = new Map<string, number>();
  readonly #overtakers: number[] = [];
  #gate = new Gate();
  #order = 0;
  #moods = 0;

  constructor({ tracing, characters }: Scenario) {
    const { systemOptions } = inMemoryTelemetry({ logLevel: "silent" });
    const untraced = tracing ? {} : { tracing: false };
    const clock = this.#clock;
    this.#system = createSystem({
      ...systemOptions,
      ...untraced,
      clock,
      shutdownDeadlineMs: 1_000,
    });
    this.#characters = characters;
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.#take(step);
      expectBooks(this.#system);
    }
    await shutDownBy(this.#clock, this.#system);
    expectClosedBooks(this.#system);
    for (const rejection of await Promise.all(this.#rejections)) assertExpected(rejection);
    assert.deepEqual(this.#overtakers, []);
    this.#gate.open();
    await this.#clock.advance(10_000); // what outlived its actor comes back now
    expectClosedBooks(this.#system);
    assert.equal(this.#clock.pendingTimers, 0, "timers are left on the clock");
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case "spawn":
        this.#refs.push(this.#spawn(at(this.#characters, step.character)));
        return;
      case "tell":
        this.#tell(this.#ref(step.actor), step.act, step.timeoutMs);
        return;
      case "ask":
        this.#ask(this.#ref(step.actor).with({ timeoutMs: step.timeoutMs }), step.act);
        return;
      case "abortedAsk":
        this.#ask(this.#ref(step.actor).with({ signal: AbortSignal.abort() }), "reply");
        return;
      case "stop":
        this.#watch(this.#ref(step.actor).stop());
        return;
      case "kill":
        this.#ref(step.actor).kill();
        return;
      case "advance":
        return this.#clock.advance(step.ms);
      case "openGate":
        this.#gate.open();
        this.#gate = new Gate();
        return nextTurn();
      case "turn":
        return nextTurn();
    }
  }

  #ref(actor: number): Ref {
    if (this.#refs.length === 0) this.#refs.push(this.#spawn(at(this.#characters, 0)));
    return at(this.#refs, actor);
  }

  #tell(ref: Ref, act: Act, timeoutMs: number): void {
    this.#order += 1;
    try {
      const told: unknown = ref.with({ timeoutMs }).tell.act(act, this.#order);
      this.#watch(Promise.resolve(told));
    } catch (error) {
      assertExpected(error);
    }
  }

  #ask(ref: Ref, act: Act): void {
    this.#order += 1;
    this.#watch(ref.ask.act(act, this.#order));
  }

  #watch(promise: Promise<unknown>): void {
    const rejection = promise.then(
      () => undefined,
      (error: unknown) => error,
    );
    this.#rejections.push(rejection);
  }

  #spawn({ limit, whenFull, policy, directive, onStart, onStop }: Character): Ref {
    const definition = defineActor("character", {
      mailbox: { limit, whenFull },
      restart: { policy, maxRestarts: 2, windowMs: 100 },
      taskDeadlineMs: 40,
      onStart: () => this.#hook(onStart),
      onStop: () => this.#hook(onStop),
      onFailure(c): Directive | undefined {
        if (directive === "throws") throw new Oops();
        if (directive === "kills") c.self.kill();
        return directive === "none" || directive === "kills" ? undefined : directive;
      },
      handlers: {
        act: (c, act: Act, order: number) => {
          this.#note(c.id, order);
          return this.#perform(c, act);
        },
        echo: (_c, value: unknown) => value,
      },
    });
    return this.#system.spawn(definition) as unknown as Ref;
  }

  /** Messages from outside arrive in the order they were sent in. */
  #note(actorId: string, order: number): void {
    if (order <= (this.#lastOrder.get(actorId) ?? 0)) this.#overtakers.push(order);
    this.#lastOrder.set(actorId, order);
  }

  #hook(mood: Mood): unknown {
    this.#moods += 1;
    if (mood === "throws" || (mood === "sometimes" && this.#moods % 3 === 0)) throw new Oops();
    if (mood === "rejects") return Promise.reject(new Oops());
    return mood === "slow" ? this.#gate.opened : undefined;
  }

  #perform(c: ActorContext<undefined>, act: Act): unknown {
    return this.#performNow(c, act) ?? this.#performLater(c, act) ?? this.#setGoing(c, act);
  }

  #performNow(c: ActorContext<undefined>, act: Act): unknown {
    if (act === "throw") throw new Oops();
    if (act === "throwText") throw "oops"; // what JavaScript allows
    if (act === "stop") c.stop();
    if (act === "kill") c.self.kill();
    if (act === "tellSelf") c.self.tell["echo"]?.(act);
    return undefined;
  }

  #performLater(c: ActorContext<undefined>, act: Act): Promise<unknown> | undefined {
    const { opened } = this.#gate;
    switch (act) {
      case "replyLater":
        return Promise.resolve(act);
      case "throwLater":
        return opened.then(() => Promise.reject(new Oops()));
      case "wait":
        return opened;
      case "waitForSignal":
        return new Promise((resolve) => c.signal.addEventListener("abort", resolve));
      case "hang":
        return forever();
      case "stopLater":
        return opened.then(() => this.#afterwards(c, () => c.stop()));
      case "killLater":
        return opened.then(() => this.#afterwards(c, () => c.self.kill()));
      case "askSelf":
        return c.self.ask["echo"]?.(act);
      default:
        return undefined;
    }
  }

  /** What a handler tries that has outlived its actor, perhaps. */
  #afterwards(c: ActorContext<undefined>, end: () => void): void {
    end();
    c.after("afterwards", 10, () => {});
    c.spawn("afterwards", forever);
  }

  #setGoing(c: ActorContext<undefined>, act: Act): unknown {
    const { opened } = this.#gate;
    if (act === "task") c.spawn(act, () => opened);
    if (act === "failingTask") c.spawn(act, () => opened.then(() => Promise.reject(new Oops())));
    if (act === "throwingTask") c.spawn(act, () => oops());
    if (act === "deafTask") c.spawn(act, forever);
    if (act === "askSelfInTask") c.spawn(act, () => c.self.ask["echo"]?.(act));
    if (act === "timer") c.after(act, 15, () => {});
    if (act === "failingTimer") c.after(act, 15, oops);
    if (act === "ticker") c.every(act, 7, () => {});
    if (act === "child") c.spawnChild(child).tell.live(c.signal);
    return undefined;
  }
}

const child = defineActor("child", {
  handlers: {
    live: (c, signal: AbortSignal) => {
      c.every("tick", 20, () => {});
      return signal.aborted ? oops() : undefined;
    },
  },
});

function oops(): never {
  throw new Oops();
}

function at<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length] as Item;
}

/** Whoever sent something learns of a coded error, or of what the handler threw. */
function assertExpected(error: unknown): void {
  if (error === undefined || error instanceof Oops) return;
  assert.match(String((error as { code?: unknown }).code), /^ERR_(?!ASSERTION)/);
}
