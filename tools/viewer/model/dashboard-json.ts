// What the viewer reads of a dashboard in Grafana's classic JSON, of which Grafana knows a lot more.

/** A dashboard as it is committed in grafana/dashboards. */
export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  /** Time range as long as the address names none, as in `now-30m`. */
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly panels: readonly PanelJson[];
}

/** One of the choices at the top of a dashboard. */
export interface VariableJson {
  readonly type: string;
  readonly name: string;
  readonly label?: string;
  readonly description?: string;
  /** Of a query variable `label_values(…)`, of a text box its default. */
  readonly query?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  /** What "All" stands for in a query. */
  readonly allValue?: string;
  readonly current?: { readonly value?: string | readonly string[] };
}

/** One panel, or the heading of a row. */
export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  /** In units of the grid, which is 24 wide. */
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly datasource?: { readonly type?: string };
  readonly targets?: readonly TargetJson[];
  readonly fieldConfig?: {
    readonly defaults?: FieldJson;
    readonly overrides?: readonly OverrideJson[];
  };
  readonly options?: OptionsJson;
  readonly transformations?: readonly TransformationJson[];
}

/** One query of a panel. */
export interface TargetJson {
  readonly refId: string;
  readonly datasource?: { readonly type?: string };
  /** PromQL or LogsQL. */
  readonly expr?: string;
  /** Id of the trace that a panel of one trace shows. */
  readonly query?: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly exemplar?: boolean;
  readonly maxLines?: number;
  /** Of a search for traces: the service, the only condition that Jaeger requires. */
  readonly service?: string;
  /** Of a search for traces: the name of a span. */
  readonly operation?: string;
  /** Of a search for traces: attributes in logfmt, as in `request.failed=true`. */
  readonly tags?: string;
  /** Of a search for traces: how long a span takes at least, as in `500ms`. */
  readonly minDuration?: string;
  readonly maxDuration?: string;
  readonly limit?: number;
}

/** How values look. */
interface FieldJson {
  readonly unit?: string;
  /** Shown where there is no value. */
  readonly noValue?: string;
  readonly thresholds?: { readonly steps: readonly ThresholdJson[] };
  readonly links?: readonly LinkJson[];
  readonly custom?: {
    readonly axisSoftMin?: number;
    readonly stacking?: { readonly mode?: string };
  };
}

/** From `value` on, a value has `color`; the first step has none and stands for all below. */
export interface ThresholdJson {
  readonly value: number | null;
  readonly color: string;
}

interface LinkJson {
  readonly title?: string;
  readonly url?: string;
}

/** Settings of some fields only. */
interface OverrideJson {
  readonly matcher: { readonly id: string; readonly options?: unknown };
  readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
}

interface OptionsJson {
  readonly sortOrder?: string;
  readonly yAxis?: { readonly unit?: string };
  readonly legend?: { readonly calcs?: readonly string[]; readonly showLegend?: boolean };
}

interface TransformationJson {
  readonly id: string;
  readonly options?: {
    readonly excludeByName?: Readonly<Record<string, boolean>>;
    readonly sort?: readonly { readonly field: string; readonly desc?: boolean }[];
  };
}
