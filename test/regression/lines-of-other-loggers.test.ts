import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createSystem, defineActor, type SystemOptions } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";

type Line = Readonly<Record<string, unknown>>;

/** A page's text without its line breaks. */
function textOf(page: string): string {
  return readFileSync(new URL(`../../${page}`, import.meta.url), "utf8").replaceAll(/\s+/g, " ");
}

/** The lines of a handler that writes by `c.log` and by a logger of its module, before and after an `await`. */
async function linesOf(options: SystemOptions): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
  const log = createLogger({ destination });
  const worker = defineActor("worker", {
    handlers: {
      async work(c) {
        c.log.info("own");
        log.info("module");
        await Promise.resolve();
        c.log.info("own");
        log.info("module");
      },
    },
  });
  const system = createSystem({ ...options, logger: createLogger({ destination }) });
  await system.spawn(worker).ask.work();
  await system.shutdown();
  return lines.filter(({ msg }) => msg === "own" || msg === "module");
}

// Its order matters: what registers a context manager once does so for the rest of the process.
describe("the promise that a line names its actor and its trace", { concurrency: false }, () => {
  it("holds without an SDK for the actor's own logger and its actor only, as the docs say", async () => {
    const lines = await linesOf({});

    assert.deepEqual(
      lines.map(({ msg, actor_type, trace_id }) => [msg, actor_type, trace_id]),
      [
        ["own", "worker", undefined],
        ["module", undefined, undefined],
        ["own", "worker", undefined],
        ["module", undefined, undefined],
      ],
    );
    const page =
      "Without a context manager (the preload and every SDK register one), only `c.log` names its actor, and no line of a logger made by `createLogger()` elsewhere names an actor or a trace.";
    assert.ok(textOf("docs/telemetry.md").includes(page));
  });

  it("holds with an SDK for every logger, also after an await", async () => {
    const lines = await linesOf(inMemoryTelemetry().systemOptions);

    assert.deepEqual(
      lines.map(({ msg, actor_type }) => [msg, actor_type]),
      ["own", "module", "own", "module"].map((msg) => [msg, "worker"]),
    );
    assert.match(String(lines[0]?.["trace_id"]), /^[\da-f]{32}$/);
    assert.equal(new Set(lines.map(({ trace_id }) => trace_id)).size, 1);
  });
});
