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

/** Variables that say where to ask; named and labelled as dashboard-linter wants them. */
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

/** What Grafana replaces by a value: of a variable, or of the thing clicked on. */
export function placeholder(name: string): string {
  return `\${${name}}`;
}

/** Part of a link's address that keeps the choice of processes and the time range. */
export const SAME_CHOICE: string = ["job:queryparam", "instance:queryparam", "__url_time_range"]
  .map(placeholder)
  .join("&");

/** The same with the choice of whose traces are searched: for links between dashboards with traces. */
export const SAME_SERVICE: string = `${placeholder("service:queryparam")}&${SAME_CHOICE}`;

/** The backends, with the uids under which they are provisioned. */
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

/** Where to ask; every dashboard has all three, so that links between them keep the choice. */
export function datasourceVariables(): VariableModel[] {
  return DATASOURCES.map(({ variable, type, uid, label }) =>
    new DatasourceVariableBuilder(variable)
      .label(`${label} data source`)
      .description(`The ${label} that is asked.`)
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

/** Which processes: a job is a service, an instance one of its processes. */
export function targetVariables(): VariableModel[] {
  return [
    choice("job", "Job", "Services, by their name.", `label_values(${STARTED}, job)`),
    choice(
      "instance",
      "Instance",
      "Processes of the chosen services.",
      `label_values(${STARTED}{job=~"$job"}, instance)`,
    ),
  ];
}

/** Which actor types. */
export function typeVariable(): VariableModel {
  return choice(
    "type",
    "Actor type",
    "The names given to `defineActor`.",
    `label_values(${STARTED}{job=~"$job", instance=~"$instance"}, ${Label.Type})`,
  );
}

/**
 * Whose traces are searched: one service, because Jaeger searches those of one at a time. By the name that
 * spans carry, which `job` need not be: that one may have a namespace in front.
 */
export function serviceVariable(): VariableModel {
  return labelValues(
    "service",
    "Service",
    "Whose traces the tables of traces search: one service at a time.",
    `label_values(${SpanMetric.Calls.name}{job=~"$job"}, service_name)`,
  )
    .multi(false)
    .includeAll(false)
    .build();
}

/** Which trace; empty for all. */
export function traceVariable(): VariableModel {
  return new TextBoxVariableBuilder("trace")
    .label("Trace id")
    .description(
      "32 hexadecimal digits, as in a log line's trace_id. Empty: the logs of all traces.",
    )
    .defaultValue("")
    .build();
}
