import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { readAddress, writeAddress } from "../../tools/viewer/model/address.ts";
import { gridOf } from "../../tools/viewer/model/series.ts";
import { intervalsOf, resolveRange } from "../../tools/viewer/model/time-range.ts";
import { EVERY_S } from "../../tools/viewer/serve-dashboards.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

describe("the time range", () => {
  it("ends now, or where the address says", () => {
    assert.deepEqual(resolveRange("now-5m", "now", NOW), { fromMs: NOW - 5 * MINUTE, toMs: NOW });
    assert.deepEqual(resolveRange(String(NOW - 7), String(NOW), 0), { fromMs: NOW - 7, toMs: NOW });
  });

  it("is the last half hour where the address makes no sense", () => {
    const lastHalfHour = { fromMs: NOW - 30 * MINUTE, toMs: NOW };

    for (const [from, to] of [
      ["yesterday", "now"],
      ["now", "now-5m"],
      ["now-5x", "now"],
    ] as const) {
      assert.deepEqual(resolveRange(from, to, NOW), lastHalfHour);
    }
  });
});

describe("intervals", () => {
  it("are round, and not shorter than points come", () => {
    const range = { fromMs: 0, toMs: 3_600_000 };

    assert.deepEqual(intervalsOf(range, 1_000, 15), {
      intervalS: 15,
      rateIntervalS: 60,
      rangeS: 3_600,
    });
    assert.deepEqual(intervalsOf(range, 100, 15), {
      intervalS: 60,
      rateIntervalS: 75,
      rangeS: 3_600,
    });
    assert.equal(intervalsOf(range, 1_000, 1).intervalS, 5);
  });

  it("assume of Prometheus what Grafana is told", () => {
    const file = new URL(
      "../../grafana/provisioning/datasources/datasources.yaml",
      import.meta.url,
    );
    const { datasources } = parse(readFileSync(file, "utf8"));
    const prometheus = datasources.find(({ uid }: { uid: string }) => uid === "prometheus");

    assert.equal(prometheus.jsonData.timeInterval, `${EVERY_S}s`);
  });

  it("divide time at the same points whenever one looks", () => {
    const at = (ms: number): number[] => gridOf({ fromMs: ms, toMs: ms + 60_000 }, 15);

    assert.deepEqual(at(30_000), [30, 45, 60, 75, 90]);
    assert.deepEqual(at(31_000), [45, 60, 75, 90]);
  });
});

describe("the address", () => {
  it("keeps dashboard, time and choices", () => {
    const address = {
      uid: "limelight-requests",
      from: "now-5m",
      to: "now",
      chosen: { job: ["a", "b & c"], trace: [""] },
    };

    assert.deepEqual(readAddress(writeAddress(address)), address);
  });

  it("may name nothing", () => {
    assert.deepEqual(readAddress("/"), { uid: "", from: undefined, to: undefined, chosen: {} });
  });
});
