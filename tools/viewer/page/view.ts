import { type Address, writeAddress } from "../model/address.ts";
import type { DashboardJson, PanelJson } from "../model/dashboard-json.ts";
import { type Choice, interpolateUrl, type Scope } from "../model/interpolate.ts";
import { intervalsOf, type TimeRange } from "../model/time-range.ts";

/** What all panels of a dashboard are drawn from, until the next refresh. */
export interface View {
  readonly address: Address;
  readonly range: TimeRange;
  readonly choices: Readonly<Record<string, Choice>>;
  /** How often Prometheus gets new points. */
  readonly everyS: number;
  /** `undefined` when no dashboard shows single traces. */
  readonly tracePlace: TracePlace | undefined;
}

/** The dashboard that shows a trace, and the variable that says which. */
export interface TracePlace {
  readonly uid: string;
  readonly variable: string;
}

/** What every kind of panel is given. */
export interface PanelProps {
  readonly panel: PanelJson;
  readonly view: View;
}

/** What the placeholders of a panel's queries, title and links stand for. */
export function scopeOf({ address, choices, range, everyS }: View, widthPx = 1_000): Scope {
  const { from = "now-30m", to = "now" } = address;
  const urlTimeRange = new URLSearchParams({ from, to }).toString();
  return { choices, urlTimeRange, intervals: intervalsOf(range, widthPx, everyS) };
}

/** How wide a panel is, within what a screen's edges take. */
export function widthOf({ gridPos }: PanelJson): number {
  return (gridPos.w / 24) * innerWidth;
}

/** The link of `pattern` for a value, or for what a line's labels say. */
export function linkFor(
  view: View,
  pattern: string,
  extra: Readonly<Record<string, string>>,
): string {
  return interpolateUrl(pattern, { ...scopeOf(view), extra });
}

/** The link to a trace, with the present choice and time. */
export function traceLink({ address, tracePlace }: View, traceId: string): string | undefined {
  if (tracePlace === undefined) return undefined;
  const { uid, variable } = tracePlace;
  return writeAddress({ ...address, uid, chosen: { ...address.chosen, [variable]: [traceId] } });
}

/** The dashboard with a panel of one trace whose id is a variable. */
export function findTracePlace(dashboards: readonly DashboardJson[]): TracePlace | undefined {
  for (const { uid, panels } of dashboards) {
    const shown = panels.find(({ type }) => type === "traces")?.targets?.[0]?.query ?? "";
    const [, variable] = /^\$\{?(\w+)\}?$/.exec(shown) ?? [];
    if (variable !== undefined) return { uid, variable };
  }
  return undefined;
}
