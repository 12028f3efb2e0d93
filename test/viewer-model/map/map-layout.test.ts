import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { filterEdges, sortEdges } from "../../../src/viewer/map/edge-order.ts";
import { edgeId, edgeLabel, edgeSentence } from "../../../src/viewer/map/edge-texts.ts";
import { layOutMap, MAX_DRAWN } from "../../../src/viewer/map/map-layout.ts";
import { edge } from "../../_support/interaction-rows.ts";

/** Returns the nodes by column, from left to right. */
function columnsOf({ nodes }: ReturnType<typeof layOutMap>): string[][] {
  const places = [...new Set(nodes.map(({ x }) => x))].sort((a, b) => a - b);
  return places.map((place) => nodes.filter(({ x }) => x === place).map(({ name }) => name));
}

describe("layOutMap", () => {
  it("puts each type one column after the first of those that send to it", () => {
    const map = layOutMap([
      edge("", "desk"),
      edge("desk", "order"),
      edge("order", "payment"),
      edge("payment", "desk"),
      edge("", "payment"),
    ]);

    assert.deepEqual(columnsOf(map), [["(program)"], ["desk", "payment"], ["order"]]);
    assert.deepEqual(
      map.nodes.map(({ name, type }) => [name, type]).find(([name]) => name === "(program)"),
      ["(program)", null],
    );
  });

  it("has place for circles to which no other sends, and for types that send to themselves only", () => {
    const map = layOutMap([edge("a", "b", 5), edge("b", "a"), edge("alone", "alone")]);

    assert.deepEqual(map.nodes.map(({ name }) => name).sort(), ["a", "alone", "b"]);
    assert.equal(map.links.length, 3);
  });

  it("draws the busiest edges, and says how many others there are", () => {
    const rows = Array.from({ length: 1_000 }, (_, at) => edge(`t${at}`, `t${(at + 1) % 50}`, at));

    const map = layOutMap(rows);

    assert.equal(map.links.length, MAX_DRAWN);
    assert.ok(map.links.every(({ row }) => row.recent.sent >= 900));
    assert.deepEqual(map.hidden, { edges: 900, sent: (899 * 900) / 2 });
  });

  it("makes the lines wider with the rate", () => {
    const widths = layOutMap([
      edge("a", "b", 100),
      edge("a", "c", 10),
      edge("a", "d", 0),
    ]).links.map(({ width }) => width);

    assert.ok(Number(widths[0]) > Number(widths[1]) && Number(widths[1]) > Number(widths[2]));
    assert.equal(widths[2], 1);
  });

  it("places each node once, within the picture, for any edges", () => {
    const name = fc.constantFrom("", "a", "b", "c", "d", "e", "f");
    const rows = fc.uniqueArray(
      fc.tuple(
        name,
        name.filter((to) => to !== ""),
      ),
      {
        selector: ([from, to]) => `${from}>${to}`,
      },
    );
    fc.assert(
      fc.property(rows, (pairs) => {
        const map = layOutMap(pairs.map(([from, to], at) => edge(from, to, at)));
        const places = map.nodes.map(({ x, y }) => `${x},${y}`);
        assert.equal(new Set(places).size, map.nodes.length);
        assert.equal(map.links.length, pairs.length);
        for (const { x, y } of map.nodes) {
          assert.ok(x >= 0 && y >= 0 && x <= map.width && y <= map.height);
        }
      }),
    );
  });
});

describe("the texts of an edge", () => {
  it("have its rate, and the time and failures if there are any", () => {
    const quiet = edge("a", "b", 6);
    const bad = edge("", "b", 120, { failed: 30, p95Ms: 12 });

    assert.equal(edgeLabel(quiet), "0.1/s");
    assert.equal(edgeLabel(bad), "2.0/s · p95 12 ms");
    assert.equal(edgeId(bad), "(program) → b");
    assert.equal(
      edgeSentence(bad),
      "(program) → b: 120 messages recently, 2.0/s · p95 12 ms, 25 % failed",
    );
  });
});

describe("the table of edges", () => {
  const rows = [
    edge("a", "x", 3),
    edge("b", "x", 9, { failed: 1, p95Ms: 5 }),
    edge("", "y", 6, { failed: 3 }),
  ];
  const order = (key: string, descending: boolean): string =>
    sortEdges(rows, key, descending)
      .map(({ sent }) => sent)
      .join();

  it("is sorted by each column", () => {
    assert.equal(order("messages", true), "9,6,3");
    assert.equal(order("messages", false), "3,6,9");
    assert.equal(order("from", false), "6,3,9");
    assert.equal(order("to", true), "6,9,3");
    assert.equal(order("failed", true), "6,9,3");
    assert.equal(order("p95", true), "9,6,3");
    assert.equal(order("failures", true), "6,9,3");
  });

  it("is filtered by the names of both ends", () => {
    assert.deepEqual(filterEdges(rows, " X ").length, 2);
    assert.deepEqual(filterEdges(rows, "progr").length, 1);
    assert.equal(filterEdges(rows, ""), rows);
  });
});
