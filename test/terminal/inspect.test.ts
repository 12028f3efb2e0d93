import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ActorRow } from "../../src/wire/snapshot.ts";
import { deskType, draw, drawSnapshot, partsOf } from "../_support/terminal-screens.ts";
import {
  actorRow,
  askOf,
  deadlockOf,
  frameOf,
  NOW_AT_MS,
  snapshotOf,
} from "../_support/wire-rows.ts";

const types = [deskType("desk", ["place", "cancel", "look"], 60)];

describe("the inspect pane", () => {
  const trace = "5334cdeb7b5961a1561b8cfc871a6d54";
  const desk = (restarts: number, messagesTaken: number): ActorRow =>
    actorRow("desk/a-1", {
      name: "front",
      busy: {
        phase: "handler",
        messageType: "place",
        kind: "ask",
        sinceAtMs: NOW_AT_MS,
        traceId: trace,
      },
      waits: [askOf("till/a-2", { sinceAtMs: NOW_AT_MS, untilAtMs: NOW_AT_MS + 5_000 })],
      mailbox: { depth: 50, limit: 100, oldestSentAtMs: NOW_AT_MS, waitingSenders: 2 },
      messagesTaken,
      tasks: [
        { kind: "poll", sinceAtMs: NOW_AT_MS - 9_000 },
        { kind: "poll", sinceAtMs: NOW_AT_MS },
      ],
      timers: 3,
      children: 1,
      lastError: "ERR_NO_STOCK",
      supervision: {
        restarts,
        maxRestarts: 2,
        strategy: "one_for_all",
        links: ["till/a-2"],
        watches: ["bell/a-4"],
      },
    });
  const others = [
    actorRow("till/a-2", { waits: [askOf("bank/a-3")] }),
    actorRow("bank/a-3", { parentId: "desk/a-1" }),
    actorRow("bell/a-4", { waits: [askOf("desk/a-1", { sinceAtMs: NOW_AT_MS })] }),
  ];
  const frames = [
    frameOf([snapshotOf([desk(0, 100), ...others], { types })]),
    frameOf([
      snapshotOf([desk(2, 110)], { types, sequence: 2, since: 1, capturedAtMs: NOW_AT_MS + 1_000 }),
    ]),
  ];
  const state = { inspecting: true, selectedId: "desk/a-1" };
  const failure = {
    sequence: 1,
    atMs: NOW_AT_MS - 2_000,
    level: 50,
    msg: "actor failed",
    event: "actor.failed",
    actorId: "desk/a-1",
    actorType: "desk",
    traceId: trace,
    spanId: null,
    fields: { err: { message: "no stock" } },
  };
  const detail = {
    system: "shop",
    actor: desk(2, 110),
    condition: "waiting" as const,
    type: null,
    children: [],
    waiters: [],
    deadlock: null,
    stuck: null,
    failures: [failure],
    traces: [],
  };

  it("says all there is to say", () => {
    const text = draw(partsOf(frames, { state, detail }), 80, 70).join("\n");

    for (const part of [
      /^actor +front {2}desk\/a-1 {2}type desk {2}in shop$/m,
      /^state +waiting {2}idle {2}life 1 {2}spawned 10 s ago$/m,
      /^handling +place for 1\.0 s {2}trace 5334cdeb7b5961a1561b8cfc871a6d54$/m,
      /^waits +asks receive of till\/a-2 for 1\.0 s, at most 4\.0 s more$/m,
      /^chain +desk\/a-1 → till\/a-2 → bank\/a-3$/m,
      /^waited by +bell\/a-4 asks receive of desk\/a-1 for 1\.0 s, at most 3\.0 s more$/m,
      /^mailbox +█{10}░{10} 50\/100 50 % {2}oldest 1\.0 s {2}2 waiting to send$/m,
      /^throughput now 10 {2}avg 10 {2}peak 10 msg\/s {2}110 taken\n + +⢸$/m,
      /^restarts +permanent {2}2\/2 in 5\.0 s {2}AT LIMIT {2}2 in all$/m,
      /^children +1 by one_for_all$/m,
      /^tasks +2 poll, the oldest for 10 s$/m,
      /^timers +3$/m,
      /^links +till\/a-2$/m,
      /^watches +bell\/a-4$/m,
      /^last error ERR_NO_STOCK\n +3\.0 s ago: actor failed: no stock\n +trace 5334cdeb/m,
      /^messages +place +60 % +60 {2}p99 12 ms$/m,
      /^ +cancel +30 % +30 {2}2 failed {2}p99 12 ms$/m,
    ]) {
      assert.match(text, part);
    }
  });

  it("is below the table in 24 lines, beside it where there is room, and scrolls", () => {
    const below = draw(partsOf(frames, { state }));
    const rule = below.findIndex((line) => line.startsWith("─ inspect"));
    assert.ok(rule > 5 && rule < 15, String(rule));
    assert.match(below[rule] ?? "", /─ \d+ more ↓/);
    const scrolled = draw(partsOf(frames, { state: { ...state, paneTop: 2 } }));
    assert.equal(scrolled[rule + 1], below[rule + 3]);

    const beside = draw(partsOf(frames, { state }), 160, 40);
    assert.match(beside[2] ?? "", /ACTOR.*│ ─ inspect/);
    assert.match(beside[3] ?? "", /› .*│ actor +front/);
  });

  it("explains a deadlock and a stuck handler", () => {
    const rows = [actorRow("desk/a-1", { waits: [askOf("desk/a-2")] }), actorRow("desk/a-2")];
    const deadlocks = [deadlockOf(["desk/a-1", "desk/a-2"], { untilAtMs: null, blocked: 3 })];
    const text = drawSnapshot(rows, { deadlocks }, { state });

    assert.match(
      text,
      /^deadlock +desk\/a-1 → desk\/a-2 → desk\/a-1 \(permanent, 3 more blocked\)$/m,
    );
  });
});
