import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type ActorContext,
  type ActorRef,
  type ActorSystem,
  createSystem,
  type Directive,
  defineActor,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { expectBooks, inMemoryTelemetry, ManualClock } from "../../src/testing.ts";
import type { Act, Character, Mood, Scenario, Step } from "./actor-scenario-steps.ts";
import { expectClosedBooks, shutDownBy } from "./actor-system.ts";
import { forever, Gate } from "./actor-waiting.ts";

/** Whether a scenario is played with OpenTelemetry's SDK, or where there has never been one. */
export const Sdk = { Present: "present", Absent: "absent" } as const;
export type Sdk = (typeof Sdk)[keyof typeof Sdk];

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

  constructor({ tracing, characters }: Scenario, sdk: Sdk) {
    const telemetry =
      sdk === Sdk.Present
        ? { ...inMemoryTelemetry({ logLevel: "silent" }).systemOptions }
        : { logger: createLogger({ level: "silent" }) };
    const untraced = tracing ? {} : { tracing: false };
    const clock = this.#clock;
    this.#system = createSystem({ ...telemetry, ...untraced, clock, shutdownDeadlineMs: 1_000 });
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
    const { pendingTimers, backgroundTimers } = this.#clock;
    assert.deepEqual([pendingTimers, backgroundTimers], [0, 0], "timers are left on the clock");
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

  #spawn(character: Character): Ref {
    const { limit, whenFull, policy, strategy, backoffMs, directive, onStart, onStop } = character;
    const backoff = backoffMs === undefined ? {} : { backoff: { initialMs: backoffMs } };
    const definition = defineActor("character", {
      mailbox: { limit, whenFull },
      restart: { policy, maxRestarts: 2, windowMs: 100, ...backoff },
      supervision: { strategy, maxRestarts: 4 },
      taskDeadlineMs: 40,
      stopDeadlineMs: 400,
      ...(character.hearsOfDeaths ? { onTerminated: () => {} } : {}),
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
    return (
      this.#performNow(c, act) ??
      this.#performLater(c, act) ??
      this.#giveReplyAway(c, act) ??
      this.#setGoing(c, act)
    );
  }

  #performNow(c: ActorContext<undefined>, act: Act): unknown {
    if (act === "throw") throw new Oops();
    if (act === "throwText") throw TEXT; // what JavaScript allows
    if (act === "stop" || act === "stopThenThrow") c.stop();
    if (act === "stopThenThrow") throw new Oops();
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
      case "awaitOwnStop":
        return c.self.stop();
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
    c.spawnTask("afterwards", forever);
  }

  #giveReplyAway(c: ActorContext<undefined>, act: Act): unknown {
    const { opened } = this.#gate;
    switch (act) {
      case "forward":
        return c.forward(c.self)["echo"]?.(act);
      case "forwardLater":
        return opened.then(() => c.forward(c.self)["echo"]?.(act));
      case "delegate":
        return c.delegateReply();
      case "delegateLater":
        return opened.then(() => c.delegateReply());
      case "delegateToTask": {
        const reply = c.delegateReply();
        c.spawnTask(act, () => opened.then(() => reply.resolve(act)));
        return reply;
      }
      default:
        return undefined;
    }
  }

  #spawnStop(c: ActorContext<undefined>): void {
    c.spawnTask("stop", () => c.self.stop());
  }

  #spawnFamily(c: ActorContext<undefined>, act: Act): void {
    if (act === "child") c.spawnChild(child).tell.live(c.signal);
    if (act === "failingChild") c.spawnChild(child, { restart: { maxRestarts: 1 } }).tell.fail(3);
    if (act === "linkedChild") {
      const linked = c.spawnChild(child, { restart: { policy: "never" } });
      c.link(linked);
      linked.tell.fail(1);
    }
  }

  #setGoing(c: ActorContext<undefined>, act: Act): unknown {
    const { opened } = this.#gate;
    if (act === "task") c.spawnTask(act, () => opened);
    if (act === "failingTask")
      c.spawnTask(act, () => opened.then(() => Promise.reject(new Oops())));
    if (act === "throwingTask") c.spawnTask(act, () => oops());
    if (act === "deafTask") c.spawnTask(act, forever);
    if (act === "askSelfInTask") c.spawnTask(act, () => c.self.ask["echo"]?.(act));
    if (act === "timer") c.after(act, 15, () => {});
    if (act === "failingTimer") c.after(act, 15, oops);
    if (act === "ticker") c.every(act, 7, () => {});
    if (act === "pipe") c.pipe(opened, "echo", { onEnd: "echo" });
    if (act === "pipeForEver") c.pipe(numbersWhen(opened), "echo", { maxInFlight: 2 });
    if (act === "failingPipe") c.pipe(() => oops(), "echo");
    if (act === "pool") c.spawnPool(child, { size: 2 }).broadcast.tell.live(c.signal);
    return act === "awaitOwnStopInTask" ? this.#spawnStop(c) : this.#spawnFamily(c, act);
  }
}

interface Failing {
  fail(c: never, times: number): never;
}

const child = defineActor("child", {
  handlers: {
    live: (c, signal: AbortSignal) => {
      c.every("tick", 20, () => {});
      return signal.aborted ? oops() : undefined;
    },
    fail(c, times: number): never {
      if (times > 1) (c.self as ActorRef<Failing>).tell.fail(times - 1);
      return oops();
    },
  },
});

async function* numbersWhen(opened: Promise<void>): AsyncGenerator<number> {
  await opened;
  for (let number = 0; ; number += 1) yield number;
}

/** What is thrown although it is no error. */
const TEXT = "oops";

function oops(): never {
  throw new Oops();
}

function at<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length] as Item;
}

/** Whoever sent something learns of a coded error, or of what the handler threw. */
function assertExpected(error: unknown): void {
  if (error === undefined || error === TEXT || error instanceof Oops) return;
  assert.match(String((error as { code?: unknown }).code), /^ERR_(?!ASSERTION)/);
}
