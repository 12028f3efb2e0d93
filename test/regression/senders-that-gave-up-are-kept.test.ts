import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, createTopic, defineActor, type MonitoredSystem } from "../../src/index.ts";
import { expectBooks } from "../../src/testing.ts";
import { openManualSystem } from "../_support/actor-system.ts";

const stuck = defineActor("stuck", {
  mailbox: { limit: 1, whenFull: "wait" },
  stopDeadlineMs: 1_000,
  handlers: { hang: () => new Promise<number>(() => {}), work: (_c, _item?: number) => 1 },
});
const passer = defineActor("passer", {
  handlers: { pass: (c, to: ActorRef<{ work: () => number }, "wait">) => c.forward(to).work() },
});

/** Spawns an actor whose handler hangs and whose mailbox is full. */
function spawnFull(system: MonitoredSystem) {
  const ref = system.spawn(stuck);
  void ref.tell.hang();
  return ref;
}

function waitingSenders(system: MonitoredSystem): number {
  let waiting = 0;
  for (const row of system.monitor.snapshot().actors) waiting += row.mailbox.waitingSenders;
  return waiting;
}

describe("a sender that gives up waiting for room", () => {
  it("with an ask that times out is removed at once", async () => {
    await using open = openManualSystem({ monitor: false });
    const ref = spawnFull(open.system);
    await open.clock.advance(0);
    void ref.tell.work();
    const asks = Array.from({ length: 5 }, () => ref.with({ timeoutMs: 100 }).ask.work());
    const settled = Promise.allSettled(asks);
    assert.equal(waitingSenders(open.system), 5);

    await open.clock.advance(200);
    await settled;

    assert.equal(waitingSenders(open.system), 0);
    assert.equal(open.system.books().deadLetters, 5);
    expectBooks(open.system);
  });

  it("with an ask that is aborted is removed at once", async () => {
    await using open = openManualSystem({ monitor: false });
    const ref = spawnFull(open.system);
    await open.clock.advance(0);
    void ref.tell.work();
    const abort = new AbortController();
    const { signal } = abort;
    const asks = Array.from({ length: 5 }, () => ref.with({ signal }).ask.work());
    const settled = Promise.allSettled(asks);

    abort.abort();

    assert.equal(waitingSenders(open.system), 0);
    await settled;
    const late = ref.with({ signal }).ask.work();
    await assert.rejects(late, { code: "ERR_ABORTED" });
    assert.equal(waitingSenders(open.system), 0);
  });

  it("with an ask that was forwarded is removed at once", async () => {
    await using open = openManualSystem({ monitor: false });
    const ref = spawnFull(open.system);
    await open.clock.advance(0);
    void ref.tell.work();
    const ask = open.system
      .spawn(passer)
      .with({ timeoutMs: 100 })
      .ask.pass(ref as never);
    const settled = assert.rejects(ask, { code: "ERR_ASK_TIMEOUT" });
    await open.clock.advance(0);
    assert.equal(waitingSenders(open.system), 1);

    await open.clock.advance(200);
    await settled;

    assert.equal(waitingSenders(open.system), 0);
  });

  it("with a tell is removed at once, by its time-out or its signal", async () => {
    await using open = openManualSystem({ monitor: false });
    const ref = spawnFull(open.system);
    await open.clock.advance(0);
    void ref.tell.work();
    const abort = new AbortController();
    const timed = ref.with({ timeoutMs: 100 }).tell.work();
    const aborted = ref.with({ signal: abort.signal }).tell.work();
    const settled = Promise.allSettled([timed, aborted]);
    assert.equal(waitingSenders(open.system), 2);

    abort.abort();
    assert.equal(waitingSenders(open.system), 1);
    await open.clock.advance(100);
    await settled;

    assert.equal(waitingSenders(open.system), 0);
    assert.equal(open.system.books().rejected, 2);
  });

  it("with a message of a topic is removed at once", async () => {
    await using open = openManualSystem({ monitor: false });
    const ref = spawnFull(open.system);
    await open.clock.advance(0);
    void ref.tell.work();
    const topic = createTopic<number>("numbers", { delivery: "wait", timeoutMs: 100 });
    topic.subscribe(ref, "work");
    const published = [1, 2, 3].map((item) => topic.publish(item));
    assert.equal(waitingSenders(open.system), 3);

    await open.clock.advance(100);

    assert.deepEqual(await Promise.all(published), [0, 0, 0]);
    assert.equal(waitingSenders(open.system), 0);
  });

  it("leaves those behind it in their order", async () => {
    await using open = openManualSystem({ monitor: false });
    const got: number[] = [];
    const gate = Promise.withResolvers<void>();
    const slow = defineActor("slow", {
      mailbox: { limit: 1, whenFull: "wait" },
      handlers: {
        hold: () => gate.promise,
        work: (_c, item: number) => {
          got.push(item);
        },
      },
    });
    const ref = open.system.spawn(slow);
    void ref.tell.hold();
    await open.clock.advance(0);
    void ref.tell.work(1);
    void ref.tell.work(2);
    const left = ref.with({ timeoutMs: 50 }).ask.work(3);
    const last = ref.ask.work(4);
    const settled = assert.rejects(left, { code: "ERR_ASK_TIMEOUT" });
    await open.clock.advance(100);

    gate.resolve();
    await Promise.all([last, settled]);

    assert.deepEqual(got, [1, 2, 4]);
  });
});
