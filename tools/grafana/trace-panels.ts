import { type DataSourceRef, LogsSortOrder } from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as LogsBuilder } from "@grafana/grafana-foundation-sdk/logs";
import { DataqueryBuilder as LokiQueryBuilder } from "@grafana/grafana-foundation-sdk/loki";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import {
  SearchTableType,
  DataqueryBuilder as TempoQueryBuilder,
} from "@grafana/grafana-foundation-sdk/tempo";
import { type About, type Cell, refId, toCell } from "./panels.ts";
import { DatasourceVariable, placeholder, SAME_CHOICE } from "./variables.ts";

const TEMPO: DataSourceRef = { type: "tempo", uid: placeholder(DatasourceVariable.Tempo) };
const LOKI: DataSourceRef = { type: "loki", uid: placeholder(DatasourceVariable.Loki) };

/** A link that puts a trace's id into the variable of the dashboard of requests. */
const OPEN_TRACE = [
  {
    title: `Trace and logs of ${placeholder("__value.raw")}`,
    url: `/d/limelight-requests?var-trace=${placeholder("__value.raw")}&${SAME_CHOICE}`,
  },
];

/** Traces that a TraceQL query finds; a click on the id shows one with its log lines. */
export function traceTable(about: About & { readonly query: string }): Cell {
  const query = new TempoQueryBuilder()
    .refId(refId(0))
    .datasource(TEMPO)
    .queryType("traceql")
    // Without the hint Tempo returns any fifty.
    .query(`${about.query} with (most_recent=true)`)
    .limit(50)
    .spss(3)
    .tableType(SearchTableType.Traces);
  const panel = new TableBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(TEMPO)
    .overrideByRegexp("/^trace ?ID$/i", [{ id: "links", value: OPEN_TRACE }])
    .withTarget(query)
    .build();
  return toCell(about, panel);
}

/** The spans of one trace, as a waterfall. */
export function trace(about: About & { readonly query: string }): Cell {
  const panel = new PanelBuilder()
    .type("traces")
    .title(about.title)
    .description(about.description)
    .datasource(TEMPO)
    .withTarget(
      new TempoQueryBuilder()
        .refId(refId(0))
        .datasource(TEMPO)
        .queryType("traceql")
        .query(about.query)
        .tableType(SearchTableType.Traces),
    )
    .build();
  return toCell(about, panel);
}

/** Log lines, the newest first unless `oldestFirst`; each leads to its trace. */
export function logs(
  about: About & { readonly expr: string; readonly oldestFirst?: boolean },
): Cell {
  const panel = new LogsBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(LOKI)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(about.oldestFirst ? LogsSortOrder.Ascending : LogsSortOrder.Descending)
    .withTarget(
      new LokiQueryBuilder()
        .refId(refId(0))
        .datasource(LOKI)
        .queryType("range")
        .maxLines(500)
        .expr(about.expr),
    )
    .build();
  return toCell(about, panel);
}
