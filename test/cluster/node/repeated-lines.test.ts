import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeLog } from "../../../src/cluster/node/node-log.ts";
import { withoutRepeats } from "../../../src/cluster/node/repeated-lines.ts";
import { ClusterError } from "../../../src/cluster.ts";
import { ManualClock } from "../../../src/testing.ts";

const AWAY = new ClusterError("not connected", { code: "ERR_ENGINE_UNAVAILABLE" });
const FULL = new ClusterError("full", { code: "ERR_ENGINE_FULL" });

function world(): { log: NodeLog; clock: ManualClock; lines: (readonly unknown[])[] } {
  const clock = new ManualClock();
  const lines: (readonly unknown[])[] = [];
  const log = withoutRepeats((level, { event, err, ...more }, text) => {
    lines.push([level, text, (err as ClusterError | undefined)?.code, more["repeated"]]);
  }, clock);
  return { log, clock, lines };
}

describe("the log of a node", () => {
  it("has each kind of failure as a warning once a minute, with how often it came", async () => {
    const { log, clock, lines } = world();
    const fail = (err: ClusterError, what = "placement could not be decided"): void => {
      log("warn", { event: "cluster.coordinator.failed", what, err }, what);
    };

    for (let at = 0; at < 3; at += 1) fail(AWAY);
    fail(FULL);
    fail(AWAY, "lease of the coordinator could not be renewed");
    await clock.advance(59_999);
    fail(AWAY);
    await clock.advance(1);
    fail(AWAY);
    fail(AWAY);
    await clock.advance(60_000);
    fail(FULL);

    const decided = "placement could not be decided";
    assert.deepEqual(lines, [
      ["warn", decided, AWAY.code, undefined],
      ["debug", decided, AWAY.code, undefined],
      ["debug", decided, AWAY.code, undefined],
      ["warn", decided, FULL.code, undefined],
      ["warn", "lease of the coordinator could not be renewed", AWAY.code, undefined],
      ["debug", decided, AWAY.code, undefined],
      ["warn", decided, AWAY.code, 3],
      ["debug", decided, AWAY.code, undefined],
      ["warn", decided, FULL.code, undefined],
    ]);
  });

  it("has every line of other kinds", () => {
    const { log, lines } = world();
    for (let at = 0; at < 2; at += 1) {
      log("error", { event: "cluster.runner.fenced" }, "fenced");
      log("warn", { event: "cluster.engine.connection" }, "away");
    }

    const levels = lines.map(([level]) => level);
    assert.deepEqual(levels, ["error", "warn", "error", "warn"]);
  });

  it("does not grow with the number of kinds", async () => {
    const { log, clock, lines } = world();
    const event = "cluster.engine.fault";
    for (let at = 0; at < 2_000; at += 1) log("warn", { event }, `consumer ${at} was renewed`);
    await clock.advance(1);
    log("warn", { event }, "consumer 0 was renewed");
    log("warn", { event }, "consumer 1999 was renewed");

    const [forgotten, known] = lines.slice(-2).map(([level]) => level);
    assert.deepEqual([forgotten, known], ["warn", "debug"]);
  });
});
