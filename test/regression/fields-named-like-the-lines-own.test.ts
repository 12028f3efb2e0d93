import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { openSystem } from "../_support/actor-system.ts";
import { openConsole } from "../_support/console-kit.ts";
import { keepLines } from "../_support/log-lines.ts";

/** Keys of a JSON object as its text has them, doubles included. */
function keysOf(json: string): string[] {
  const keys: string[] = [];
  JSON.parse(json.trim(), function (key, value) {
    void this;
    return key === "" ? value : value;
  });
  let depth = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    else if (depth === 1 && token.endsWith(":")) keys.push(token.slice(1, -2));
  }
  return keys;
}

const SAID = {
  level: "high",
  time: "noon",
  msg: "inner",
  trace_id: "mine",
  span_id: "mine",
  actor_id: "mine",
  actor_type: "mine",
  "fields.level": "as well",
};

describe("fields that are called like the line's own", () => {
  it("stand beside them, each key once", async () => {
    const { logger, written, line } = keepLines();
    await using open = openSystem({ logger });
    const odd = defineActor("odd", { handlers: { say: (c) => c.log.warn(SAID, "outer") } });
    const ref = open.system.spawn(odd);

    await ref.ask.say();

    const said = written.findIndex((text) => text.includes('"outer"'));
    const own = line(said);
    assert.equal(own["level"], 40);
    assert.equal(typeof own["time"], "number");
    assert.deepEqual([own["msg"], own["actor_id"], own["actor_type"]], ["outer", ref.id, "odd"]);
    assert.match(String(own["trace_id"]), /^[0-9a-f]{32}$/);
    for (const [key, value] of Object.entries(SAID)) assert.equal(own[`fields.${key}`], value, key);
    const keys = keysOf(written[said] ?? "");
    assert.deepEqual(keys, [...new Set(keys)]);
  });

  it("replace a field of the same name that the logger is bound to", () => {
    const { logger, written, line } = keepLines({ serviceName: "shop" });

    logger.child({ step: 1, level: "x" }).child({ step: 2 }).info({ step: 3 }, "said");

    assert.deepEqual([line()["step"], line()["level"], line()["fields.level"]], [3, 30, "x"]);
    const keys = keysOf(written[0] ?? "");
    assert.deepEqual(keys, [...new Set(keys)]);
  });

  it("are the text when there is no other, as pino has it", () => {
    const { logger, line } = keepLines();

    logger.info({ msg: "hello" });

    assert.equal(line()["msg"], "hello");
  });
});

// biome-ignore lint/suspicious/noExplicitAny: answers of the API
type Json = any;

describe("a row of the console", () => {
  const odd = defineActor("odd", {
    handlers: {
      odd: (c) => c.log.warn({ level: "high", time: "noon", msg: "inner", color: "red" }, "outer"),
      low: (c) => c.log.error({ level: 3 }, "battery low"),
      ago: (c) => c.log.warn({ time: 0 }, "hello"),
    },
  });
  const pinos: Readonly<Record<string, object>> = {
    "no options": {},
    "a messageKey": { messageKey: "message" },
    "another time": { timestamp: () => `,"@timestamp":"${new Date().toISOString()}"` },
    "an ISO time": { timestamp: () => `,"time":"${new Date().toISOString()}"` },
    "labels of levels": { formatters: { level: (label: string) => ({ severity: label }) } },
    "a nestedKey": { nestedKey: "payload" },
  };
  for (const [what, pino] of Object.entries(pinos)) {
    it(`has its own level, time and text, the fields kept: with ${what}`, async () => {
      const logger = createLogger({ pino, destination: { write() {} } });
      const startedMs = Date.now();
      await using kit = await openConsole({ system: { logger } });
      const ref = kit.system.spawn(odd);
      await ref.ask.odd();
      await ref.ask.low();
      await ref.ask.ago();

      const { logs } = (await kit.get("/api/logs?level=warn")).json;

      const rows = logs.filter(({ actorId }: Json) => actorId === ref.id);
      assert.deepEqual(
        rows.map(({ level, msg, fields }: Json) => ({ level, msg, fields })),
        [
          {
            level: 40,
            msg: "outer",
            fields: { level: "high", time: "noon", msg: "inner", color: "red" },
          },
          { level: 50, msg: "battery low", fields: { level: 3 } },
          { level: 40, msg: "hello", fields: { time: 0 } },
        ],
      );
      for (const { atMs } of rows) assert.ok(atMs >= startedMs - 1, what);
    });
  }
});
