import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { Tool } from "../../tools/stack/tool-paths.ts";
import { runTool } from "../_support/stack-program.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "prometheus");
const rulesFile = join(folder, "rules/limelight.yml");

interface AlertRule {
  readonly alert: string;
  readonly annotations: Readonly<Record<string, string>>;
}
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly AlertRule[] }[];
}

const rules = (parse(readFileSync(rulesFile, "utf8")) as RuleFile).groups.flatMap(
  (group) => group.rules,
);

describe("Prometheus' configuration", () => {
  it("is valid, its rules included", async () => {
    const file = join(folder, "prometheus.yml");
    const { code, output } = await runTool(Tool.Promtool, ["check", "config", "--lint=all", file]);

    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`SUCCESS: ${rules.length} rules found`));
  });

  it("fires each alert on what it is for and on nothing else", async () => {
    const tests = join(folder, "tests/limelight.test.yml");
    const { code, output } = await runTool(Tool.Promtool, ["test", "rules", tests]);

    assert.equal(code, 0, output);
  });

  it("has a unit test for every alert", () => {
    const tests = readFileSync(join(folder, "tests/limelight.test.yml"), "utf8");
    const tested = [...tests.matchAll(/alertname: (\w+)/g)].map(([, name]) => name);

    assert.deepEqual(new Set(tested), new Set(rules.map(({ alert }) => alert)));
  });

  it("sends whoever is alerted to a section of the operations guide", () => {
    const guide = readFileSync(join(root, "docs/operations.md"), "utf8");
    const headings = [...guide.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    );
    const ids = [...guide.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = ""]) => id);

    for (const { alert, annotations } of rules) {
      const [, anchor = ""] = (annotations["runbook_url"] ?? "").split("docs/operations.md#");
      assert.ok([...headings, ...ids].includes(anchor), `${alert}: there is no #${anchor}`);
    }
  });
});
