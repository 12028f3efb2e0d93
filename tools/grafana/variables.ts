import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { SpanMetric } from "./foreign-metrics.ts";
import { metric } from "./metric-names.ts";
import { Label } from "./promql.ts";

/** Variables that select the data sources; names and labels follow dashboard-linter's rules. */
export const DatasourceVariable = {
  Prometheus: "prometheus_datasource",
  Jaeger: "jaeger_datasource",
  VictoriaLogs: "victorialogs_datasource",
} as const;

/** Kinds of data source, by the ids of Grafana's plugins. */
export const PluginId = {
  Prometheus: "prometheus",
  Jaeger: "jaeger",
  VictoriaLogs: "victoriametrics-logs-datasource",
} as const;

/** A placeholder that Grafana replaces with the value of a variable or of the clicked element. */
export function placeholder(name: string): string {
  return `\${${name}}`;
}

/** Part of a link's URL that keeps the selected processes and the time range. */
export const SAME_CHOICE: string = ["job:queryparam", "instance:queryparam", "__url_time_range"]
  .map(placeholder)
  .join("&");

/** As `SAME_CHOICE`, with the selected service; for links between dashboards with traces. */
export const SAME_SERVICE: string = `${placeholder("service:queryparam")}&${SAME_CHOICE}`;

/** The backends, with their provisioned uids. */
const DATASOURCES = [
  {
    variable: DatasourceVariable.Prometheus,
    type: PluginId.Prometheus,
    uid: "prometheus",
    label: "Prometheus",
  },
  { variable: DatasourceVariable.Jaeger, type: PluginId.Jaeger, uid: "jaeger", label: "Jaeger" },
  {
    variable: DatasourceVariable.VictoriaLogs,
    type: PluginId.VictoriaLogs,
    uid: "victorialogs",
    label: "VictoriaLogs",
  },
] as const;

/** Data source variables. Every dashboard has all three, so that links between dashboards keep the selection. */
export function datasourceVariables(): VariableModel[] {
  return DATASOURCES.map(({ variable, type, uid, label }) =>
    new DatasourceVariableBuilder(variable)
      .label(`${label} data source`)
      .description(`The ${label} data source to query.`)
      .type(type)
      .current({ text: label, value: uid })
      .build(),
  );
}

function labelValues(
  name: string,
  label: string,
  description: string,
  query: string,
): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource({ type: PluginId.Prometheus, uid: placeholder(DatasourceVariable.Prometheus) })
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

function choice(name: string, label: string, description: string, query: string): VariableModel {
  return labelValues(name, label, description, query)
    .multi(true)
    .includeAll(true)
    .allValue(".+")
    .current({ text: "All", value: "$__all" })
    .build();
}

const STARTED = metric("Started").name;

/** Variables that select processes: a job is a service, an instance is one of its processes. */
export function targetVariables(): VariableModel[] {
  return [
    choice("job", "Job", "Services, by name.", `label_values(${STARTED}, job)`),
    choice(
      "instance",
      "Instance",
      "Processes of the selected services.",
      `label_values(${STARTED}{job=~"$job"}, instance)`,
    ),
  ];
}

/** Variable that selects actor types. */
export function typeVariable(): VariableModel {
  return choice(
    "type",
    "Actor type",
    "The names passed to `defineActor`.",
    `label_values(${STARTED}{job=~"$job", instance=~"$instance"}, ${Label.Type})`,
  );
}

/**
 * Variable that selects the service whose traces are searched. It has one value, because Jaeger searches one
 * service at a time. It is the name that spans carry; `job` can differ, because it may contain a namespace.
 */
export function serviceVariable(): VariableModel {
  return labelValues(
    "service",
    "Service",
    "The service whose traces the tables search. Only one can be selected.",
    `label_values(${SpanMetric.Calls.name}{job=~"$job"}, service_name)`,
  )
    .multi(false)
    .includeAll(false)
    .build();
}

/** Variable that selects a trace; empty for all. */
export function traceVariable(): VariableModel {
  return new TextBoxVariableBuilder("trace")
    .label("Trace id")
    .description(
      "32 hexadecimal digits, as in the trace_id of a log line. If empty, the log lines of all traces.",
    )
    .defaultValue("")
    .build();
}
