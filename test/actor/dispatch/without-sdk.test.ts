import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorSystem, createSystem, defineActor } from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { expectClosedBooks } from "../../_support/actor-system.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";

// No test of this file registers a context manager or an SDK: messages take their shortest way.

interface Plain extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly lines: Record<string, unknown>[];
}

function openPlain(): Plain {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line));
  const system = createSystem({ logger: createLogger({ destination: { write } }) });
  return {
    system,
    lines,
    async [Symbol.asyncDispose]() {
      await system.shutdown();
      expectClosedBooks(system);
    },
  };
}

const plain = defineActor("plain", {
  state: () => ({ count: 0 }),
  handlers: {
    count(c, by = 1) {
      c.state.count += by;
      return c.state.count;
    },
    add: (_c, ...numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0),
    wait: (_c, gate: Gate) => gate.opened,
    fail: () => assert.fail("oops"),
    failLater: async () => assert.fail("oops"),
    die: (c) => c.self.kill(),
    async dieLate(c) {
      c.self.kill();
      throw new Error("nobody hears this");
    },
    log: (c) => c.log.info("hello"),
    askSelf: (c) => codeOf(c.self.ask["count"]?.() ?? Promise.resolve()),
    askSelfInTask: (c) => ({
      task: c.spawnTask("ask", async () => {
        await c.self.ask["count"]?.(10);
      }),
    }),
  },
});

describe("a system without an SDK", () => {
  it("answers asks with any number of arguments", async () => {
    await using open = openPlain();
    const ref = open.system.spawn(plain);

    const sums = await Promise.all([
      ref.ask.add(),
      ref.ask.add(1),
      ref.ask.add(1, 2),
      ref.ask.add(1, 2, 3),
    ]);

    assert.deepEqual(sums, [0, 1, 3, 6]);
  });

  it("keeps tells and asks of one sender in order", async () => {
    await using open = openPlain();
    const ref = open.system.spawn(plain);
    for (let message = 0; message < 500; message += 1) ref.tell.count();

    const count = await ref.ask.count();

    assert.equal(count, 501);
  });

  it("rejects an ask whose handler fails, sooner or later", async () => {
    await using open = openPlain();
    const ref = open.system.spawn(plain);
    await ref.ask.count();

    const codes = await Promise.all([codeOf(ref.ask.fail()), codeOf(ref.ask.failLater())]);

    assert.deepEqual(codes, ["ERR_ASSERTION", "ERR_ASSERTION"]);
    assert.equal(await ref.ask.count(), 2);
  });

  it("restarts an actor whose tell fails, sooner or later", async () => {
    await using open = openPlain();
    const ref = open.system.spawn(plain);
    for (const message of ["fail", "failLater"] as const) {
      await ref.ask.count();
      ref.tell[message]();

      assert.equal(await ref.ask.count(), 1);
    }
  });

  it("skips asks whose askers have stopped waiting", async () => {
    await using open = openPlain();
    const gate = new Gate();
    const ref = open.system.spawn(plain);
    const abort = new AbortController();
    void ref.ask.wait(gate);
    const asked = codeOf(ref.with({ signal: abort.signal }).ask.count());

    abort.abort();
    gate.open();

    assert.equal(await asked, "ERR_ABORTED");
    assert.equal(await ref.ask.count(), 1);
    assert.equal(open.system.deadLetters.recent()[0]?.reason, "abandoned");
  });

  it("skips plain asks that have expired in the queue", async () => {
    await using open = openPlain();
    const gate = new Gate();
    const impatient = createSystem({ logger: createLogger({ level: "silent" }), askTimeoutMs: 1 });
    const ref = impatient.spawn(plain);
    ref.tell.wait(gate);

    const code = await codeOf(ref.ask.count());
    gate.open();
    await ref.stop();

    assert.equal(code, "ERR_ASK_TIMEOUT");
    assert.equal(impatient.deadLetters.recent()[0]?.reason, "abandoned");
    await impatient.shutdown();
    expectClosedBooks(impatient);
    assert.equal(open.system.books().sent, 0);
  });

  for (const message of ["die", "dieLate"] as const) {
    it(`ends an actor that kills itself (${message})`, async () => {
      await using open = openPlain();
      const ref = open.system.spawn(plain);
      const asked = codeOf(ref.ask[message]());
      ref.tell.count();

      assert.equal(await asked, "ERR_ACTOR_KILLED");
      assert.equal(await ref.whenStopped(), "killed");
      assert.equal(open.system.books().deadLetters, 1);
    });
  }

  it("rejects what a killed actor was handling and held", async () => {
    await using open = openPlain();
    const ref = open.system.spawn(plain);
    const asks = [codeOf(ref.ask.wait(new Gate())), codeOf(ref.ask.count())];
    await until(() => open.system.books().processing === 1);

    ref.kill();

    assert.deepEqual(await Promise.all(asks), ["ERR_ACTOR_KILLED", "ERR_ACTOR_KILLED"]);
  });

  it("carries the actor in its log lines", async () => {
    await using open = openPlain();
    const ref = open.system.spawn(plain);

    await ref.ask.log();

    const line = open.lines.find(({ msg }) => msg === "hello");
    assert.partialDeepStrictEqual(line, { actor_id: ref.id, actor_type: "plain" });
  });

  it("refuses an actor's ask to itself while the handler is on the stack", async () => {
    await using open = openPlain();

    const code = await open.system.spawn(plain).ask.askSelf();

    assert.equal(code, "ERR_SELF_ASK");
  });

  it("lets an actor's task ask the actor", async () => {
    await using open = openPlain();
    const ref = open.system.spawn(plain);

    const { task } = await ref.ask.askSelfInTask();
    await task.settled;

    assert.equal(await ref.ask.count(), 11);
  });
});
