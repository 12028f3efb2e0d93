import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { thinOut } from "../../tools/viewer/model/exemplars.ts";
import { heatCells, heightOf } from "../../tools/viewer/model/heat-cells.ts";
import {
  hasValue,
  isolated,
  lastOf,
  maxOf,
  stackLines,
  toLines,
  transformLines,
} from "../../tools/viewer/model/series.ts";
import { colorOf } from "../../tools/viewer/model/thresholds.ts";

const times = [0, 15, 30];

function line(values: readonly (number | null)[], labels: Record<string, string> = {}) {
  return { name: "", labels, refId: "A", values };
}

describe("lines", () => {
  it("have a value, or none, at each time", () => {
    const answer = [
      {
        metric: {},
        values: [
          [0, "1.5"],
          [30, "NaN"],
        ] as [number, string][],
      },
    ];

    assert.deepEqual(toLines({ refId: "A" }, answer, times)[0]?.values, [1.5, null, null]);
  });

  it("are named as the query has it, or by their labels", () => {
    const metric = { __name__: "up", job: "a", b: "c" };
    const name = (legendFormat: string): string | undefined =>
      toLines({ refId: "A", legendFormat }, [{ metric, values: [] }], times)[0]?.name;

    assert.equal(name("{{job}} of {{ b }}{{none}}"), "a of c");
    assert.equal(name("all"), "all");
    assert.equal(name(""), 'up{job="a", b="c"}');
  });

  it("of the queries that an override names go below zero", () => {
    const panel = {
      id: 1,
      type: "timeseries",
      gridPos: { x: 0, y: 0, w: 1, h: 1 },
      fieldConfig: {
        overrides: [
          {
            matcher: { id: "byFrameRefID", options: "B" },
            properties: [{ id: "custom.transform", value: "negative-Y" }],
          },
        ],
      },
    };
    const lines = [line([1, 2]), { ...line([3, null, 0]), refId: "B" }];

    assert.deepEqual(
      transformLines(lines, panel).map(({ values }) => values),
      [
        [1, 2],
        [-3, null, 0],
      ],
    );
  });

  it("stand on those before them when stacked", () => {
    const stacked = stackLines([line([1, 1, null]), line([1, null, 5])]);

    assert.deepEqual(
      stacked.map(({ values }) => values),
      [
        [1, 1, null],
        [2, null, 5],
      ],
    );
  });

  it("reduce to their last and largest value", () => {
    assert.equal(lastOf(line([1, 3, null])), 3);
    assert.equal(maxOf(line([-1, -3, null])), -3);
    assert.equal(maxOf(line([null])), null);
    assert.equal(hasValue(line([null, 0])), true);
  });

  it("need points where a value has no neighbours", () => {
    assert.deepEqual(isolated([1, null, 2, 3, null, 4]), [0, 5]);
  });
});

describe("thresholds", () => {
  it("give the colour of the last step that is reached", () => {
    const steps = [
      { value: null, color: "green" },
      { value: 0.5, color: "orange" },
      { value: 1, color: "red" },
    ];

    assert.deepEqual(
      [null, 0.4, 0.5, 7].map((value) => colorOf(value, steps)),
      ["green", "green", "orange", "red"],
    );
  });
});

describe("a heatmap", () => {
  const bucket = (le: string, values: (number | null)[]) => line(values, { le });

  it("counts what lies between two bounds, and leaves out what is empty at the ends", () => {
    const { bands, most } = heatCells([
      bucket("+Inf", [9, 5]),
      bucket("0.1", [0, 0]),
      bucket("1", [4, 5]),
      bucket("0.5", [1, null]),
    ]);

    assert.deepEqual(bands, [
      { lower: 0.1, upper: 0.5, counts: [1, null] },
      { lower: 0.5, upper: 1, counts: [3, 5] },
      { lower: 1, upper: Infinity, counts: [5, 0] },
    ]);
    assert.equal(most, 5);
    assert.equal(heightOf(bands, 0.75), 1.5);
    assert.equal(heightOf(bands, 50), 2);
    assert.equal(heightOf(bands, 0.05), -1);
  });

  it("loses nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 12 }), (counts) => {
        let sum = 0;
        const buckets = counts.map((count, index) => {
          sum += count;
          return bucket(index === counts.length - 1 ? "+Inf" : String(index), [sum]);
        });
        const { bands } = heatCells(buckets);
        const shown = bands.reduce((all, band) => all + (band.counts[0] ?? 0), 0);

        assert.equal(shown, sum);
      }),
    );
  });
});

describe("exemplars", () => {
  it("are at most one in each part of the time: the largest that has a trace", () => {
    const at = (time: number, value: number, traceId = `t${value}`) => ({ time, value, traceId });
    const all = [at(1, 1), at(2, 3), at(3, 9, ""), at(6, 2), at(99, 7)];

    const kept = thinOut(all, { start: 0, end: 10 }, 2).map(({ traceId }) => traceId);
    assert.deepEqual(kept, ["t3", "t2"]);
  });
});
