import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readConsoleFile, writeConsoleFile } from "../../src/viewer/console-file.ts";
import type { ConsoleFile } from "../../src/wire/console-file.ts";
import type { Snapshot } from "../../src/wire/snapshot.ts";
import { fileSchemaText } from "../../tools/file-schema.ts";
import {
  actorRow,
  askOf,
  frameOf,
  logRow,
  snapshotOf,
  spanRow,
  traceRow,
} from "../_support/wire-rows.ts";

const file: ConsoleFile = {
  exportedAtMs: 5,
  summary: null,
  frame: frameOf([snapshotOf([actorRow("desk/a-1", { waits: [askOf("till/a-2")] })])], {
    traces: [traceRow("t1")],
    logs: [logRow(1)],
  }),
  details: [{ trace: traceRow("t1"), spans: [spanRow("s1")], logs: [logRow(1)] }],
};

/** A copy of `value` with something odd in place of one of its parts. */
function damage(value: unknown, path: readonly number[], oddity: unknown): unknown {
  if (typeof value !== "object" || value === null || path.length === 0) return oddity;
  const keys = Object.keys(value);
  const key = keys[(path[0] ?? 0) % Math.max(1, keys.length)];
  if (key === undefined) return oddity;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? (value.slice() as unknown as Record<string, unknown>)
    : { ...value };
  copy[key] = damage(copy[key], path.slice(1), oddity);
  return copy;
}

describe("a snapshot file", () => {
  it("is read as it was written", () => {
    assert.deepEqual(readConsoleFile(writeConsoleFile(file)).file?.frame, file.frame);
  });

  it("is checked against the shapes of the API: `npm run file-schema` writes them", () => {
    const file = new URL("../../src/viewer/file-schema.ts", import.meta.url);
    assert.equal(readFileSync(file, "utf8"), fileSchemaText());
  });

  it("may have fields that this version does not know, but no other words", () => {
    const [snapshot] = file.frame.snapshots;
    const frameWith = (parts: object): string =>
      writeConsoleFile({
        ...file,
        frame: { ...file.frame, snapshots: [{ ...snapshot, ...parts } as Snapshot] },
      });

    assert.equal(readConsoleFile(frameWith({ later: 1 })).problem, null);
    const row = { ...actorRow("desk/a-1"), awakeReason: "dreaming" };
    assert.equal(
      readConsoleFile(frameWith({ actors: [row] })).problem,
      "file.frame.snapshots[0].actors[0].awakeReason is not one of handling, hook, mailbox, task, run, timer, child, keep_awake, internal, reply, queue_message, connection, http_request, idle, stopped",
    );
  });

  it("is refused with a reason when it is something else", () => {
    const problems = [
      ["no json", /not JSON/],
      ["null", /not a snapshot file/],
      ['{"format":"other"}', /not a snapshot file/],
      ['{"format":"limelight-console","version":99}', /version 99/],
      ['{"format":"limelight-console","version":{"toString":1}}', /version \{"toString":1\}/],
      ['{"format":"limelight-console","version":1}', /file\.exportedAtMs is not a possible number/],
    ] as const;
    for (const [text, problem] of problems) {
      assert.match(readConsoleFile(text).problem ?? "", problem);
    }
  });

  it("is refused, or has every field, however it was damaged", () => {
    const whole: unknown = JSON.parse(writeConsoleFile(file));
    const path = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(path, fc.jsonValue(), (steps, oddity) => {
        const reading = readConsoleFile(JSON.stringify(damage(whole, steps, oddity)));
        if (reading.file === null) {
          assert.ok(reading.problem.length > 5);
          return;
        }
        for (const snapshot of reading.file.frame.snapshots) {
          for (const { id, mailbox, waits, supervision } of snapshot.actors) {
            assert.equal(typeof id, "string");
            assert.equal(typeof mailbox.depth, "number");
            for (const { targetId } of waits) assert.equal(typeof targetId, "string");
            assert.ok(Array.isArray(supervision.links));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
