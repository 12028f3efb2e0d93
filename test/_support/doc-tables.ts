import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** The text of a page of the docs. */
export function readDoc(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
}

/** The rows, cell by cell, of the table below `heading` whose first column is `column`. */
export function table(doc: string, column: string): string[][] {
  const lines = doc.split("\n");
  const head = lines.findIndex((line) => line.startsWith(`| ${column} |`));
  assert.notEqual(head, -1, `a table of ${column}`);
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end === -1 ? rows.length : end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Of rows, without the marks of code. */
export function firstColumn(rows: readonly string[][]): string[] {
  return rows.map(([cell = ""]) => code(cell));
}

/** Without the marks of code. */
export function code(cell: string): string {
  return cell.replaceAll("`", "");
}

/** All that is marked as code in a cell. */
export function codes(cell: string | undefined): string[] {
  return [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
}
