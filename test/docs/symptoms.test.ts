import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ErrorCode, WarningKind } from "../../src/index.ts";
import { Catalogue, type Metric } from "../../src/telemetry.ts";
import { ROOT } from "../_support/doc-programs.ts";

const page = readFileSync(join(ROOT, "docs/symptoms.md"), "utf8");

/** The rows of a table, cell by cell, found by its first column. */
function rowsOf(text: string, column: string): string[][] {
  const [, rows = ""] =
    new RegExp(`^\\| ${column} \\|.*\\n\\|.*\\n((?:\\|.*\\n)*)`, "m").exec(text) ?? [];
  return rows
    .trimEnd()
    .split("\n")
    .map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function firstColumn(text: string, column: string): string[] {
  return rowsOf(text, column).map(([cell = ""]) => cell.replaceAll("`", ""));
}

describe("docs/symptoms.md", () => {
  it("has every error code", () => {
    assert.deepEqual(firstColumn(page, "code"), Object.values(ErrorCode).toSorted());
  });

  it("has every warning of the monitor", () => {
    assert.deepEqual(firstColumn(page, "warning"), Object.values(WarningKind));
  });

  it("has every event that the runtime logs at warn or error, as listed in telemetry.md", () => {
    const telemetry = readFileSync(join(ROOT, "docs/telemetry.md"), "utf8");
    const events = rowsOf(telemetry, "event")
      .filter(([, level = ""]) => /warn|error/.test(level))
      .map(([event = ""]) => event.replaceAll("`", ""));

    assert.ok(events.length > 10);
    assert.deepEqual(firstColumn(page, "event"), events);
  });

  it("names only metrics that exist", () => {
    const known = Object.values(Catalogue).map(({ name }: Metric) => name.replaceAll(".", "_"));
    const named = [...page.matchAll(/\bactor_[a-z_]+(?:_total|_seconds|_bytes|\b)/g)].map(
      ([name]) => name,
    );
    const others = new Set<string>(Object.values(WarningKind));
    const attributes = /^actor_(?:type|state|stop_reason|dead_letter_reason|storage_operation|id)$/;

    const unknown = named.filter(
      (name) =>
        !attributes.test(name) &&
        !others.has(name) &&
        !known.includes(name.replace(/_(?:total|seconds|bytes)$/, "")),
    );

    assert.deepEqual(unknown, []);
  });

  it("gives causes, a way to confirm them and a remedy in every row", () => {
    for (const column of ["symptom", "code", "warning", "event"]) {
      for (const [name = "", ...cells] of rowsOf(page, column)) {
        assert.equal(cells.length, 3, name);
        assert.ok(
          cells.every((cell) => cell.length > 3),
          name,
        );
      }
    }
  });
});
