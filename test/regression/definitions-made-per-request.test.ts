import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { RateLimit } from "../../src/base/rate-limit.ts";
import { createSystem, defineActor } from "../../src/index.ts";
import { inMemoryTelemetry, ManualClock } from "../../src/testing.ts";

const PROGRAM = fileURLToPath(new URL("../_support/definitions-program.ts", import.meta.url));

interface Report {
  readonly alive: number;
  readonly grownKib: number;
  readonly timersGrownKib: number;
  readonly books: object;
  readonly warnings: readonly { readonly event: string }[];
}

async function run(): Promise<Report> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", PROGRAM]);
  return JSON.parse(stdout) as Report;
}

describe("definitions made for each request", () => {
  it("leave the memory flat, lose no count, and are warned about once", async () => {
    const { alive, grownKib, timersGrownKib, books, warnings } = await run();

    assert.ok(alive < 10, `${alive} of 3,000 definitions are kept`);
    // 2,000 of them took 7,800 KiB, and 2,000 kinds of timers 1,000 KiB, when they were kept.
    assert.ok(grownKib < 500, `the heap has grown by ${grownKib} KiB`);
    assert.ok(timersGrownKib < 300, `timers have let the heap grow by ${timersGrownKib} KiB`);
    assert.deepEqual(books, { started: 3_001, stopped: 3_000, sent: 6_000, handled: 6_000 });
    const event = "actor.definitions.many";
    const warned = warnings.filter((warning) => warning.event === event);
    assert.deepEqual(warned, [{ event, target_type: "job", definitions: 200 }]);
  });

  it("are warned about by each name", async () => {
    const telemetry = inMemoryTelemetry();
    const system = createSystem(telemetry.systemOptions);

    for (let at = 0; at < 199; at += 1) {
      system.spawn(defineActor("few", { handlers: { go: () => at } }));
      system.spawn(defineActor("many", { handlers: { go: () => at } }));
    }
    system.spawn(defineActor("many", { handlers: { go: () => 0 } }));
    await system.shutdown();

    const warned = telemetry.logs().filter(({ event }) => event === "actor.definitions.many");
    assert.deepEqual(
      warned.map(({ target_type }) => target_type),
      ["many"],
    );
  });

  it("are found by their names while an actor lives, and once it is spawned again", async () => {
    const telemetry = inMemoryTelemetry();
    const system = createSystem(telemetry.systemOptions);
    const first = defineActor("job", { handlers: { go: () => 1 } });
    const second = defineActor("job", { handlers: { go: () => 2 } });

    system.spawn(first, { name: "one" });

    assert.equal(await system.find(first, "one")?.ask.go(), 1);
    assert.equal(system.find(second, "one"), undefined);
    await system.shutdown();
  });
});

describe("lines limited by ever new keys", () => {
  it("leave nothing behind for keys whose window is over", async () => {
    const clock = new ManualClock();
    const limit = new RateLimit({ clock, burst: 1, windowMs: 10 });
    const pass = (key: string) => limit.pass(key);
    assert.equal(pass("kept"), 0);
    assert.equal(pass("kept"), undefined);
    for (let at = 0; at < 999; at += 1) pass(`key${at}`);
    await clock.advance(20);

    for (let at = 0; at < 999; at += 1) pass(`other${at}`);

    assert.equal(pass("kept"), 1, "what was suppressed is reported");
  });
});
