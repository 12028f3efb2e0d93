import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAddress } from "../../src/terminal/connection/console-address.ts";
import { ConsoleClient } from "../../src/terminal/connection/console-client.ts";
import { onceAsJson, onceAsTable } from "../../src/terminal/print-once.ts";
import { Session } from "../../src/terminal/session.ts";
import { UNICODE_GLYPHS } from "../../src/terminal/text/glyphs.ts";
import { textOf } from "../../src/terminal/text/styled-line.ts";
import { ManualClock } from "../../src/testing.ts";
import type { Frame } from "../../src/wire/answers.ts";
import { ConsoleStub } from "../_support/console-stub.ts";
import { until } from "../_support/telemetry-until.ts";
import { actorRow, deadlockOf, frameOf, NOW_AT_MS, snapshotOf } from "../_support/wire-rows.ts";

const NOTHING = { sort: undefined, filter: "", system: undefined };

/** A session with a console of the test's, on a clock of its own. */
class OpenSession implements AsyncDisposable {
  readonly stub: ConsoleStub;
  readonly clock = new ManualClock();
  readonly session: Session;
  /** How often a screen was to be drawn. */
  drawings = 0;

  private constructor(stub: ConsoleStub) {
    this.stub = stub;
    const client = new ConsoleClient(parseAddress(stub.url));
    this.session = new Session({ ...NOTHING, client, clock: this.clock, glyphs: UNICODE_GLYPHS });
    this.session.subscribe(() => {
      this.drawings += 1;
    });
  }

  static async open(frame: Frame): Promise<OpenSession> {
    const stub = await ConsoleStub.open();
    stub.first = frame;
    const open = new OpenSession(stub);
    await open.session.open();
    return open;
  }

  get screen(): string {
    const { lines } = this.session.draw({ columns: 80, rows: 24 });
    return lines.map((line) => textOf(line).trimEnd()).join("\n");
  }

  shows(what: RegExp): Promise<void> {
    return until(() => what.test(this.screen), String(what));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.close();
    await this.stub[Symbol.asyncDispose]();
  }
}

const ids = ["desk/a-1", "desk/a-2", "desk/a-3"];
const rows = ids.map((id) => actorRow(id));

function change(sequence: number, parts: Parameters<typeof snapshotOf>[1] = {}): Frame {
  const capturedAtMs = NOW_AT_MS + sequence * 500;
  return frameOf([snapshotOf([], { sequence, since: sequence - 1, capturedAtMs, ...parts })]);
}

describe("a session", () => {
  it("shows a deadlock as it comes and goes", async () => {
    await using open = await OpenSession.open(frameOf([snapshotOf(rows)]));
    await open.shows(/live\n(.*\n)+› · desk\/a-1 +idle/);
    open.stub.send(change(2, { deadlocks: [deadlockOf(ids.slice(0, 2))] }));
    await open.shows(/^DEADLOCK desk\/a-1 → desk\/a-2/m);
    await open.shows(/desk\/a-2 +deadlock/);
    open.stub.send(change(3));
    await open.shows(/desk\/a-2 +idle/);

    assert.doesNotMatch(open.screen, /DEADLOCK/);
  });

  it("is drawn at once for keys, and not more often than five times a second for frames", async () => {
    await using open = await OpenSession.open(frameOf([snapshotOf(rows)]));
    open.drawings = 0;
    for (let sequence = 2; sequence < 50; sequence += 1) open.stub.send(change(sequence));
    await until(() => open.screen.includes("up 9.0 s"), "the frames");
    open.stub.send(change(50, { uptimeMs: 90_000 }));
    await open.shows(/up 1 min 30 s/);
    assert.equal(open.drawings, 0);
    await open.clock.advance(200);
    assert.equal(open.drawings, 1);
    open.session.press("j");
    open.session.press("j");
    assert.equal(open.drawings, 3);
    assert.match(open.screen, /› · desk\/a-3/);
  });

  it("says that the console is gone, and keeps what it knew", async () => {
    await using open = await OpenSession.open(frameOf([snapshotOf(rows)]));
    open.stub.hangUp();
    await open.shows(/LOST: \w+, next try in 250 ms/);
    assert.match(open.screen, /desk\/a-3/);
    await open.clock.advance(250);
    await open.shows(/ live$/m);
  });

  it("asks about the actor that is inspected, and about none once the pane is closed", async () => {
    await using open = await OpenSession.open(frameOf([snapshotOf(rows)]));
    const asked = (): string[] =>
      open.stub.requests.map(({ url }) => url).filter((url) => url.startsWith("/api/actors/"));
    open.session.press("j");
    assert.deepEqual(asked(), []);
    open.session.press("enter");
    await until(() => asked().length === 1, "the first question");
    await open.shows(/^actor +desk\/a-2/m);
    open.session.press("j");
    await until(() => asked().length === 2, "the second question");
    assert.deepEqual(asked(), ["/api/actors/desk%2Fa-2", "/api/actors/desk%2Fa-3"]);
    open.session.press("enter");
    await open.clock.advance(10_000);

    assert.equal(asked().length, 2);
  });

  it("brings the cursor back when the terminal becomes smaller", async () => {
    const many = Array.from({ length: 50 }, (_, at) => actorRow(`desk/a-${at.toString(36)}`));
    await using open = await OpenSession.open(frameOf([snapshotOf(many)]));
    open.session.draw({ columns: 80, rows: 24 });
    for (let presses = 0; presses < 19; presses += 1) open.session.press("j");
    const { lines } = open.session.draw({ columns: 60, rows: 10 });
    const small = lines.map((line) => textOf(line).trimEnd());

    assert.equal(small.length, 10);
    assert.ok(
      small.some((line) => line.startsWith("› · desk/a-j")),
      small.join("\n"),
    );
  });
});

describe("a single look", () => {
  const evil = "\u001b[2J";
  const frame = frameOf([
    snapshotOf([
      actorRow("desk/a-1"),
      actorRow("desk/a-2", { name: `n${evil}`, parentId: "desk/a-1" }),
    ]),
    snapshotOf([actorRow("toy/a-3", { mailbox: { depth: 7 } })], { name: "toys" }),
  ]);

  /** Looks once at a console that sends this frame, and a second one of changes. */
  async function look<Result>(
    action: (options: Parameters<typeof onceAsTable>[0]) => Promise<Result>,
    wishes: Partial<typeof NOTHING | { filter: string; system: string; sort: "mailbox" }> = {},
  ): Promise<Result> {
    await using stub = await ConsoleStub.open();
    stub.first = frame;
    const clock = new ManualClock();
    const client = new ConsoleClient(parseAddress(stub.url));
    const looking = action({ ...NOTHING, ...wishes, client, clock, glyphs: UNICODE_GLYPHS });
    await until(() => stub.viewers === 1, "a viewer");
    const busy = actorRow("desk/a-1", { messagesTaken: 12 });
    const later = { sequence: 2, since: 1, capturedAtMs: NOW_AT_MS + 1_000 };
    const shop = { ...later, totals: { active: 2 } };
    const toys = { ...later, name: "toys", totals: { active: 1 } };
    stub.send(frameOf([snapshotOf([busy], shop), snapshotOf([], toys)]));
    return await looking;
  }

  it("is a table of all actors with their rates, as wide as it has to be, without escape codes", async () => {
    const table = await look(onceAsTable);

    assert.equal(
      table,
      [
        "limelight top 2 systems  3 actors  1 busy  0 restarting  0 stuck  0 failed",
        "0 msg/s  0 queued  up 9.0 s  loop 0 %",
        "",
        "  ACTOR↑                TYPE         STATE          MAILBOX  MSG/S   RST FLAGS",
        "  ▾ desk/a-1            desk         idle             0/100     12     0",
        "    · n\\u{1b}[2J        desk         idle             0/100      0     0",
        "  · toy/a-3             toy          busy             7/100      0     0",
        "",
      ].join("\n"),
    );
  });

  it("is sorted, filtered and of one system as one likes", async () => {
    const sorted = await look(onceAsTable, { sort: "mailbox" });
    assert.match(sorted, /toy\/a-3(.|\n)+desk\/a-1/);
    const one = await look(onceAsTable, { system: "toys" });
    assert.doesNotMatch(one, /desk/);
    const some = await look(onceAsTable, { filter: "a-2" });
    assert.deepEqual([/desk\/a-1/.test(some), /n\\u/.test(some)], [false, true]);
  });

  it("is refused of a system that is not there", async () => {
    for (const action of [onceAsTable, onceAsJson]) {
      await assert.rejects(look(action, { system: "zoo" }), {
        code: "ERR_UNKNOWN_SYSTEM",
        message: 'there is no system "zoo", but shop, toys',
      });
    }
  });

  it("does not wait for ever for a second frame", async () => {
    await using stub = await ConsoleStub.open();
    stub.first = frame;
    const clock = new ManualClock();
    const client = new ConsoleClient(parseAddress(stub.url));
    const table = onceAsTable({ ...NOTHING, client, clock, glyphs: UNICODE_GLYPHS });
    await until(() => stub.viewers === 1, "a viewer");
    let ended = false;
    void table.then(() => {
      ended = true;
    });
    for (let turn = 0; !ended && turn < 100; turn += 1) await clock.advance(500);

    assert.match(await table, /toy\/a-3/);
  });

  it("is one line of JSON with the whole frame, or the part of it that was asked for", async () => {
    const text = await look(onceAsJson);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(frame)));
    assert.equal(text.indexOf("\n"), text.length - 1);
    const part = JSON.parse(await look(onceAsJson, { system: "shop", filter: "A-2" })) as Frame;
    assert.deepEqual(
      part.snapshots.map(({ system, actors }) => [system.name, actors.map(({ id }) => id)]),
      [["shop", ["desk/a-2"]]],
    );
  });
});
