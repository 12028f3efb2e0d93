import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, createTopic, defineActor, type MonitoredSystem } from "../../src/index.ts";
import { openManualSystem } from "../_support/actor-system.ts";
import { codeOf, Gate, settleTurns } from "../_support/actor-waiting.ts";
import { type PuppetRef, puppet } from "../_support/monitor-actors.ts";

const REJECT = { onDeadlock: "reject" } as const;
/** Looks are this far apart. */
const LOOK_MS = 250;
const LONG = { timeoutMs: 3_600_000 };

/** Ids of the deadlocks that are told of. */
function toldBy(system: MonitoredSystem): string[] {
  const told: string[] = [];
  system.monitor.on("deadlock", ({ id }) => told.push(id));
  return told;
}

/** Codes of unhandled rejections until it is disposed of; without a listener each would end the process. */
class Unhandled implements Disposable {
  readonly errors: unknown[] = [];
  readonly #listener = (error: unknown): void => void this.errors.push(error);
  readonly #others = process.listeners("unhandledRejection");

  constructor() {
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", this.#listener);
  }

  [Symbol.dispose](): void {
    process.off("unhandledRejection", this.#listener);
    for (const other of this.#others) process.on("unhandledRejection", other);
  }
}

describe("a circle that closes again after one of its waits was rejected", () => {
  it("is told of and freed each time, with asks", async () => {
    await using open = openManualSystem(REJECT);
    const told = toldBy(open.system);
    const [x, y] = [open.system.spawn(puppet), open.system.spawn(puppet)];
    const askThrice = async (other: PuppetRef): Promise<unknown[]> => {
      const codes: unknown[] = [];
      for (let at = 0; at < 3; at += 1) codes.push(await codeOf(other.with(LONG).ask.value()));
      return codes;
    };
    const both = Promise.all([
      x.with(LONG).ask.run(() => askThrice(y)),
      y.with(LONG).ask.run(() => askThrice(x)),
    ]);

    await open.clock.advance(8 * LOOK_MS);

    const codes = (await both).flat();
    assert.deepEqual(new Set(codes), new Set([undefined, "ERR_DEADLOCK"]));
    const rejected = codes.filter((code) => code === "ERR_DEADLOCK").length;
    assert.equal(told.length, rejected);
    assert.ok(rejected >= 3, `${rejected} were rejected`);
  });

  it("is told of and freed each time, with waits for room that have no time-out", async () => {
    await using open = openManualSystem(REJECT);
    const told = toldBy(open.system);
    type Worker = ActorRef<
      { ev(c: unknown, n: number): number; go(c: unknown, other: unknown): Promise<unknown[]> },
      "wait"
    >;
    const worker = defineActor("worker", {
      mailbox: { limit: 1, whenFull: "wait" },
      handlers: {
        ev: (_c, n: number) => n,
        async go(_c, other: unknown): Promise<unknown[]> {
          const codes: unknown[] = [];
          for (let n = 0; n < 4; n += 1) codes.push(await codeOf((other as Worker).tell.ev(n)));
          return codes;
        },
      },
    });
    const [x, y] = [open.system.spawn(worker), open.system.spawn(worker)];
    const both = Promise.all([x.with(LONG).ask.go(y), y.with(LONG).ask.go(x)]);

    await open.clock.advance(10 * LOOK_MS);

    const rejected = (await both).flat().filter((code) => code === "ERR_DEADLOCK").length;
    assert.equal(told.length, rejected);
    assert.ok(rejected >= 3, `${rejected} were rejected`);
  });

  it("is told of again where it is only reported and time-outs break it", async () => {
    await using open = openManualSystem();
    const told = toldBy(open.system);
    const resolved: string[] = [];
    open.system.monitor.on("deadlockResolved", ({ id }) => resolved.push(id));
    const [x, y] = [open.system.spawn(puppet), open.system.spawn(puppet)];
    const askTwice = async (other: PuppetRef): Promise<void> => {
      for (let at = 0; at < 2; at += 1) {
        await codeOf(other.with({ timeoutMs: 1_000 }).ask.value());
      }
    };
    const both = Promise.all([
      x.with(LONG).ask.run(() => askTwice(y)),
      y.with(LONG).ask.run(() => askTwice(x)),
    ]);

    await open.clock.advance(3_000);

    await both;
    assert.equal(told.length, 2);
    assert.deepEqual(resolved, told);
  });
});

describe("an actor in a deadlock with several waits at once", () => {
  it("is freed of each of them, a look apart", async () => {
    await using open = openManualSystem(REJECT);
    const [x, y, z] = [1, 2, 3].map(() => open.system.spawn(puppet)) as [
      PuppetRef,
      PuppetRef,
      PuppetRef,
    ];
    const codes: unknown[] = [];
    const askAll = (refs: readonly PuppetRef[]) => async (): Promise<void> => {
      codes.push(...(await Promise.all(refs.map((ref) => codeOf(ref.with(LONG).ask.value())))));
    };
    const all = Promise.all([
      x.with(LONG).ask.run(askAll([y, z])),
      y.with(LONG).ask.run(askAll([x])),
      z.with(LONG).ask.run(askAll([x])),
    ]);

    await open.clock.advance(4 * LOOK_MS);

    await all;
    assert.deepEqual(codes.toSorted(), ["ERR_DEADLOCK", "ERR_DEADLOCK", undefined, undefined]);
  });

  it('is freed where it publishes on a topic with `delivery: "wait"`, and the next time, too', async () => {
    await using open = openManualSystem(REJECT);
    const topic = createTopic<number>("news", { delivery: "wait", timeoutMs: 3_600_000 });
    const publisher = defineActor("publisher", {
      mailbox: { limit: 1, whenFull: "wait" },
      handlers: {
        ev: (_c, n: number) => n,
        async go(_c): Promise<number> {
          let got = 0;
          for (let n = 0; n < 3; n += 1) got += await topic.publish(n);
          return got;
        },
      },
    });
    const refs = [open.system.spawn(publisher), open.system.spawn(publisher)];
    for (const ref of refs) topic.subscribe(ref, "ev");
    const both = Promise.all(refs.map((ref) => ref.with(LONG).ask.go()));

    await open.clock.advance(20 * LOOK_MS);

    const [first = 0, second = 0] = await both;
    assert.ok(first + second >= 2, `${first} and ${second} were delivered`);
  });
});

describe("a wait that nothing awaits, in a circle that is broken up", () => {
  it("does not end the process as an unhandled rejection when it is an ask", async () => {
    using unhandled = new Unhandled();
    await using open = openManualSystem(REJECT);
    const [begun, gate] = [new Gate(), new Gate()];
    let asked: PuppetRef | undefined;
    const child = defineActor("child", {
      async onStart() {
        await begun.opened;
        void asked?.ask.value(); // the point of the test: its rejection goes nowhere
        await gate.opened;
      },
      handlers: { init: (): number => 1 },
    });
    const parent = open.system.spawn(puppet);
    asked = parent;
    const done = parent.with(LONG).ask.run((c) => c.spawnChild(child).with(LONG).ask.init());
    await open.clock.advance(1); // the ask that is not awaited is the later one
    begun.open();

    await open.clock.advance(3 * LOOK_MS);
    gate.open();

    assert.equal(await done, 1);
    await settleTurns();
    assert.deepEqual(unhandled.errors, []);
  });

  it("does not either when it is a tell that waits for room", async () => {
    using unhandled = new Unhandled();
    await using open = openManualSystem(REJECT);
    const gate = new Gate();
    const teller = defineActor("teller", {
      mailbox: { limit: 1, whenFull: "wait" },
      handlers: {
        ev: (_c, n: number) => n,
        async go(_c, tell: () => unknown) {
          tell();
          await gate.opened;
        },
      },
    });
    const [x, y] = [open.system.spawn(teller), open.system.spawn(teller)];
    const fill = (ref: typeof x) => (): void => {
      void ref.tell.ev(1);
      void ref.tell.ev(2);
    };
    const both = Promise.all([x.with(LONG).ask.go(fill(y)), y.with(LONG).ask.go(fill(x))]);

    await open.clock.advance(3 * LOOK_MS);
    gate.open();

    await both;
    await settleTurns();
    assert.deepEqual(unhandled.errors, []);
  });
});
