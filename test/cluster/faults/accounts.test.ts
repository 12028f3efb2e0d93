import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeReport } from "../../_support/node-report.ts";
import { checkEnded, checkFlow, checkLines, checkQuiet } from "./accounts.ts";

const COORDINATOR = {
  'cluster.lease.active|{"cluster.lease":"coordinator"}': 1,
  'cluster.lease.active|{"cluster.lease":"runner"}': 1,
  'cluster.runner.active|{"cluster.runner.state":"ready"}': 2,
  'cluster.placement.active|{"cluster.placement.status":"running"}': 5,
  "actor.active|{}": 3,
};

function report(node: string, changes: Partial<NodeReport> = {}): NodeReport {
  return { node, imbalances: [], levels: {}, counts: {}, ...changes };
}

const one = report("r1", { levels: COORDINATOR });
const two = report("r2", { levels: { 'cluster.lease.active|{"cluster.lease":"runner"}': 1 } });

describe("the accounts of nodes in which nothing is under way", () => {
  it("are right if all levels are those of what stands", () => {
    assert.deepEqual(checkQuiet([one, two], 2), []);
  });

  const wrong: Readonly<Record<string, readonly NodeReport[]>> = {
    "a command without an outcome": [
      one,
      report("r2", { levels: { "cluster.demultiplexer.depth|{}": 1 } }),
    ],
    "an event that is not stored": [
      one,
      report("r2", { levels: { "cluster.outbox.depth|{}": 1 } }),
    ],
    "a placement that is stuck": [
      one,
      report("r2", {
        levels: { 'cluster.placement.active|{"cluster.placement.status":"starting"}': 1 },
      }),
    ],
    "two coordinators": [one, report("r2", { levels: COORDINATOR })],
    "no coordinator": [two],
    "books that do not balance": [one, report("r2", { imbalances: ["sent 1 ≠ handled 0"] })],
  };
  for (const [what, reports] of Object.entries(wrong)) {
    it(`show ${what}`, () => assert.notDeepEqual(checkQuiet(reports, 2), []));
  }

  it("show a runner that the coordinator does not know", () => {
    assert.deepEqual(checkQuiet([one, two], 3), ["the coordinator knows 2 runners, not 3"]);
  });

  it("show what is left after the end", () => {
    assert.deepEqual(checkEnded([report("r1"), two]), [
      'r2: cluster.lease.active|{"cluster.lease":"runner"} is 1 at the end',
    ]);
  });
});

describe("the flow of commands and events", () => {
  const before = [
    report("r1", { counts: { "cluster.commands sent": 7, "cluster.events stored": 1 } }),
  ];
  const flown = (counts: Record<string, number>): readonly string[] =>
    checkFlow(before, [
      report("r1", { counts: { "cluster.commands sent": 10, "cluster.events stored": 3 } }),
      report("r2", { counts }),
    ]);
  const all = {
    "cluster.commands applied": 2,
    "cluster.commands stale": 1,
    "cluster.commands duplicate": 5,
    "cluster.events applied": 2,
  };

  it("comes out even if each has one outcome", () => {
    assert.deepEqual(flown(all), []);
  });

  it("shows a command that has vanished", () => {
    assert.deepEqual(flown({ ...all, "cluster.commands stale": 0 }), [
      "3 cluster.commands were sent, and 2 have an outcome",
    ]);
  });

  it("comes out even if a command was only sent again", () => {
    const again = { ...all, "cluster.commands applied": 3 };
    assert.deepEqual(flown({ ...again, "cluster.commands replayed": 1 }), []);
    assert.deepEqual(flown(again), ["3 cluster.commands were sent, and 4 have an outcome"]);
  });

  it("shows an event that was applied twice", () => {
    assert.deepEqual(flown({ ...all, "cluster.events applied": 3 }), [
      "2 cluster.events were stored, and 3 have an outcome",
    ]);
  });

  it("shows that nothing has flown", () => {
    assert.deepEqual(checkFlow(before, before), [
      "no cluster.commands were sent",
      "no cluster.events were stored",
    ]);
  });
});

describe("the lines of a process", () => {
  it("are objects with a level, but for what its end has cut", () => {
    assert.deepEqual(checkLines("r1", '{"level":"info"}\n{"level":30}\n{"lev'), []);
  });

  for (const line of [
    '{"level":"fatal"}',
    '{"level":60}',
    "Error: no",
    '{"msg":"no level"}',
    "[1]",
  ]) {
    it(`must not be ${line}`, () => assert.equal(checkLines("r1", `${line}\n`).length, 1));
  }
});
