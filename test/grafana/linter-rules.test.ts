import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DashboardJson, readDashboards } from "../_support/grafana-files.ts";
import { type Complaint, RULES } from "../_support/grafana-linter.ts";

/** What is meant to be against a rule. */
interface Exclusion {
  readonly rule: string;
  readonly covers: (complaint: Complaint) => boolean;
  readonly why: string;
}

const EXCLUSIONS: readonly Exclusion[] = [
  {
    rule: "template-datasource-rule",
    covers: ({ at }) => at === "victorialogs_datasource",
    why: "its type is victoriametrics-logs-datasource, and hyphens end a variable's name",
  },
  {
    rule: "target-job-rule",
    covers: ({ metric = "" }) => /^(otelcol_.+|vl_.+|up|scrape_.+|ALERTS)$/.test(metric),
    why: "of the stack's own programs, which no variable chooses",
  },
  {
    rule: "target-instance-rule",
    covers: ({ metric = "" }) => /^(otelcol_.+|vl_.+|up|scrape_.+|ALERTS)$/.test(metric),
    why: "of the stack's own programs, which no variable chooses",
  },
  {
    rule: "target-instance-rule",
    covers: ({ metric = "" }) => metric.startsWith("traces_spanmetrics_"),
    why: "counted in the collector, which need not call instances as Prometheus does",
  },
  {
    rule: "target-counter-agg-rule",
    covers: ({ at }) => at.endsWith("since the processes began"),
    why: "exact totals, to be compared with the runtime's books; rates are interpolated",
  },
  {
    rule: "target-counter-agg-rule",
    covers: ({ at }) => at === "Processes reporting" || at === "Names over the limit",
    why: "counts series, or few names since the start, which an increase would miss",
  },
];

/** Breaks every rule. */
const BROKEN: DashboardJson = {
  uid: "broken",
  title: "broken",
  description: "",
  editable: true,
  schemaVersion: 42,
  tags: [],
  links: [],
  templating: { list: [{ type: "query", name: "type", query: "label_values(sum(, x)" }] },
  panels: [
    {
      id: 1,
      type: "stat",
      title: "",
      gridPos: { x: 0, y: 0, w: 1, h: 1 },
      datasource: { type: "prometheus", uid: "fixed" },
      targets: [
        { refId: "A", datasource: { type: "prometheus", uid: "p" }, expr: "sum(a_total" },
        { refId: "B", datasource: { type: "prometheus", uid: "p" }, expr: "rate(a_total[5m])" },
      ],
    },
    { id: 2, type: "stat", title: "", gridPos: { x: 0, y: 0, w: 1, h: 1 } },
  ],
};

describe("the rules of dashboard-linter", () => {
  const dashboards = [...readDashboards().values()].map((text): DashboardJson => JSON.parse(text));
  const covered = new Set<Exclusion>();

  for (const [name, rule] of Object.entries(RULES)) {
    it(`${name} holds, and complains of a dashboard that breaks it`, () => {
      const complaints = dashboards.flatMap(rule).filter((complaint) => {
        const exclusion = EXCLUSIONS.find((each) => each.rule === name && each.covers(complaint));
        if (exclusion !== undefined) covered.add(exclusion);
        return exclusion === undefined;
      });

      assert.deepEqual(complaints, []);
      assert.notDeepEqual(rule(BROKEN), []);
    });
  }

  it("are 15, and nothing is excluded that need not be", () => {
    assert.equal(Object.keys(RULES).length, 15);
    assert.deepEqual(
      EXCLUSIONS.filter((each) => !covered.has(each)),
      [],
    );
  });
});
