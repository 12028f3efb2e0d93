import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Written } from "../../_support/cluster-ledger.ts";
import { checkRun } from "./check.ts";
import { FaultFile, type FaultRecord } from "./records.ts";
import { quantile, recoveriesOf, tellRecoveries } from "./recovery.ts";

const LEASE_MS = 3_000;

class Story {
  readonly records: FaultRecord[] = [];
  atMs = 0;

  begin(id: string, address = "a"): void {
    this.atMs += 1;
    this.records.push({ kind: "invoke", atMs: this.atMs, id, address, client: "c" });
  }

  look(id: string): void {
    this.atMs += 1;
    const { atMs } = this;
    this.records.push({ kind: "invoke", atMs, id, address: "a", client: "c", reads: true });
  }

  ok(id: string, version: number, generation = 1, node = "r1"): void {
    this.atMs += 1;
    this.records.push({ kind: "ok", atMs: this.atMs, id, version, generation, node });
  }

  failed(kind: "refused" | "unknown", id: string): void {
    this.atMs += 1;
    this.records.push({ kind, atMs: this.atMs, id, code: "ERR_ANY" });
  }

  fault(node: string): void {
    this.atMs += 1;
    this.records.push({ kind: "fault", atMs: this.atMs, what: "kill", node });
  }

  healed(...nodes: readonly string[]): void {
    this.records.push({ kind: "healed", atMs: this.atMs, nodes });
  }

  placed(generation: number, eventIndex = 0): void {
    this.atMs += 1;
    const [address, status, runner, reason] = ["a", "running", "r1", "wanted"];
    const place = { address, generation, eventIndex, commandIndex: 1, status, runner, reason };
    this.records.push({ kind: "placement", atMs: this.atMs, ...place });
  }

  content(...written: readonly (string | Written)[]): void {
    const whole = written.map((one) =>
      typeof one === "string" ? { id: one, generation: 1, node: "r1", pid: 1 } : one,
    );
    this.records.push({ kind: "content", address: "a", written: whole });
  }

  get broken(): readonly string[] {
    const violations = checkRun(this.records, 2 * LEASE_MS);
    return [...new Set(violations.map(({ rule }) => rule))];
  }
}

describe("the checker of runs on real processes", () => {
  it("has nothing against a run in which all is well", () => {
    const story = new Story();
    story.begin("x");
    story.ok("x", 1);
    story.fault("r1");
    story.begin("unknown-done");
    story.begin("unknown-lost");
    story.failed("unknown", "unknown-done");
    story.failed("unknown", "unknown-lost");
    story.begin("refused");
    story.failed("refused", "refused");
    story.placed(1);
    story.placed(1, 1);
    story.placed(2);
    story.healed("r2");
    story.begin("y");
    story.ok("y", 3, 2, "r2");
    story.content("x", "unknown-done", { id: "y", generation: 2, node: "r2", pid: 2 });

    assert.deepEqual(story.broken, []);
  });

  it("finds a read of what an actor was before", () => {
    const story = new Story();
    story.begin("x");
    story.ok("x", 1);
    story.look("in-time");
    story.ok("in-time", 1);
    story.content("x");
    assert.deepEqual(story.broken, []);

    story.look("stale");
    story.ok("stale", 0);
    assert.deepEqual(story.broken, ["stale_reply"]);
  });

  const stories: Readonly<Record<string, (story: Story) => void>> = {
    acknowledged_lost: (story) => {
      story.begin("x");
      story.ok("x", 1);
      story.content();
    },
    applied_twice: (story) => {
      story.begin("x");
      story.ok("x", 1);
      story.content("x", "x");
    },
    two_owners: (story) => {
      story.begin("x");
      story.begin("y");
      story.ok("x", 1);
      story.ok("y", 2);
      story.content("x", { id: "y", generation: 1, node: "r2", pid: 2 });
    },
    fenced_write: (story) => {
      story.begin("x");
      story.begin("y");
      story.ok("x", 1, 2);
      story.ok("y", 2, 1);
      story.content({ id: "x", generation: 2, node: "r2", pid: 2 }, "y");
    },
    stale_reply: (story) => {
      story.begin("x");
      story.ok("x", 2);
      story.begin("y");
      story.ok("y", 1);
      story.content("y", "x");
    },
    wrong_reply: (story) => {
      story.begin("x");
      story.ok("x", 2);
      story.content("x");
    },
    phantom: (story) => story.content("x"),
    refused_stored: (story) => {
      story.begin("x");
      story.failed("refused", "x");
      story.content("x");
    },
    not_live: (story) => {
      story.healed();
      story.begin("x");
      story.atMs += 2 * LEASE_MS;
      story.ok("x", 1);
      story.content("x");
    },
    placement_fell: (story) => {
      story.placed(2);
      story.placed(1);
    },
    node_silent: (story) => {
      story.begin("before");
      story.healed("r1", "r2");
      story.ok("before", 1, 1, "r2");
      story.begin("x");
      story.ok("x", 2, 1, "r1");
      story.content({ id: "before", generation: 1, node: "r1", pid: 1 }, "x");
    },
    never_ended: (story) => story.begin("x"),
    error: (story) => story.failed("unknown", "x"),
  };
  for (const [rule, tell] of Object.entries(stories)) {
    it(`finds what breaks the rule ${rule}`, () => {
      const story = new Story();

      tell(story);

      assert.deepEqual(story.broken, [rule]);
    });
  }

  it("measures how long the actors of a runner are without an answer", () => {
    const story = new Story();
    for (const [id, node] of [
      ["a", "r1"],
      ["b", "r1"],
      ["c", "r2"],
      ["not-asked", "r1"],
    ] as const) {
      story.begin(id, id);
      story.ok(id, 1, 1, node);
    }
    story.fault("r1");
    const fromMs = story.atMs;
    story.begin("late", "a");
    story.ok("late", 2, 1, "r1"); // was on its way
    story.begin("again", "a");
    story.ok("again", 3, 2, "r2");
    story.begin("never", "b");

    assert.deepEqual(recoveriesOf(story.records), [
      { address: "a", what: "kill", fromMs, tookMs: 4 },
      { address: "b", what: "kill", fromMs, tookMs: Infinity },
    ]);
  });

  it("takes quantiles from what was measured", () => {
    assert.equal(quantile([], 0.5), undefined);
    assert.equal(quantile([4, 1, 3, 2], 0.5), 2);
    assert.equal(quantile([4, 1, 3, 2], 0.99), 4);
  });

  it("tells recoveries by kind of fault", () => {
    const told = tellRecoveries([
      { address: "a", what: "kill", fromMs: 0, tookMs: 4 },
      { address: "b", what: "pause", fromMs: 0, tookMs: 5.4 },
      { address: "c", what: "kill", fromMs: 0, tookMs: 8 },
    ]);

    assert.equal(told, "kill: 2, p50 4, p99 8, max 8 ms; pause: 1, p50 5, p99 5, max 5 ms");
  });

  it("keeps a run in a file of lines", (context) => {
    const folder = mkdtempSync(join(tmpdir(), "limelight-faults-"));
    context.after(() => rmSync(folder, { recursive: true }));
    const file = new FaultFile(join(folder, "history.jsonl"));
    const story = new Story();
    story.begin("x");
    story.ok("x", 1);
    story.content("x");

    for (const record of story.records) file.append(record);

    assert.deepEqual(file.read(), story.records);
  });
});
