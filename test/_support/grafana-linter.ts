import type { DashboardJson, PanelJson, TargetJson, VariableJson } from "./grafana-files.ts";
import { promQlError, readPromQl, type Selector, withoutVariables } from "./grafana-queries.ts";

/** What a rule has against a dashboard. */
export interface Complaint {
  /** Title of the panel, or name of the variable. */
  readonly at: string;
  /** Metric it is about, where it is about one. */
  readonly metric?: string;
  readonly problem: string;
}

type Rule = (dashboard: DashboardJson) => Complaint[];

/** A target with its panel. */
interface Place {
  readonly panel: PanelJson;
  readonly target: TargetJson;
}

/** The variable that names Prometheus, as a panel refers to it. */
const PROMETHEUS = `\${prometheus_datasource}`;
const WITH_UNIT = new Set(["stat", "singlestat", "graph", "timetable", "timeseries", "gauge"]);
const WITHOUT_TARGETS = new Set(["row", "text"]);
const COUNTS = new Set(["rate", "irate", "increase"]);

function variable({ templating }: DashboardJson, name: string): VariableJson | undefined {
  return templating.list.find((each) => each.name === name);
}

function places({ panels }: DashboardJson, type: string): Place[] {
  return panels.flatMap((panel) =>
    (panel.targets ?? [])
      .filter(({ datasource }) => datasource.type === type)
      .map((target) => ({ panel, target })),
  );
}

/** All selectors of all PromQL. */
function selectors(dashboard: DashboardJson): { at: string; selector: Selector }[] {
  return places(dashboard, "prometheus").flatMap(({ panel, target }) =>
    readPromQl(target.expr ?? "").selectors.map((selector) => ({ at: panel.title, selector })),
  );
}

function choosesTarget(name: "job" | "instance", label: string): Rule {
  return (dashboard) => {
    const found = variable(dashboard, name);
    if (found === undefined) return [{ at: name, problem: "there is no such variable" }];
    const is = [found.type, found.label, found.multi, found.allValue, found.datasource?.uid];
    const wanted = ["query", label, true, ".+", PROMETHEUS];
    return is.every((value, index) => value === wanted[index])
      ? []
      : [{ at: name, problem: `is ${is}, not ${wanted}` }];
  };
}

function matchesTarget(name: "job" | "instance"): Rule {
  return (dashboard) =>
    selectors(dashboard)
      .filter(
        ({ selector }) =>
          !selector.matchers.some(
            ({ label, op, value }) => label === name && op === "=~" && value === `$${name}`,
          ),
      )
      .map(({ at, selector }) => ({
        at,
        metric: selector.name,
        problem: `${selector.name} is not matched by ${name}`,
      }));
}

/** Query of a variable, without the function around it. */
function selectorOf({ query = "" }: VariableJson): string | undefined {
  const [, inner = ""] = /^label_values\((.*),\s*\w+\)$/.exec(query) ?? [];
  return inner === "" ? undefined : inner;
}

/**
 * The rules of Grafana's dashboard-linter 0.2, which is a Go program, without its two about log queries: they
 * are for a language that these dashboards do not use.
 *
 * @see {@link https://github.com/grafana/dashboard-linter/tree/main/docs/rules | its rules}
 */
export const RULES: Readonly<Record<string, Rule>> = {
  "template-datasource-rule": (dashboard) => {
    const sources = dashboard.templating.list.filter(({ type }) => type === "datasource");
    if (sources[0]?.query !== "prometheus") {
      return [{ at: "variables", problem: "the first data source is not Prometheus" }];
    }
    return sources.flatMap(({ name, label, query = "" }) => {
      const title = `${query.charAt(0).toUpperCase()}${query.slice(1)} data source`;
      if (name === `${query}_datasource` && label === title) return [];
      return [{ at: name, problem: `is not ${query}_datasource, "${title}"` }];
    });
  },
  "template-job-rule": choosesTarget("job", "Job"),
  "template-instance-rule": choosesTarget("instance", "Instance"),
  "template-label-promql-rule": ({ templating }) =>
    templating.list
      .filter(({ type }) => type === "query")
      .filter((each) => {
        const selector = selectorOf(each);
        if (selector === undefined) return true;
        return promQlError(withoutVariables(selector)) !== undefined;
      })
      .map(({ name, query }) => ({ at: name, problem: `${query} is no label_values of PromQL` })),
  "template-on-time-change-reload-rule": ({ templating }) =>
    templating.list
      .filter(({ type, refresh }) => type === "query" && refresh !== 2)
      .map(({ name }) => ({ at: name, problem: "is not read again when the time range changes" })),
  "panel-datasource-rule": ({ panels }) =>
    panels
      .filter(({ type }) => !WITHOUT_TARGETS.has(type))
      .filter(({ datasource }) => !/^\$\{\w+_datasource\}$/.test(datasource?.uid ?? ""))
      .map(({ title }) => ({ at: title, problem: "asks no variable's data source" })),
  "panel-title-description-rule": ({ panels }) =>
    panels
      .filter(({ type, title, description }) => type !== "row" && !(title && description))
      .map(({ id, title }) => ({ at: title, problem: `panel ${id} lacks title or description` })),
  "panel-units-rule": ({ panels }) =>
    panels
      .filter(({ type, fieldConfig }) => WITH_UNIT.has(type) && !fieldConfig?.defaults["unit"])
      .map(({ title }) => ({ at: title, problem: "has no unit" })),
  "panel-no-targets-rule": ({ panels }) =>
    panels
      .filter(({ type, targets = [] }) => !WITHOUT_TARGETS.has(type) && targets.length === 0)
      .map(({ title }) => ({ at: title, problem: "asks nothing" })),
  "target-promql-rule": (dashboard) =>
    places(dashboard, "prometheus").flatMap(({ panel, target }) => {
      const error = promQlError(withoutVariables(target.expr ?? ""));
      return error === undefined ? [] : [{ at: panel.title, problem: error }];
    }),
  "target-rate-interval-rule": (dashboard) =>
    places(dashboard, "prometheus")
      .filter(({ target }) =>
        /\bi?rate\((?:[^()[\]]|\{[^}]*\})*\[(?!\$__rate_interval\])/.test(target.expr ?? ""),
      )
      .map(({ panel }) => ({ at: panel.title, problem: "a rate is not over $__rate_interval" })),
  "target-job-rule": matchesTarget("job"),
  "target-instance-rule": matchesTarget("instance"),
  "target-counter-agg-rule": (dashboard) =>
    selectors(dashboard)
      .filter(({ selector: { name } }) => name.endsWith("_total"))
      .filter(({ selector: { within } }) => !within.some((each) => COUNTS.has(each)))
      .map(({ at, selector: { name } }) => ({
        at,
        metric: name,
        problem: `${name} is used as it is`,
      })),
  "uneditable-dashboard": ({ title, editable }) =>
    editable ? [{ at: title, problem: "can be edited" }] : [],
};
