import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { DeadLetterReason, StuckCause } from "../../src/index.ts";
import { readBoards } from "../../tools/grafana/read-boards.ts";

const doc = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
/** Where alerts link to. */
const ALERTS = [
  "deadlock",
  "stuck-handler",
  "mailbox-near-limit",
  "restart-storm",
  "dead-letters",
  "stuck-end",
  "late-schedules",
  "queue-messages-set-aside",
  "store-failing",
  "failing-requests",
  "failing-authentication",
  "lost-runner",
  "no-coordinator",
  "late-commands-and-events",
  "cluster-dead-letters",
  "fenced-runner",
  "evicted-runner",
  "telemetry-imbalance",
  "exporter-dropping",
  "log-lines-dropped",
  "app-down",
];

/** The text below each heading, by its anchor. */
function sections(): Map<string, string> {
  const parts = doc.split(/^#{2,3} /m).slice(1);
  return new Map(
    parts.map((part) => {
      const [title = ""] = part.split("\n", 1);
      return [title.toLowerCase().replaceAll(/[^\w]+/g, "-"), part.slice(title.length)];
    }),
  );
}

describe("docs/operations.md", () => {
  it("explains every row of every dashboard", async () => {
    for (const { board } of await readBoards()) {
      const text = sections().get(board.title.toLowerCase().replaceAll(/[^\w]+/g, "-"));
      assert.ok(text !== undefined, board.title);
      for (const { title } of board.rows) {
        assert.ok(text.includes(`| ${title} |`), `${board.title}: ${title}`);
      }
    }
  });

  it("names panels there are", async () => {
    const boards = await readBoards();
    const names = new Set(
      boards.flatMap(({ board: { title, variables, rows } }) => [
        title,
        ...variables.map(({ label = "" }) => label),
        ...rows.flatMap((row) => [
          row.title,
          ...row.lines.flatMap(({ cells }) => cells.map(({ panel }) => panel.title ?? "")),
        ]),
      ]),
    );
    const others = ["limelight", "Job", "Instance", "All", "one", "Logs for this span", "Stopped"];
    const named = [...doc.replaceAll("**", "").matchAll(/(?<!\w)\*([A-Za-z][^*\n]*)\*/g)]
      .map(([, name = ""]) => name)
      .filter((name) => !others.includes(name));

    assert.ok(named.length > 20);
    const lost = named.filter((name) => ![...names].some((known) => known.startsWith(name)));
    assert.deepEqual(lost, []);
  });

  it("says at each alert what to look at and what to do", () => {
    for (const anchor of ALERTS) {
      const text = sections().get(anchor) ?? "";
      assert.match(text, /\*\*See\*\*/, anchor);
      assert.match(text, /\*\*Do\*\*/, anchor);
    }
  });

  it("has an answer to each reason of dead letters and each cause of being stuck", () => {
    for (const reason of Object.values(DeadLetterReason)) {
      assert.ok(sections().get("dead-letters")?.includes(`\`${reason}\``), reason);
    }
    for (const cause of Object.values(StuckCause)) {
      assert.ok(sections().get("stuck-handler")?.includes(`\`${cause}\``), cause);
    }
  });
});
