import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import {
  DATABASE_LIMITS,
  KEYED_LIMITS,
  QUEUE_LIMITS,
} from "../../src/activation/definition/keyed-settings.ts";
import { SleepReason } from "../../src/activation/definition/sleep-reason.ts";
import { StartupPhase, StopReason } from "../../src/telemetry/attributes.ts";
import { AWAKE_RULES, DrainEnd } from "../_support/awake-rules.ts";
import { code, codes, readDoc, table } from "../_support/doc-tables.ts";

const KEYED = "keyed/keyed-actors.md";
const QUEUES = "keyed/schedules-and-queues.md";

/** How the page writes what happens at the deadline. */
const AT_DEADLINE: Readonly<Record<DrainEnd, string>> = {
  [DrainEnd.Kill]: "kill",
  [DrainEnd.Abandon]: "abandon",
  [DrainEnd.Carry]: "carry",
  [DrainEnd.None]: "–",
};

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}

/** The first word of a cell with a number: `1,000; then …` and `1,000 messages` are 1000. */
function numberIn(cell = ""): number {
  return Number(/^`?([\d,]+|Infinity)/.exec(cell)?.[1]?.replaceAll(",", ""));
}

/** The numbers of a table of options that `limits` contains, by option. */
function documented(
  rows: readonly string[][],
  limits: Readonly<Record<string, unknown>>,
): Record<string, number> {
  const known = rows.filter(([name = ""]) => Object.hasOwn(limits, code(name)));
  return Object.fromEntries(known.map(([name = "", value]) => [code(name), numberIn(value)]));
}

function defaults(limits: Readonly<Record<string, { readonly fallback: number }>>): object {
  return Object.fromEntries(Object.entries(limits).map(([name, { fallback }]) => [name, fallback]));
}

describe("the table of what keeps a keyed actor awake", () => {
  it("is that of the code", () => {
    const rows = table(readDoc("keyed/why-is-it-awake.md"), "reason").map(
      ([reason = "", , awake, drained, end]) => [code(reason), awake, drained, end],
    );

    assert.deepEqual(
      rows,
      Object.entries(AWAKE_RULES).map(([reason, { keepsAwake, drained, atDeadline }]) => [
        reason,
        yesNo(keepsAwake),
        yesNo(drained),
        AT_DEADLINE[atDeadline],
      ]),
    );
  });
});

describe("the table of ends of keyed actors", () => {
  const rows = table(readDoc(KEYED), "reason");

  it("has every reason with which onSleep is called", () => {
    const asleep = rows.filter(([, , hook = ""]) => code(hook) === "onSleep");

    assert.deepEqual(
      asleep.map(([reason = ""]) => code(reason)).toSorted(),
      Object.values(SleepReason).toSorted(),
    );
  });

  it("has reasons of the telemetry only", () => {
    const known: readonly string[] = Object.values(StopReason);

    assert.deepEqual(
      rows.map(([reason = ""]) => code(reason)).filter((reason) => !known.includes(reason)),
      [],
    );
  });
});

describe("the table of the steps of a start", () => {
  it("has every step, in order", () => {
    const steps = table(readDoc(KEYED), "#").flatMap(([, step]) => codes(step));
    const names = steps.map((step) =>
      step.replace(/\(.*/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );

    assert.deepEqual(names.slice(0, Object.keys(StartupPhase).length), Object.values(StartupPhase));
  });
});

describe("the table of races", () => {
  it("names tests that exist", () => {
    const rows = table(readDoc("contributing/keyed-actors.md"), "race");
    const missing = rows
      .flatMap(([, , tests]) => codes(tests))
      .filter((name) => !existsSync(new URL(`../activation/${name}.test.ts`, import.meta.url)));

    assert.deepEqual(missing, []);
  });
});

describe("the tables of limits", () => {
  it("have the defaults of definitions", () => {
    const rows = table(readDoc(KEYED), "option");

    assert.deepEqual(documented(rows, KEYED_LIMITS), defaults(KEYED_LIMITS));
  });

  it("have the defaults of queues", () => {
    const rows = table(readDoc(QUEUES), "option");

    assert.deepEqual(documented(rows, QUEUE_LIMITS), defaults(QUEUE_LIMITS));
  });

  it("have the defaults of databases", () => {
    const rows = table(readDoc("keyed/sql.md"), "option of `database`");

    assert.deepEqual(documented(rows, DATABASE_LIMITS), defaults(DATABASE_LIMITS));
  });
});
