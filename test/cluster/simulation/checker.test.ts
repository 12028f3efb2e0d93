import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Command } from "../../../src/cluster/protocol/commands.ts";
import { check } from "./checker.ts";
import type { Seen } from "./connections/connection-notes.ts";
import { type Accepted, History, type Operation } from "./history.ts";

class Story {
  readonly history: History;
  nowMs = 0;

  constructor() {
    this.history = new History(() => this.nowMs);
  }

  write(generation: number, ops: readonly string[], changes: Partial<Accepted> = {}): void {
    this.nowMs += 1;
    const [address, atMs, version] = ["a", this.nowMs, ops.length];
    const writer = `w${generation}`;
    this.history.accepted.push({ atMs, address, generation, version, writer, ops, ...changes });
  }

  operation(kind: Operation["kind"], id: string, version: number | undefined): void {
    this.nowMs += 1;
    const operation = this.history.invoke({ id, address: "a", kind, client: "c" });
    this.nowMs += 1;
    this.history.end(operation, "ok", version);
  }

  command(index: number, ...facts: readonly string[]): void {
    for (const fact of facts) {
      this.nowMs += 1;
      const place = { runnerId: "r", address: "a", generation: 1, index, id: `${index}` };
      this.history.commands.push({ atMs: this.nowMs, ...place, fact });
    }
  }

  event(coordinator: string, ...indices: readonly number[]): void {
    const place = { address: "a", generation: 1, indices, outcome: "applied" };
    this.history.events.push({ atMs: this.nowMs, coordinator, ...place });
  }

  /** A user has seen something of the events of an activation. */
  seen(...seen: readonly Seen[]): void {
    const { connections } = this.history;
    const [reader = connections.reader("user", "a")] = connections.readers;
    reader.seen.push(...seen);
  }

  placement(generation: number, eventIndex: number, outbox: readonly Command[] = []): void {
    const [atMs, address, status, reason] = [this.nowMs, "a", "running", "wanted"];
    const place = { generation, eventIndex, commandIndex: 1, runnerId: "r" };
    this.history.placements.push({ atMs, address, status, reason, outbox, ...place });
  }

  get broken(): readonly string[] {
    return [...new Set(check(this.history, { recoveryMs: 30_000 }).map(({ rule }) => rule))];
  }
}

/** One activation whose events are the operations `x` and `y`, both stored. */
function publish(story: Story): void {
  const { connections } = story.history;
  story.write(1, []);
  story.write(1, ["x"]);
  story.write(1, ["x", "y"]);
  connections.began("a", 1, "f.1.0");
  connections.published("f.1.1", "x");
  connections.published("f.1.2", "y");
}

const OPENED: Seen = { kind: "opened", position: "f.1.0", gap: undefined };
const X: Seen = { kind: "event", position: "f.1.1", body: "x" };
const Y: Seen = { kind: "event", position: "f.1.2", body: "y" };

const DONE = ["carried_out", "acknowledged", "applied"];

describe("the checker of the simulation", () => {
  it("has nothing against a run in which all is well", () => {
    const story = new Story();
    story.placement(1, 0);
    story.write(1, []);
    story.command(1, ...DONE);
    story.event("n1", 1);
    story.placement(1, 1);
    story.write(1, ["x"]);
    story.operation("append", "x", 1);
    story.operation("read", "r1", 1);
    story.write(2, ["x"]);
    story.write(2, ["x", "y"]);
    story.operation("append", "y", 2);
    story.operation("wake", "x", undefined);
    story.history.healedMs = story.nowMs;
    story.operation("read", "r2", 2);
    story.history.residues.set("actors", 0);
    story.history.balances.push({ what: "commands", expected: 1, found: 1 });

    assert.deepEqual(story.broken, []);
  });

  it("has nothing against queues and connections that keep their promises", () => {
    const story = new Story();
    publish(story);
    story.seen(OPENED, X, { kind: "ended" });
    story.seen({ ...OPENED, position: "f.1.1" }, Y, { kind: "ended" });
    story.seen({ ...OPENED, position: "g.1.0", gap: "actor_restarted" });
    story.history.connections.began("a", 2, "g.1.0");
    story.history.connections.conclude();
    const ops = ["x", "y", "q1:s#1", "q2:s#2", "q3:t#1", "h1:s", "d2:s", "h3:t"];
    for (let count = 3; count <= ops.length; count += 1) story.write(1, ops.slice(0, count));
    story.operation("send", "s", 3);
    story.operation("send_wait", "t", 8);
    story.history.eventAcks.push({ address: "a", generation: 1, index: 2, placements: 1 });
    story.placement(1, 2);

    assert.deepEqual(story.broken, []);
  });

  const stories: Readonly<Record<string, (story: Story) => void>> = {
    fenced_write: (story) => {
      story.write(1, []);
      story.write(2, []);
      story.write(1, ["x"]);
    },
    two_owners: (story) => {
      story.write(1, []);
      story.write(1, ["x"], { writer: "another" });
    },
    lost_update: (story) => {
      story.write(1, ["x"]);
      story.write(1, ["y", "z"]);
    },
    applied_twice: (story) => {
      story.write(1, ["x"]);
      story.write(1, ["x", "x"]);
    },
    acknowledged_lost: (story) => {
      story.write(1, ["x"]);
      story.operation("append", "y", 1);
    },
    wrong_reply: (story) => {
      story.write(1, ["x"]);
      story.operation("append", "x", 2);
    },
    stale_reply: (story) => {
      story.write(1, ["x"]);
      story.operation("append", "x", 1);
      story.operation("stale_read", "r", 0);
    },
    old_start: (story) => {
      story.placement(1, 0);
      story.nowMs += 1;
      story.placement(2, 0);
      story.nowMs += 1;
      story.history.started({ process: "w1", address: "a", generation: 1 });
      story.write(1, []);
    },
    placement_fell: (story) => {
      story.placement(2, 0);
      story.placement(1, 3);
    },
    command_twice: (story) => {
      story.command(1, ...DONE);
      story.command(1, ...DONE);
    },
    destroyed_back: (story) => {
      story.write(1, ["x"]);
      story.operation("append", "x", 1);
      story.operation("destroy", "d", undefined);
      story.write(2, []);
    },
    signal_twice: (story) => {
      const fact = { process: "n1-1", address: "a", id: "w" };
      story.history.fires.push(fact, { ...fact, process: "n2-1" }, fact);
    },
    command_gap: (story) => {
      story.command(1, ...DONE);
      story.command(3, ...DONE);
    },
    early_ack: (story) => story.command(1, "acknowledged", "carried_out", "applied"),
    command_lost: (story) => {
      const checkpoint = { address: "a", generation: 1, index: 1 };
      const times = { issuedAtMs: 0, expiresAtMs: 1 };
      story.placement(1, 0, [{ id: "c", checkpoint, kind: "start", ...times }]);
    },
    event_twice: (story) => {
      story.event("n1", 1, 2);
      story.event("n2", 2);
    },
    event_gap: (story) => story.event("n1", 1, 3),
    early_event_ack: (story) => {
      story.placement(1, 0);
      story.history.eventAcks.push({ address: "a", generation: 1, index: 1, placements: 1 });
      story.placement(1, 1);
    },
    queue_lost: (story) => {
      story.write(1, ["q1:s#1"]);
      story.operation("send", "s", 1);
    },
    queue_order: (story) => {
      const ops = ["q1:s#1", "q2:t#1", "h2:t", "h1:s"];
      for (let count = 1; count <= ops.length; count += 1) story.write(1, ops.slice(0, count));
    },
    queue_twice: (story) => {
      const ops = ["q1:s#1", "q2:s#2", "h1:s", "h2:s"];
      for (let count = 1; count <= ops.length; count += 1) story.write(1, ops.slice(0, count));
    },
    sent_twice: (story) => {
      const ops = ["q1:s#1", "q2:s#1", "h1:s", "d2:s"];
      for (let count = 1; count <= ops.length; count += 1) story.write(1, ops.slice(0, count));
    },
    event_missed: (story) => {
      publish(story);
      story.seen(OPENED, Y);
    },
    event_wrong: (story) => {
      publish(story);
      story.seen(OPENED, { ...X, body: "y" });
    },
    event_untrue: (story) => {
      publish(story);
      story.history.connections.published("f.1.3", "z");
    },
    event_unseen: (story) => {
      publish(story);
      story.seen(OPENED, X);
      story.history.connections.conclude();
    },
    not_live: (story) => {
      story.history.healedMs = 0;
      story.nowMs = 40_000;
      story.write(1, ["x"]);
      story.operation("append", "x", 1);
    },
    not_accounted: (story) => {
      story.history.balances.push({ what: "commands", expected: 2, found: 1 });
    },
    residue: (story) => {
      story.history.residues.set("actors", 1);
    },
    error: (story) => {
      story.history.errors.push("events are lost");
    },
  };
  for (const [rule, tell] of Object.entries(stories)) {
    it(`finds what breaks the rule ${rule}`, () => {
      const story = new Story();

      tell(story);

      assert.deepEqual(story.broken, [rule]);
    });
  }
});
