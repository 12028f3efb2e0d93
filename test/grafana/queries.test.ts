import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { foreignSeries } from "../../tools/grafana/foreign-metrics.ts";
import { catalogueSeries, type Series } from "../../tools/grafana/metric-names.ts";
import {
  type DashboardJson,
  readDashboards,
  readDatasources,
  type TargetJson,
} from "../_support/grafana-files.ts";
import {
  Language,
  readPromQl,
  syntaxError,
  withoutVariables,
} from "../_support/grafana-queries.ts";

/** What Prometheus adds to every series. */
const COMMON = ["job", "instance", "service_name", "__name__"];
const doc = readFileSync(new URL("../../docs/telemetry.md", import.meta.url), "utf8");
const known = new Map<string, Series>(
  [...catalogueSeries(), ...foreignSeries()].map((series) => [series.name, series]),
);
const targets = [...readDashboards()].flatMap(([file, text]) =>
  (JSON.parse(text) as DashboardJson).panels.flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({ at: `${file}: ${panel.title}`, target })),
  ),
);

function queries(type: string): { at: string; expr: string; target: TargetJson }[] {
  return targets
    .filter(({ target }) => target.datasource.type === type)
    .map(({ at, target }) => ({ at, target, expr: target.expr ?? target.query ?? "" }));
}

/** What is wrong with the metrics, labels and legend of a PromQL query. */
function problems(expr: string, legend: string): string[] {
  const { selectors, groupings } = readPromQl(expr);
  const found: string[] = [];
  const labels = new Set(COMMON);
  for (const { name, matchers } of selectors) {
    if (name === "" && matchers.some(({ label }) => label === "__name__")) continue;
    const series = known.get(name);
    if (series === undefined) {
      found.push(`there is no ${name}`);
      continue;
    }
    for (const label of series.labels) labels.add(label);
    const strange = matchers.filter(({ label }) => ![...COMMON, ...series.labels].includes(label));
    found.push(...strange.map(({ label }) => `${name} has no label ${label}`));
  }
  const strange = groupings.filter((label) => !labels.has(label));
  found.push(...strange.map((label) => `nothing has the label ${label}`));
  const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
  const lost = shown.filter((label) => !groupings.includes(label));
  found.push(...lost.map((label) => `the legend shows ${label}, which is aggregated away`));
  return found;
}

describe("the queries of the dashboards", () => {
  it("in PromQL parse, and name metrics and labels there are", () => {
    const found = queries("prometheus").flatMap(({ at, expr, target }) => {
      const error = syntaxError(Language.PromQl, withoutVariables(expr));
      const wrong = error === undefined ? problems(expr, target.legendFormat ?? "") : [error];
      return wrong.map((problem) => `${at}: ${problem}`);
    });

    assert.deepEqual(found, []);
    assert.ok(queries("prometheus").length > 100);
  });

  it("use every metric of the catalogue", () => {
    const used = new Set(
      queries("prometheus").flatMap(({ expr }) =>
        readPromQl(expr).selectors.map(({ name }) => name.replace(/_(bucket|sum|count)$/, "")),
      ),
    );
    const unused = catalogueSeries()
      .map(({ name }) => name.replace(/_(bucket|sum|count)$/, ""))
      .filter((name) => !used.has(name));

    assert.deepEqual(unused, []);
  });

  it("use every metric that others report and the allow-list names", () => {
    const used = new Set(
      queries("prometheus").flatMap(({ expr }) =>
        readPromQl(expr).selectors.map(({ name }) => name),
      ),
    );

    assert.deepEqual(
      foreignSeries()
        .map(({ name }) => name)
        .filter((name) => !used.has(name)),
      [],
    );
  });

  it("in LogQL parse, and name fields and events of log lines there are", () => {
    const fields = ["service_name", "severity_number"];
    const found = queries("loki").flatMap(({ at, expr }) => {
      const error = syntaxError(Language.LogQl, withoutVariables(expr));
      if (error !== undefined) return [`${at}: ${error}`];
      const labels = [...expr.matchAll(/(\w+)\s*(?:=~|!~|>=|<=|!=|=|>|<)/g)];
      const strange = labels
        .map(([, label = ""]) => label)
        .filter((label) => !fields.includes(label) && !doc.includes(`\`${label}\``));
      const events = [...expr.matchAll(/\bactor\.[a-z_.]+/g)].map(([event]) => event);
      const lost = events.filter((event) => !doc.includes(`| \`${event}\` |`));
      return [...strange, ...lost].map((name) => `${at}: there is no ${name}`);
    });

    assert.deepEqual(found, []);
    assert.ok(queries("loki").length >= 4);
  });

  it("in TraceQL parse; the one that is a trace's id is that", () => {
    const found = queries("tempo")
      .filter(({ expr }) => expr !== "$trace")
      .flatMap(({ at, expr }) => {
        const error = syntaxError(Language.TraceQl, withoutVariables(expr));
        return error === undefined ? [] : [`${at}: ${error}`];
      });

    assert.deepEqual(found, []);
    assert.ok(queries("tempo").length >= 5);
  });
});

describe("the links between data sources", () => {
  it("from traces ask for logs and metrics there are", () => {
    const tempo = readDatasources().find(({ type }) => type === "tempo");
    const { tracesToLogsV2, tracesToMetrics } = (tempo?.jsonData ?? {}) as {
      tracesToLogsV2: { query: string };
      tracesToMetrics: { queries: readonly { query: string }[] };
    };
    const filled = (query: string): string =>
      query.replaceAll(/\$\$(?:\{__tags\}|__tags)/g, 'job="any"').replaceAll("$$", "$");
    const found = tracesToMetrics.queries.flatMap(({ query }) => {
      const error = syntaxError(Language.PromQl, withoutVariables(filled(query)));
      return error === undefined ? problems(filled(query), "") : [error];
    });
    const logs = withoutVariables(filled(tracesToLogsV2.query).replaceAll(/\$\{[\w.]+\}/g, "any"));

    assert.deepEqual(found, []);
    assert.equal(tracesToMetrics.queries.length, 4);
    assert.equal(syntaxError(Language.LogQl, logs), undefined);
  });
});

describe("the reader of queries", () => {
  it("sees names, matchers, functions and groupings, in Prometheus 3's syntax too", () => {
    const { selectors, groupings } = readPromQl(
      'histogram_quantile(0.9, sum by (le, actor_type) (rate(a_bucket{job=~"$job"}[$__rate_interval]))) or {"b.c"} @ end()',
    );

    assert.deepEqual(groupings, ["le", "actor_type"]);
    assert.deepEqual(selectors[0], {
      name: "a_bucket",
      matchers: [{ label: "job", op: "=~", value: "$job" }],
      within: ["histogram_quantile", "sum", "rate"],
    });
    assert.equal(selectors.length, 2);
  });

  it("finds what is wrong", () => {
    assert.equal(syntaxError(Language.PromQl, "sum(rate(a[5m])"), "sum(rate(a[5m])⟨here⟩");
    assert.ok(syntaxError(Language.LogQl, '{a=~"b"} | c = = 3') !== undefined);
    assert.ok(syntaxError(Language.TraceQl, "{ a && }") !== undefined);
    assert.deepEqual(problems("sum by (typo) (actor_begun_total)", "{{kind}}"), [
      "there is no actor_begun_total",
      "nothing has the label typo",
      "the legend shows kind, which is aggregated away",
    ]);
    assert.deepEqual(problems('actor_deadlock_active{actor_type="a"}', ""), [
      "actor_deadlock_active has no label actor_type",
    ]);
  });
});
