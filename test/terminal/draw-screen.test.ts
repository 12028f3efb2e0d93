import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { drawScreen } from "../../src/terminal/screen/draw-screen.ts";
import type { ScreenParts } from "../../src/terminal/screen/screen-parts.ts";
import { displayWidth } from "../../src/terminal/text/display-text.ts";
import { ASCII_GLYPHS, UNICODE_GLYPHS } from "../../src/terminal/text/glyphs.ts";
import { Tone, textOf } from "../../src/terminal/text/styled-line.ts";
import { deskType, draw, drawSnapshot, partsOf } from "../_support/terminal-screens.ts";
import {
  actorRow,
  askOf,
  deadlockOf,
  frameOf,
  NOW_AT_MS,
  snapshotOf,
} from "../_support/wire-rows.ts";

/** The tone of the first piece that has `text` in it. */
function toneOf(parts: ScreenParts, text: string): Tone | undefined {
  const { lines } = drawScreen(parts, { columns: 80, rows: 24 });
  return lines.flat().find((span) => span.text.includes(text))?.tone;
}

describe("the header", () => {
  it("counts, and says how the connection is", () => {
    const rows = [
      actorRow("desk/a-1"),
      actorRow("desk/a-2", { state: "restarting" }),
      actorRow("desk/a-3", { state: "stopped", stopped: { atMs: NOW_AT_MS, reason: "killed" } }),
    ];
    const totals = { active: 2, waiting: 1_234 };
    const parts = { totals, uptimeMs: 185_000, eventLoop: { utilization: 0.42, blocked: null } };
    const frame = frameOf([snapshotOf(rows, parts)]);
    const [first, second] = draw(partsOf([frame]));

    const counts = "limelight top shop  2 actors  0 busy  1 restarting  0 stuck  1 failed";
    assert.equal(first, `${counts}       live`);
    assert.match(second ?? "", /^0 msg\/s {2}1,234 queued {2}up 3 min 5 s {2}loop 42 % +2 Hz$/);
    const connection = { kind: "lost", reason: "ECONNREFUSED", retryInMs: 500 } as const;
    const [lost] = draw(partsOf([frame], { connection }), 120);
    assert.match(lost ?? "", /LOST: ECONNREFUSED, next try in 500 ms$/);
  });

  it("adds systems up, or counts the chosen one", () => {
    const frame = frameOf([
      snapshotOf([actorRow("desk/a-1")]),
      snapshotOf([actorRow("toy/a-2"), actorRow("toy/a-3")], { name: "toys" }),
    ]);

    assert.match(draw(partsOf([frame])).join("\n"), /^limelight top 2 systems {2}3 actors/);
    const chosen = partsOf([frame], { state: { system: "toys" } });
    assert.match(draw(chosen).join("\n"), /^limelight top toys {2}2 actors/);
  });

  it("has a banner while there is a deadlock, with its circle and how many more there are", () => {
    const ids = ["desk/a-1", "desk/a-2"];
    const rows = ids.map((id) => actorRow(id));
    const deadlocks = [deadlockOf(ids), deadlockOf(["x/a-3"], { untilAtMs: null })];
    const parts = partsOf([frameOf([snapshotOf(rows, { deadlocks })])]);

    const banner = "DEADLOCK +1 more desk/a-1 → desk/a-2 → desk/a-1 (ends in 4.0 s)";
    assert.equal(draw(parts)[2], banner);
    assert.equal(toneOf(parts, "DEADLOCK"), Tone.Alarm);
    assert.doesNotMatch(drawSnapshot(rows, {}), /DEADLOCK/);
  });

  it("points at warnings, which `w` shows with what to do", () => {
    const warning = {
      kind: "restart_storm",
      type: "report",
      raisedAtMs: NOW_AT_MS - 3_000,
      text: "actors of type report restarted 12 times in 10 s",
      advice: "look at actor.failed in the log",
    } as const;
    const parts = { warnings: [warning] };

    assert.match(drawSnapshot([], parts), /1 warning \(w\)/);
    const shown = drawSnapshot([], parts, { state: { overlay: "warnings" } });
    assert.match(shown, /restart_storm {2}shop, for 3\.0 s\n +actors of type report.*\n +look at/);
  });

  it("counts stuck handlers with the warnings, and never says that there are none below a banner", () => {
    const overlay = { state: { overlay: "warnings" as const } };
    const deadlocks = [deadlockOf(["desk/a-1", "desk/a-2"], { untilAtMs: null })];
    const withDeadlock = drawSnapshot([], { deadlocks }, overlay);
    assert.match(
      withDeadlock,
      /^DEADLOCK desk\/a-1(.|\n)+^ +deadlock {2}shop, for 500 ms\n +desk\/a-1 asks/m,
    );
    assert.match(withDeadlock, /It is permanent/);
    assert.doesNotMatch(withDeadlock, /no warnings/);

    const busy = {
      phase: "start",
      messageType: null,
      kind: null,
      sinceAtMs: 1,
      traceId: null,
    } as const;
    const stuck = [
      { id: "a/b-1", type: "a", busy, limitMs: 1, cause: "other_io", chain: [], text: "it hangs" },
    ] as const;
    const withStuck = drawSnapshot([], { stuck }, overlay);
    assert.match(
      withStuck,
      /1 warning \(w\)(.|\n)+^ +stuck {2}shop, for 10 s\n +it hangs\n +It awaits/m,
    );
    assert.match(drawSnapshot([], {}, overlay), /no warnings/);
  });
});

describe("the table", () => {
  const rows = [
    actorRow("desk/a-1", { mailbox: { depth: 79, limit: 100 } }),
    actorRow("till/a-2", {
      parentId: "desk/a-1",
      name: "front",
      mailbox: { depth: 80, limit: 100 },
    }),
    actorRow("till/a-3", { mailbox: { depth: 49, limit: 100 }, supervision: { restarts: 3 } }),
  ];

  it("has a row for each actor, in compact columns below 85", () => {
    const parts = partsOf([frameOf([snapshotOf(rows)])]);

    assert.deepEqual(draw(parts).slice(2, 6), [
      "  ACTOR↑                     STATE          MAILBOX  MSG/S             RST FLAGS",
      "› ▾ desk/a-1                 busy            79/100      0               0",
      "    · front                  busy            80/100      0               0",
      "  · till/a-3                 busy            49/100      0               3 R",
    ]);
    assert.match(draw(parts, 85).join("\n"), /ACTOR↑ +TYPE +STATE/);
    assert.match(draw(parts, 60).join("\n"), /STATE +MAILBOX +MSG\/S\n/);
  });

  it("shows by colour how full a mailbox is", () => {
    const below = partsOf([frameOf([snapshotOf(rows)])], { state: { selectedId: "gone/a-9" } });
    const state = { ...below.state, selectedAt: 99 };

    assert.equal(toneOf({ ...below, state }, "79/100"), Tone.Warn);
    assert.equal(toneOf({ ...below, state }, "80/100"), Tone.Bad);
    assert.equal(toneOf({ ...below, state }, "49/100"), Tone.Plain);
  });

  it("draws what was taken, against the busiest that is shown", () => {
    const frames = [1, 2, 3].map((sequence) => {
      const parts = { sequence, since: sequence === 1 ? null : sequence - 1 };
      const capturedAtMs = NOW_AT_MS + sequence * 500;
      const taken = [40, 10, 0].map((each) => each * sequence);
      const busy = rows.map((row, at) => ({ ...row, messagesTaken: taken[at] ?? 0 }));
      return frameOf([snapshotOf(busy, { ...parts, capturedAtMs })]);
    });
    const [, , , first, second, third] = draw(partsOf(frames));

    assert.match(first ?? "", / 80 {9}⣿/);
    assert.match(second ?? "", / 20 {9}⣀/);
    assert.match(third ?? "", / 0 {3,} {9} /);
  });

  it("says by letters and words what is wrong with an actor", () => {
    const busy = {
      phase: "handler",
      messageType: "pack",
      kind: "tell",
      sinceAtMs: NOW_AT_MS - 9_000,
      traceId: null,
    } as const;
    const stuck = {
      id: "desk/a-1",
      type: "desk",
      busy,
      limitMs: 5_000,
      cause: "other_io",
      chain: ["desk/a-1"],
      text: "the handler pack awaits something",
    } as const;
    const sick = [
      actorRow("desk/a-1", { busy }),
      actorRow("desk/a-2", { waits: [askOf("desk/a-3")], supervision: { links: ["desk/a-1"] } }),
      actorRow("desk/a-3", { mailbox: { depth: 5, limit: 5 } }),
      actorRow("desk/a-4", { state: "restarting", supervision: { backingOff: true, restarts: 1 } }),
      actorRow("desk/a-5", { state: "stopped", stopped: { atMs: NOW_AT_MS, reason: "failed" } }),
      actorRow("desk/a-6", { busy: { ...busy, sinceAtMs: NOW_AT_MS - 500 } }),
    ];
    const text = drawSnapshot(sick, { stuck: [stuck], deadlocks: [deadlockOf(["desk/a-2"])] });
    const shown = text.split("\n").map((row) => row.replace(/ +/g, " "));

    assert.ok(shown.some((row) => /a-1 stuck .* S$/.test(row)));
    assert.ok(shown.some((row) => /a-2 deadlock .* DWL$/.test(row)));
    assert.ok(shown.some((row) => /a-3 busy 5\/5 .* F$/.test(row)));
    assert.ok(shown.some((row) => /a-4 restarting .* 1 BR$/.test(row)));
    assert.ok(shown.some((row) => /a-5 failed .* X$/.test(row)));
    assert.ok(shown.some((row) => /a-6 busy /.test(row)));
  });

  it("draws the rows that are to be seen, and no others", () => {
    const many = Array.from({ length: 10_000 }, (_, at) => actorRow(`a/x-${at.toString(36)}`));
    const parts = partsOf([frameOf([snapshotOf(many)])]);
    const drawn = new Set<number>();
    const watched = new Proxy(parts.rows, {
      get(rows, key, receiver) {
        if (typeof key === "string" && /^\d+$/.test(key)) drawn.add(Number(key));
        return Reflect.get(rows, key, receiver);
      },
    });
    draw({ ...parts, rows: watched });

    assert.ok(drawn.size <= 24, `${drawn.size} rows`);
  });
});

describe("help", () => {
  it("fits into 24 lines", () => {
    const text = draw(partsOf([], { state: { overlay: "help" } })).join("\n");

    assert.match(text, /^─ help ─+$/m);
    assert.match(text, /L +is linked with others\n/);
  });
});

describe("a screen", () => {
  const evil = "\u001b[2J\u001b]0;owned\u0007";
  const busy = {
    phase: "handler",
    messageType: evil,
    kind: "tell",
    sinceAtMs: NOW_AT_MS,
    traceId: evil,
  } as const;
  const hostile = [
    actorRow(`desk/${evil}`, {
      type: evil,
      name: `n${evil}`,
      busy,
      lastError: evil,
      waits: [askOf(evil, { messageType: evil })],
      tasks: [{ kind: evil, sinceAtMs: 0 }],
      supervision: { links: [evil], policy: evil, strategy: evil },
    }),
  ];
  const frame = frameOf([
    snapshotOf(hostile, {
      name: evil,
      deadlocks: [deadlockOf([`desk/${evil}`, evil])],
      types: [deskType(evil, [evil, evil, evil], 60)],
      warnings: [{ kind: "task_leak", type: null, raisedAtMs: 0, text: evil, advice: evil }],
    }),
  ]);

  it("has the terminal's cells, no more and no less, and nothing in it that a terminal obeys", () => {
    const size = {
      columns: fc.integer({ min: 1, max: 200 }),
      rows: fc.integer({ min: 1, max: 60 }),
    };
    const view = fc.record({
      inspecting: fc.boolean(),
      overlay: fc.constantFrom("none", "help", "warnings"),
      filter: fc.constantFrom("", evil, "desk"),
      editingFilter: fc.boolean(),
      paneTop: fc.nat(50),
    });
    const glyphs = fc.constantFrom(UNICODE_GLYPHS, ASCII_GLYPHS);
    fc.assert(
      fc.property(fc.record(size), view, glyphs, ({ columns, rows }, state, signs) => {
        const connection = { kind: "lost", reason: evil, retryInMs: 1 } as const;
        const parts = partsOf([frame], { state, connection, glyphs: signs });
        const { lines } = drawScreen(parts, { columns, rows });
        assert.equal(lines.length, rows);
        for (const line of lines) {
          assert.equal(displayWidth(textOf(line)), columns);
          assert.doesNotMatch(textOf(line), signs === ASCII_GLYPHS ? /[^ -~]/ : /\p{Cc}/u);
        }
      }),
    );
  });
});
