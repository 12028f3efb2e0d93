import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { metric } from "./metric-names.ts";
import { Label } from "./promql.ts";

/** Variables that say where to ask; named and labelled as dashboard-linter wants them. */
export const DatasourceVariable = {
  Prometheus: "prometheus_datasource",
  Tempo: "tempo_datasource",
  Loki: "loki_datasource",
} as const;

/** What Grafana replaces by a value: of a variable, or of the thing clicked on. */
export function placeholder(name: string): string {
  return `\${${name}}`;
}

/** Part of a link's address that keeps the choice of processes and the time range. */
export const SAME_CHOICE: string = ["job:queryparam", "instance:queryparam", "__url_time_range"]
  .map(placeholder)
  .join("&");

/** The backends, with the uids under which they are provisioned. */
const DATASOURCES = [
  { variable: DatasourceVariable.Prometheus, type: "prometheus", label: "Prometheus" },
  { variable: DatasourceVariable.Tempo, type: "tempo", label: "Tempo" },
  { variable: DatasourceVariable.Loki, type: "loki", label: "Loki" },
] as const;

/** Where to ask; every dashboard has all three, so that links between them keep the choice. */
export function datasourceVariables(): VariableModel[] {
  return DATASOURCES.map(({ variable, type, label }) =>
    new DatasourceVariableBuilder(variable)
      .label(`${label} data source`)
      .description(`The ${label} that is asked.`)
      .type(type)
      .current({ text: label, value: type })
      .build(),
  );
}

function choice(name: string, label: string, description: string, query: string): VariableModel {
  return new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource({ type: "prometheus", uid: placeholder(DatasourceVariable.Prometheus) })
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
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
