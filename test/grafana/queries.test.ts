import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { foreignSeries } from "../../tools/grafana/foreign-metrics.ts";
import { catalogueSeries, type Series } from "../../tools/grafana/metric-names.ts";
import {
  type DashboardJson,
  type PanelJson,
  readDashboards,
  readDatasources,
  type TargetJson,
} from "../_support/grafana-files.ts";
import { promQlError, readPromQl, withoutVariables } from "../_support/grafana-queries.ts";
import { jaegerProblems, victoriaLogsProblems } from "../_support/grafana-searches.ts";

const JAEGER = { type: "jaeger", uid: "j" };
/** What Prometheus adds to every series. */
const COMMON = ["job", "instance", "service_name", "__name__"];
const known = new Map<string, Series>(
  [...catalogueSeries(), ...foreignSeries()].map((series) => [series.name, series]),
);
const dashboards = [...readDashboards()].map(
  ([file, text]) => [file, JSON.parse(text) as DashboardJson] as const,
);

/** A query, and where it stands. */
interface Asked {
  readonly at: string;
  readonly dashboard: DashboardJson;
  readonly panel: PanelJson;
  readonly target: TargetJson;
  readonly expr: string;
}

const asked: readonly Asked[] = dashboards.flatMap(([file, dashboard]) =>
  dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map((target) => {
      const at = `${file}: ${panel.title}`;
      return { at, dashboard, panel, target, expr: target.expr ?? "" };
    }),
  ),
);

function queries(type: string): readonly Asked[] {
  return asked.filter(({ target }) => target.datasource.type === type);
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
      const error = promQlError(withoutVariables(expr));
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

  it("in LogsQL name streams, fields and events of log lines there are", () => {
    const found = queries("victoriametrics-logs-datasource").flatMap(({ at, target }) =>
      victoriaLogsProblems(target).map((problem) => `${at}: ${problem}`),
    );

    assert.deepEqual(found, []);
    assert.equal(queries("victoriametrics-logs-datasource").length, 4);
  });

  it("of traces search those of one service by one condition, or ask for one by its id", () => {
    const found = queries("jaeger").flatMap(({ at, target, dashboard }) =>
      jaegerProblems(target, dashboard.templating.list).map((problem) => `${at}: ${problem}`),
    );

    assert.deepEqual(found, []);
    assert.equal(queries("jaeger").length, 6);
  });

  it("of traces stand alone in their panel: Grafana asks Jaeger the first one only", () => {
    const crowded = queries("jaeger").filter(({ panel }) => panel.targets?.length !== 1);

    assert.deepEqual(crowded, []);
  });

  it("of variables name metrics and labels there are", () => {
    const variables = dashboards.flatMap(([, { templating }]) =>
      templating.list.filter(({ type }) => type === "query"),
    );
    const found = variables.flatMap(({ name, query = "" }) => {
      const [, selector = "", label = ""] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      return problems(`group by (${label}) (${selector})`, "").map((each) => `${name}: ${each}`);
    });

    assert.deepEqual(found, []);
    assert.ok(variables.length > 10);
  });
});

describe("the links between data sources", () => {
  it("from traces ask for logs and metrics there are", () => {
    const jaeger = readDatasources().find(({ type }) => type === "jaeger");
    const { tracesToLogsV2, tracesToMetrics } = (jaeger?.jsonData ?? {}) as {
      tracesToLogsV2: { query: string };
      tracesToMetrics: { queries: readonly { query: string }[] };
    };
    const filled = (query: string): string =>
      query.replaceAll(/\$\$(?:\{__tags\}|__tags)/g, 'job="any"').replaceAll("$$", "$");
    const found = tracesToMetrics.queries.flatMap(({ query }) => {
      const error = promQlError(withoutVariables(filled(query)));
      return error === undefined ? problems(filled(query), "") : [error];
    });

    assert.deepEqual(found, []);
    assert.equal(tracesToMetrics.queries.length, 4);
    assert.equal(filled(tracesToLogsV2.query), `trace_id:="\${__trace.traceId}"`);
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
    assert.equal(promQlError("sum(rate(a[5m])"), "sum(rate(a[5m])⟨here⟩");
    assert.deepEqual(problems("sum by (typo) (actor_begun_total)", "{{kind}}"), [
      "there is no actor_begun_total",
      "nothing has the label typo",
      "the legend shows kind, which is aggregated away",
    ]);
    assert.deepEqual(problems('actor_deadlock_active{actor_type="a"}', ""), [
      "actor_deadlock_active has no label actor_type",
    ]);
  });

  it("finds searches of traces that mean something else", () => {
    const search = { refId: "A", datasource: JAEGER, queryType: "search", limit: 1 };
    const of = (target: Partial<TargetJson>): string[] =>
      jaegerProblems({ ...search, service: "$service", ...target }, [
        { type: "query", name: "service", multi: false },
        { type: "query", name: "job", multi: true },
      ]);

    assert.deepEqual(of({ tags: "error=true" }), []);
    assert.deepEqual(of({ service: "$job" }), ["$job need not be one service"]);
    assert.deepEqual(of({ tags: "span.kind=server", minDuration: "500ms" }), [
      "span.kind=server, 500ms may be of two spans",
    ]);
    assert.deepEqual(of({ tags: "error=true span.kind=server" }), [
      "error=true span.kind=server are 2 conditions",
    ]);
    assert.deepEqual(of({ tags: "duration>5" }), ["duration>5 is no logfmt"]);
    assert.deepEqual(of({ tags: "request.lost=true" }), ["no span has request.lost"]);
    assert.deepEqual(of({ operation: "livelock" }), ["no span is called livelock"]);
    assert.deepEqual(of({ queryType: "upload" }), ["there is no query type upload"]);
    assert.deepEqual(jaegerProblems({ refId: "A", datasource: JAEGER, query: "$id" }, []), [
      "$id is no trace id",
    ]);
  });

  it("finds searches of log lines that find nothing", () => {
    const of = (expr: string): string[] =>
      victoriaLogsProblems({
        refId: "A",
        datasource: { type: "victoriametrics-logs-datasource", uid: "v" },
        queryType: "instant",
        maxLines: 1,
        expr,
      });

    assert.deepEqual(of('{service.name=~"$job"} event:in("actor.failed")'), []);
    assert.deepEqual(of('{service_name="a"} trace_id:="b"'), ["streams have no service_name"]);
    assert.deepEqual(of('{service.name="a"} trace:="b"'), ["lines have no trace"]);
    assert.deepEqual(of('{service.name="a"} event:="actor.fell"'), [
      "there is no event actor.fell",
    ]);
    assert.deepEqual(of('{service.name="a"} actor_type:~"b"'), [
      "a regular expression finds parts of values",
    ]);
    assert.deepEqual(of("level:error"), ["level:error does not begin with a stream"]);
  });
});
