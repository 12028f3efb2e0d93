import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { defineActor } from "../../src/index.ts";
import { openManualSystem } from "../_support/actor-system.ts";

const PRELOAD = new URL("../../src/preload.ts", import.meta.url).href;
const PROGRAM = fileURLToPath(new URL("../_support/stores-program.ts", import.meta.url));
const TOOLS_PROGRAM = fileURLToPath(
  new URL("../_support/tools-stores-program.ts", import.meta.url),
);
const run = promisify(execFile);

/** What a run of the program says; see there. */
async function report(program: string, ...flags: string[]): Promise<unknown> {
  const env = {
    ...process.env,
    LIMELIGHT_CONSOLE: "0",
    OTEL_METRICS_EXPORTER: "none",
    OTEL_TRACES_EXPORTER: "none",
  };
  const { stdout } = await run(process.execPath, ["--expose-gc", ...flags, program], { env });
  return JSON.parse(stdout);
}

const NOTHING_SEEN = {
  seen: [],
  places: ["handler", "later", "onStart", "onStop", "state", "task", "timer"],
  alive: [],
};

const NOTHING_SEEN_BY_TOOLS = {
  seen: [],
  places: [
    "dead letter",
    "every",
    "handler",
    "line actor.stopped",
    "line console.action",
    "onStop",
    "pipe",
  ],
  alive: [],
};

describe("a request that opens a console, a logger, a topic, a pool, a pipe or a histogram", () => {
  it("is neither kept nor the one on whose behalf they run", async () => {
    assert.deepEqual(await report(TOOLS_PROGRAM), NOTHING_SEEN_BY_TOOLS);
  });

  it("is neither where Node keeps stores on resources instead of frames", async () => {
    const seen = await report(TOOLS_PROGRAM, "--no-async-context-frame");

    assert.deepEqual(seen, NOTHING_SEEN_BY_TOOLS);
  });

  it("is neither with OpenTelemetry's context in force", async () => {
    assert.deepEqual(await report(TOOLS_PROGRAM, "--import", PRELOAD), NOTHING_SEEN_BY_TOOLS);
  });
});

describe("an AsyncLocalStorage of the application", () => {
  it("has no store in the code of actors, and no request is kept, whoever made the system", async () => {
    assert.deepEqual(await report(PROGRAM), NOTHING_SEEN);
  });

  it("has none either where Node keeps stores on resources instead of frames", async () => {
    assert.deepEqual(await report(PROGRAM, "--no-async-context-frame"), NOTHING_SEEN);
  });

  it("has none with OpenTelemetry's context in force", async () => {
    assert.deepEqual(await report(PROGRAM, "--import", PRELOAD), NOTHING_SEEN);
  });

  it("keeps the caller's own store across an ask", async () => {
    await using open = openManualSystem();
    const store = new AsyncLocalStorage<string>();
    const ref = open.system.spawn(defineActor("plain", { handlers: { get: (): number => 1 } }));

    const own = await store.run("caller", async () => {
      await ref.ask.get();
      return store.getStore();
    });

    assert.equal(own, "caller");
  });

  it("has the same, no store, in the first life of an actor and after a restart", async () => {
    await using open = openManualSystem();
    const store = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const definition = defineActor("restarting", {
      restart: { policy: "permanent" },
      state: () => {
        seen.push(store.getStore());
        return {};
      },
      onStart: () => {
        seen.push(store.getStore());
      },
      handlers: {
        fail: (): void => {
          throw new Error("on purpose");
        },
        get: (): number => 1,
      },
    });
    const ref = store.run("spawner", () => open.system.spawn(definition));
    await ref.ask.get();

    store.run("sender", () => ref.tell.fail());
    await ref.ask.get();

    assert.deepEqual(seen, [undefined, undefined, undefined, undefined]);
  });
});
