// The part of Grafana's classic dashboard JSON that the viewer reads.

/** A dashboard as it is committed in grafana/dashboards. */
export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  /** Default time range, such as `now-30m`. */
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly panels: readonly PanelJson[];
}

/** A variable that can be selected at the top of a dashboard. */
export interface VariableJson {
  readonly type: string;
  readonly name: string;
  readonly label?: string;
  readonly description?: string;
  /** `label_values(…)` of a query variable; default value of a text box. */
  readonly query?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  /** Value of "All" in a query. */
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
  /** Trace id of a trace panel. */
  readonly query?: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly exemplar?: boolean;
  readonly maxLines?: number;
  /** Service of a trace search, the only condition that Jaeger requires. */
  readonly service?: string;
  /** Span name of a trace search. */
  readonly operation?: string;
  /** Attributes of a trace search in logfmt, such as `request.failed=true`. */
  readonly tags?: string;
  /** Minimum span duration of a trace search, such as `500ms`. */
  readonly minDuration?: string;
  readonly maxDuration?: string;
  readonly limit?: number;
}

/** Display options of values. */
interface FieldJson {
  readonly unit?: string;
  /** Shown when there is no value. */
  readonly noValue?: string;
  readonly thresholds?: { readonly steps: readonly ThresholdJson[] };
  readonly links?: readonly LinkJson[];
  readonly custom?: {
    readonly axisSoftMin?: number;
    readonly stacking?: { readonly mode?: string };
  };
}

/**
 * `color` applies to values from `value` on. The first step has no `value` and applies to all lower values.
 */
export interface ThresholdJson {
  readonly value: number | null;
  readonly color: string;
}

interface LinkJson {
  readonly title?: string;
  readonly url?: string;
}

/** Options that apply to some fields only. */
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
