import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import FakeTimers from "@sinonjs/fake-timers";
import { createSystem, defineActor } from "../../src/index.ts";
import { expectBooks } from "../../src/testing.ts";
import { runSource } from "../_support/actor-program.ts";

const BUSY_MS = 8;
const monotonicMs = performance.now.bind(performance);

const worker = defineActor("worker", {
  handlers: {
    ping: () => "pong",
    waits: () => Promise.resolve("pong"),
    busy: () => {
      const untilMs = monotonicMs() + BUSY_MS;
      while (monotonicMs() < untilMs);
      return "pong";
    },
    piped: (c) => {
      c.pipe(numbers(600), "ping");
    },
  },
});

async function* numbers(count: number) {
  for (let item = 0; item < count; item += 1) yield item;
}

/** Each sort of message whose handling goes over several turns of the event loop. */
async function exchange(system = openSystem()): Promise<void> {
  const ref = system.spawn(worker);
  for (let round = 0; round < 300; round += 1) assert.equal(await ref.ask.ping(), "pong");
  for (let round = 0; round < 5; round += 1) {
    assert.equal(await ref.ask.waits(), "pong");
    assert.equal(await ref.ask.busy(), "pong");
  }
  await Promise.all(Array.from({ length: 1_000 }, () => ref.ask.waits()));
  ref.tell.piped();
  while (system.books().handled < 1_911) await ref.ask.waits();
  expectBooks(system);
  const { killed } = await system.shutdown();
  assert.equal(killed, 0);
}

function openSystem() {
  return createSystem({ monitor: false, metrics: false });
}

interface Fakes {
  readonly install: () => () => void;
  /** As a program of its own writes it. */
  readonly source: string;
}

const fakes: Readonly<Record<string, Fakes>> = {
  "node:test": {
    install: () => {
      mock.timers.enable();
      return () => mock.timers.reset();
    },
    source: `const { mock } = await import("node:test"); mock.timers.enable();
      const uninstall = () => mock.timers.reset();`,
  },
  sinon: {
    install: () => {
      // Node's streams need its ticks, and the test runner reports through them.
      const clock = FakeTimers.install({ toNotFake: ["nextTick", "queueMicrotask"] });
      return () => clock.uninstall();
    },
    source: `const { default: FakeTimers } = await import(${JSON.stringify(import.meta.resolve("@sinonjs/fake-timers"))});
      const clock = FakeTimers.install(); const uninstall = () => clock.uninstall();`,
  },
};

for (const [name, { install, source }] of Object.entries(fakes)) {
  describe(`fake timers of ${name}`, () => {
    it("hang no message and no shutdown of a system made before them", async () => {
      const system = openSystem();
      const uninstall = install();
      try {
        await exchange(system);
      } finally {
        uninstall();
      }
    });

    it("hang no message and no shutdown of a system made under them", async () => {
      const uninstall = install();
      try {
        await exchange();
      } finally {
        uninstall();
      }
    });

    it("hang nothing after them, with a system from before and one from under them", async () => {
      const before = openSystem();
      const uninstall = install();
      const under = openSystem();
      const ref = under.spawn(worker);
      await Promise.all(Array.from({ length: 300 }, () => ref.ask.waits()));
      uninstall();

      await exchange(before);
      await under.shutdown();
    });

    it("let an ask time out all the same", async () => {
      const uninstall = install();
      try {
        const hang = defineActor("hang", { handlers: { hang: () => new Promise(() => {}) } });
        const system = createSystem({ monitor: false, metrics: false, shutdownDeadlineMs: 50 });
        const ref = system.spawn(hang).with({ timeoutMs: 5 });

        await assert.rejects(ref.ask.hang(), { code: "ERR_ASK_TIMEOUT" });
        await system.shutdown();
      } finally {
        uninstall();
      }
    });

    it("hang no message even where limelight is imported under them", async () => {
      const program = `${source}
        const { createSystem, defineActor } = await import(${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)});
        const worker = defineActor("worker", { handlers: { waits: async () => { await null; return 1; } } });
        const system = createSystem({ logger: undefined, monitor: false });
        const ref = system.spawn(worker);
        for (let round = 0; round < 10; round += 1) {
          await Promise.all(Array.from({ length: 300 }, () => ref.ask.waits()));
        }
        uninstall();
        await Promise.all(Array.from({ length: 300 }, () => ref.ask.waits()));
        await system.shutdown();
        process._rawDebug("done");`;
      const { errors, status } = await runSource(program);

      assert.match(errors, /done/);
      assert.equal(status, 0);
    });
  });
}
