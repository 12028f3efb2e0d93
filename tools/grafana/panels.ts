import {
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from "@grafana/grafana-foundation-sdk/heatmap";
import {
  DataqueryBuilder as PrometheusQueryBuilder,
  PromQueryFormat,
} from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { Label } from "./promql.ts";
import { DatasourceVariable, placeholder, SAME_CHOICE } from "./variables.ts";

// Panels that query Prometheus. Panels of traces and logs are in trace-panels.ts.

/** A panel and its width in a line. */
export interface Cell {
  /** In 24ths. */
  readonly width: number;
  readonly panel: Panel;
  /** Whether all its queries have no series as long as nothing has gone wrong. */
  readonly quiet: boolean;
  /** The queries without series as long as nothing has gone wrong, by `refId`. */
  readonly quietQueries: readonly string[];
}

/** A query of a panel. It draws one line for each set of labels. */
export interface Query {
  readonly expr: string;
  /** Legend; `{{label}}` is replaced with the value of a label. */
  readonly legend: string;
  /** Shows exemplars as dots; only the collector's span metrics have exemplars. */
  readonly exemplar?: boolean;
  /** Whether it has no series as long as nothing has gone wrong. */
  readonly quiet?: boolean;
}

/** Properties of every panel. */
export interface About {
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly quiet?: boolean;
}

/** A panel of numbers. */
export interface Numbers extends About {
  readonly unit: string;
  readonly queries: readonly Query[];
}

/** Thresholds from which a number counts as a warning or an alarm. */
export interface Limits {
  readonly warn?: number;
  readonly alarm: number;
}

/** Units, by Grafana's names. */
export const Unit: Readonly<
  Record<
    | "Count"
    | "PerSecond"
    | "Messages"
    | "Requests"
    | "Seconds"
    | "Bytes"
    | "BytesPerSecond"
    | "Share",
    string
  >
> = {
  Count: units.Short,
  PerSecond: units.CountsPerSecond,
  Messages: units.MessagesPerSecond,
  Requests: units.RequestsPerSecond,
  Seconds: units.Seconds,
  Bytes: units.BytesIEC,
  BytesPerSecond: units.BytesPerSecondIEC,
  Share: units.PercentUnit,
};

const PROMETHEUS: DataSourceRef = {
  type: "prometheus",
  uid: placeholder(DatasourceVariable.Prometheus),
};

/** Grafana's ids of a panel's queries: `A`, `B`, …. */
export function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

/** The panel in its cell. */
export function toCell(about: About, panel: Panel, queries: readonly Query[] = []): Cell {
  const quietQueries = queries.flatMap(({ quiet }, index) => (quiet ? [refId(index)] : []));
  return { width: about.width, panel, quiet: about.quiet ?? false, quietQueries };
}

function targets(queries: readonly Query[], format: PromQueryFormat): PrometheusQueryBuilder[] {
  return queries.map(({ expr, legend, exemplar = false }, index) =>
    new PrometheusQueryBuilder()
      .refId(refId(index))
      .datasource(PROMETHEUS)
      .expr(expr)
      .legendFormat(legend)
      .exemplar(exemplar)
      .format(format)
      .range(),
  );
}

function thresholds({ warn, alarm }: Limits): ThresholdsConfigBuilder {
  const steps = [{ value: null, color: "green" }];
  const marks = warn === undefined ? [] : [{ value: warn, color: "orange" }];
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([...steps, ...marks, { value: alarm, color: "red" }]);
}

const NO_LIMITS: ThresholdsConfigBuilder = new ThresholdsConfigBuilder()
  .mode(ThresholdsMode.Absolute)
  .steps([{ value: null, color: "blue" }]);

/** The latest value as a number, coloured by `limits` if given. */
export function stat({ limits, ...about }: Numbers & { readonly limits?: Limits }): Cell {
  const panel = new StatBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(PROMETHEUS)
    .unit(about.unit)
    .noValue("0")
    .thresholds(limits === undefined ? NO_LIMITS : thresholds(limits))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false))
    .targets(targets(about.queries, PromQueryFormat.TimeSeries))
    .build();
  return toCell(about, panel, about.queries);
}

/** Options for drawing lines. */
export interface Drawing {
  /** Stacks the lines. */
  readonly stack?: boolean;
  /** Queries that are drawn below zero, by index. */
  readonly below?: readonly number[];
  /** Links each line to the dashboard of its actor type. */
  readonly toType?: boolean;
}

/** Time series with a legend of the last and the largest values. */
export function lines({ stack, below = [], toType, ...about }: Numbers & Drawing): Cell {
  const builder = new TimeseriesBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(PROMETHEUS)
    .unit(about.unit)
    .lineWidth(1)
    .fillOpacity(10)
    .gradientMode(GraphGradientMode.Opacity)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(["lastNotNull", "max"]),
    )
    .targets(targets(about.queries, PromQueryFormat.TimeSeries));
  if (below.length === 0) builder.axisSoftMin(0);
  if (stack) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
  if (toType) builder.dataLinks([toActorType()]);
  for (const index of below) {
    builder.overrideByQuery(refId(index), [{ id: "custom.transform", value: "negative-Y" }]);
  }
  return toCell(about, builder.build(), about.queries);
}

function toActorType(): DashboardLinkBuilder {
  const type = placeholder(`__field.labels.${Label.Type}`);
  return new DashboardLinkBuilder(`Actor type ${type}`)
    .type(DashboardLinkType.Link)
    .url(`/d/limelight-actor-type?var-type=${type}&${SAME_CHOICE}`);
}

/** Heatmap of a histogram over time: seconds on the y axis, counts as colours. */
export function heatmap(
  about: About & { readonly expr: string; readonly exemplar?: boolean },
): Cell {
  const query = { expr: about.expr, legend: "{{le}}", exemplar: about.exemplar ?? false };
  const panel = new HeatmapBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(PROMETHEUS)
    .unit(Unit.Count)
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit(Unit.Seconds))
    .color(
      new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme("Oranges").steps(64),
    )
    .showLegend()
    .targets(targets([query], PromQueryFormat.Heatmap))
    .build();
  return toCell(about, panel);
}

/** Table of series, largest first, with the values at the end of the time range. */
export function table(about: Numbers): Cell {
  const queries = about.queries.map(({ expr, legend }, index) =>
    new PrometheusQueryBuilder()
      .refId(refId(index))
      .datasource(PROMETHEUS)
      .expr(expr)
      .legendFormat(legend)
      .format(PromQueryFormat.Table)
      .instant(),
  );
  const panel = new TableBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(PROMETHEUS)
    .unit(about.unit)
    .withTransformation({ id: "organize", options: { excludeByName: { Time: true } } })
    .withTransformation({ id: "sortBy", options: { sort: [{ field: "Value", desc: true }] } })
    .targets(queries)
    .build();
  return toCell(about, panel, about.queries);
}
