import assert from "node:assert/strict";
import { Directive, type DocProgram } from "./doc-programs.ts";

/** Replaces what differs from run to run: times, ids, ports. */
function withoutIds(text: string): string {
  return text
    .replaceAll(/"time":\d+/g, '"time":0')
    .replaceAll(/\b([\w.$-]+)\/[0-9a-f]{6}-\w+/g, "$1/id")
    .replaceAll(/\b[0-9a-f]{32}\b/g, "trace-id")
    .replaceAll(/\b[0-9a-f]{16}\b/g, "span-id")
    .replaceAll(/\b(127\.0\.0\.1|localhost):\d+/g, "$1:0")
    .trim();
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** A line that is only `…` stands for any lines, and `…` within a line for any text. */
function patternOf(expected: string): RegExp {
  const lines = expected.split("\n").map((line) => {
    if (line.trim() === "…") return "(?:.*\\n)*?";
    return `${line.split("…").map(escaped).join(".*")}\n`;
  });
  return new RegExp(`^${lines.join("")}$`);
}

/**
 * Checks that a program prints what its page says.
 *
 * @throws AssertionError with the difference
 */
export function expectOutput({ code, directives, place }: DocProgram, printed: string): void {
  const withLogs = directives.get(Directive.Output) !== "without log lines";
  const lines = printed.split("\n").filter((line) => withLogs || !line.startsWith('{"level":'));
  const [actual, expected] = [withoutIds(lines.join("\n")), withoutIds(code)];
  if (patternOf(expected).test(`${actual}\n`)) return;
  assert.equal(actual, expected, place);
}
