import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { defineActor, StopSignal, stopOnSignals } from "../../src/index.ts";
import { AS_FIRST, SignalsProcess } from "../_support/signals-process.ts";
import { startKit } from "../_support/telemetry-kit.ts";

const PRELOAD = pathToFileURL(`${import.meta.dirname}/../../src/preload.ts`).href;
const [command = "", ...rest] = AS_FIRST;
const probe = spawnSync(command, [...rest, "true"]);
const skip = probe.status === 0 ? false : "this machine permits no process namespaces (unshare)";

/** The listeners of this process to the signals that stop it. */
function listened(): string[] {
  return Object.values(StopSignal).filter((signal) => process.listenerCount(signal) > 0);
}

describe("a process that is stopped by a signal", { concurrency: 2 }, () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`finishes its work on ${signal}, and ends by it`, async () => {
      await using app = new SignalsProcess("busy");
      await app.told("working");

      app.signal(signal);
      app.goOn();

      assert.deepEqual(await app.ended, { code: null, signal });
      assert.deepEqual(app.facts, ["ready", "working", "worked", "stopped: shutdown"]);
    });
  }

  it("ends at once by a second signal", async () => {
    await using app = new SignalsProcess("endless");
    await app.told("working");

    app.signal("SIGTERM");
    app.signal("SIGINT");

    const { code, signal } = await app.ended;
    assert.equal(code, null);
    assert.ok(signal === "SIGINT" || signal === "SIGTERM"); // the kernel may deliver them in either order
    assert.deepEqual(app.facts, ["ready", "working"]);
  });

  it("ends by the signal after a shutdown that the application had begun", async () => {
    await using app = new SignalsProcess("stopping");
    await app.told("working");

    app.signal("SIGTERM");
    app.goOn();

    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
    assert.deepEqual(app.facts.slice(-2), ["stopped: shutdown", "down"]);
  });

  it("ends at once by a signal after the application has shut down", async () => {
    await using app = new SignalsProcess("stopped");
    await app.told("down");

    app.signal("SIGTERM");

    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
  });

  it("waits for all of its systems", async () => {
    await using app = new SignalsProcess("two");
    await app.told("ready");

    app.signal("SIGINT");
    await app.told("other: SIGINT");
    await app.told("stopped: shutdown");
    app.goOn();

    assert.deepEqual(await app.ended, { code: null, signal: "SIGINT" });
    assert.ok(app.facts.includes("other down"));
  });

  it("leaves its end to other listeners, which receive the signal twice", async () => {
    await using app = new SignalsProcess("listened");
    await app.told("ready");

    app.signal("SIGTERM");
    await app.told("stopped: shutdown");
    app.goOn();

    assert.deepEqual(await app.ended, { code: 0, signal: null });
    assert.deepEqual(
      app.facts.filter((fact) => fact === "heard"),
      ["heard", "heard"],
    );
  });

  it("has no listeners if nothing has asked for them", async () => {
    await using app = new SignalsProcess("unasked");
    await app.told("listeners: 0");

    app.signal("SIGTERM");

    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
  });

  it("finishes its work and ends by the signal with the preload, too", async () => {
    await using app = new SignalsProcess("busy", { flags: ["--import", PRELOAD] });
    await app.told("working");

    app.signal("SIGTERM");
    app.goOn();

    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
    assert.ok(app.facts.includes("worked"));
  });
});

describe("process 1 of a container", { concurrency: 2, skip }, () => {
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    it(`finishes its work on ${signal}, and exits with ${code}`, async () => {
      await using app = new SignalsProcess("busy", { asFirst: true });
      await app.told("working");

      app.signal(signal);
      app.goOn();

      assert.deepEqual(await app.ended, { code, signal: null });
      assert.deepEqual(app.facts, ["ready", "working", "worked", "stopped: shutdown"]);
    });

    it(`exits at once with ${code} on a second ${signal}`, async () => {
      await using app = new SignalsProcess("two", { asFirst: true });
      await app.told("ready");
      app.signal(signal);
      await app.told(`other: ${signal}`);

      app.signal(signal);

      assert.deepEqual(await app.ended, { code, signal: null });
      assert.ok(!app.facts.includes("other down"));
    });
  }

  it("exits with 143 with the preload, too", async () => {
    await using app = new SignalsProcess("busy", { asFirst: true, flags: ["--import", PRELOAD] });
    await app.told("working");

    app.signal("SIGTERM");
    app.goOn();

    assert.deepEqual(await app.ended, { code: 143, signal: null });
    assert.ok(app.facts.includes("worked"));
  });
});

describe("the listeners", () => {
  it("are there only while a system that asked for them is up", async () => {
    await using kit = startKit();
    const other = startKit();

    const before = listened();
    const stops = stopOnSignals(kit.system);
    const asked = listened();
    stopOnSignals(other.system, { signals: ["SIGHUP"] });
    const both = listened();
    await other[Symbol.asyncDispose]();
    const one = listened();
    stops[Symbol.dispose]();
    stops[Symbol.dispose]();

    assert.deepEqual(before, []);
    assert.deepEqual(asked, ["SIGINT", "SIGTERM"]);
    assert.deepEqual(both, ["SIGINT", "SIGTERM", "SIGHUP"]);
    assert.deepEqual(one, ["SIGINT", "SIGTERM"]);
    assert.deepEqual(listened(), []);
  });

  it("stay while a shutdown is under way, also one that had begun before they were asked for", async () => {
    await using kit = startKit();
    const { promise, resolve } = Promise.withResolvers<void>();
    const worker = defineActor("worker", { handlers: { work: () => promise } });
    kit.system.spawn(worker).tell.work();
    const down = kit.system.shutdown();

    stopOnSignals(kit.system);
    const during = listened();
    resolve();
    await down;
    stopOnSignals(kit.system); // it is down already
    await down;

    assert.deepEqual(during, ["SIGINT", "SIGTERM"]);
    assert.deepEqual(listened(), []);
  });

  it("are refused for what cannot be shut down or caught", async () => {
    await using kit = startKit();
    const { system } = kit;
    const wrong: [unknown, unknown?][] = [
      [undefined],
      [null],
      [{}],
      [system, { signals: [] }],
      [system, { signals: "SIGTERM" }],
      [system, { signals: ["SIGKILL"] }],
      [system, { signals: [9] }],
      [system, { signal: ["SIGTERM"] }],
    ];

    for (const [target, options] of wrong) {
      assert.throws(() => stopOnSignals(target as never, options as never), {
        code: "ERR_INVALID_OPTION",
      });
    }
    assert.deepEqual(listened(), []);
  });
});
