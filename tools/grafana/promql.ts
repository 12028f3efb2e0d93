import { Attribute } from "../../src/telemetry/attributes.ts";
import type { MetricKey } from "../../src/telemetry/catalogue.ts";
import { histogram, labelOf, metric, type Series } from "./metric-names.ts";

// Builders of PromQL. A matcher for a label that the series does not carry is rejected here. A test parses the whole
// expression and checks the labels that queries group by.

/** Range of rates. Grafana makes it at least four scrape intervals long. */
const RATE_RANGE = "$__rate_interval";
/** The labels that queries group by, by their Prometheus names. */
export const Label: Readonly<
  Record<
    | "Type"
    | "State"
    | "StopReason"
    | "Message"
    | "Kind"
    | "Outcome"
    | "TaskKind"
    | "DeadLetterReason"
    | "Phase"
    | "Strategy"
    | "DeadlockKind"
    | "StoragePhase"
    | "StorageOperation"
    | "PreloadResult"
    | "AwakeReason"
    | "KeepAwakeKind"
    | "Inbox"
    | "SaveOutcome"
    | "StartupPhase"
    | "StatementClass"
    | "StartupOwner"
    | "IsNew"
    | "ScheduleOutcome"
    | "HttpMethod"
    | "HttpRoute"
    | "Transport"
    | "IoDirection"
    | "AuthOutcome"
    | "RpcMethod"
    | "RpcStatus"
    | "ConnectionOutcome"
    | "EventName"
    | "ResyncReason"
    | "SocketState"
    | "CloseCode"
    | "CloseSide"
    | "PauseReason"
    | "Error"
    | "RunnerState"
    | "PlacementStatus"
    | "PlacementReason"
    | "CommandOutcome"
    | "ClusterEventOutcome"
    | "CallOutcome"
    | "CallSide"
    | "RouteSource"
    | "LeaseKind"
    | "FenceReason"
    | "DrainOutcome"
    | "EvictionReason"
    | "HandoverOutcome"
    | "ClusterLog"
    | "FaultKind"
    | "WriteResolution",
    string
  >
> = {
  Type: labelOf(Attribute.ActorType),
  State: labelOf(Attribute.ActorState),
  StopReason: labelOf(Attribute.StopReason),
  Message: labelOf(Attribute.MessageType),
  Kind: labelOf(Attribute.MessageKind),
  Outcome: labelOf(Attribute.Outcome),
  TaskKind: labelOf(Attribute.TaskKind),
  DeadLetterReason: labelOf(Attribute.DeadLetterReason),
  Phase: labelOf(Attribute.FailurePhase),
  Strategy: labelOf(Attribute.RestartStrategy),
  DeadlockKind: labelOf(Attribute.DeadlockKind),
  StoragePhase: labelOf(Attribute.StoragePhase),
  StorageOperation: labelOf(Attribute.StorageOperation),
  PreloadResult: labelOf(Attribute.PreloadResult),
  AwakeReason: labelOf(Attribute.AwakeReason),
  KeepAwakeKind: labelOf(Attribute.KeepAwakeKind),
  Inbox: labelOf(Attribute.Inbox),
  SaveOutcome: labelOf(Attribute.SaveOutcome),
  StartupPhase: labelOf(Attribute.StartupPhase),
  StatementClass: labelOf(Attribute.StatementClass),
  StartupOwner: labelOf(Attribute.StartupOwner),
  IsNew: labelOf(Attribute.IsNew),
  ScheduleOutcome: labelOf(Attribute.ScheduleOutcome),
  HttpMethod: labelOf(Attribute.HttpMethod),
  HttpRoute: labelOf(Attribute.HttpRoute),
  Transport: labelOf(Attribute.Transport),
  IoDirection: labelOf(Attribute.IoDirection),
  AuthOutcome: labelOf(Attribute.AuthOutcome),
  RpcMethod: labelOf(Attribute.RpcMethod),
  RpcStatus: labelOf(Attribute.RpcStatus),
  ConnectionOutcome: labelOf(Attribute.ConnectionOutcome),
  EventName: labelOf(Attribute.EventName),
  ResyncReason: labelOf(Attribute.ResyncReason),
  SocketState: labelOf(Attribute.SocketState),
  CloseCode: labelOf(Attribute.CloseCode),
  CloseSide: labelOf(Attribute.CloseSide),
  PauseReason: labelOf(Attribute.PauseReason),
  Error: labelOf(Attribute.ErrorType),
  RunnerState: labelOf(Attribute.RunnerState),
  PlacementStatus: labelOf(Attribute.PlacementStatus),
  PlacementReason: labelOf(Attribute.PlacementReason),
  CommandOutcome: labelOf(Attribute.CommandOutcome),
  ClusterEventOutcome: labelOf(Attribute.ClusterEventOutcome),
  CallOutcome: labelOf(Attribute.CallOutcome),
  CallSide: labelOf(Attribute.CallSide),
  RouteSource: labelOf(Attribute.RouteSource),
  LeaseKind: labelOf(Attribute.LeaseKind),
  FenceReason: labelOf(Attribute.FenceReason),
  DrainOutcome: labelOf(Attribute.DrainOutcome),
  EvictionReason: labelOf(Attribute.EvictionReason),
  HandoverOutcome: labelOf(Attribute.HandoverOutcome),
  ClusterLog: labelOf(Attribute.ClusterLog),
  FaultKind: labelOf(Attribute.FaultKind),
  WriteResolution: labelOf(Attribute.WriteResolution),
};

/** Selects error points: only these carry `error.type`. */
export const WITH_ERROR: string = `${Label.Error}!=""`;
/** Selection by the variables of every dashboard; each series of an application carries both labels. */
const TARGET = ['job=~"$job"', 'instance=~"$instance"'];

/** `series` with `matchers` only: for series that do not belong to an application. */
export function selectAny({ name, labels }: Series, ...matchers: string[]): string {
  for (const matcher of matchers) {
    const [label = ""] = matcher.split(/[=!]/, 1);
    if (label === "job" || label === "instance" || labels.includes(label)) continue;
    throw new Error(`${name} has no label ${label}`);
  }
  return `${name}{${matchers.join(", ")}}`;
}

/** `series` of the selected processes and, if it has a type label, of the selected types. */
export function select(series: Series, ...matchers: string[]): string {
  const type = series.labels.includes(Label.Type) ? [`${Label.Type}=~"$type"`] : [];
  return selectAny(series, ...TARGET, ...type, ...matchers);
}

/** A catalogue metric of the selected processes and types. */
export function of(key: MetricKey, ...matchers: string[]): string {
  return select(metric(key), ...matchers);
}

/** Number of recordings of a catalogue histogram. */
export function countOf(key: MetricKey, ...matchers: string[]): string {
  return select(histogram(key, "count"), ...matchers);
}

/** Sum in seconds of a catalogue histogram. */
export function sumOf(key: MetricKey, ...matchers: string[]): string {
  return select(histogram(key, "sum"), ...matchers);
}

/** Per second. */
export function rate(selector: string): string {
  return `rate(${selector}[${RATE_RANGE}])`;
}

/** Over the dashboard's whole time range. */
export function increase(selector: string): string {
  return `increase(${selector}[$__range])`;
}

function aggregate(operator: string, expression: string, by: readonly string[]): string {
  const grouping = by.length === 0 ? "" : ` by (${by.join(", ")}) `;
  return `${operator}${grouping}(${expression})`;
}

/** Sum, one series for each value of `by`. */
export function sum(expression: string, ...by: string[]): string {
  return aggregate("sum", expression, by);
}

/** Maximum, one series for each value of `by`. */
export function max(expression: string, ...by: string[]): string {
  return aggregate("max", expression, by);
}

/** `part` divided by `whole`; 0 if both are 0. */
export function share(part: string, whole: string): string {
  return `${part} / clamp_min(${whole}, 1e-9)`;
}

/** `expression`, or 0 if it has no series; for counters that begin with their first event. */
export function orZero(expression: string): string {
  return `(${expression} or vector(0))`;
}

/** The quantile of the buckets of `selector`. */
export function quantileOf(quantile: number, selector: string, ...by: string[]): string {
  return `histogram_quantile(${quantile}, ${sum(rate(selector), "le", ...by)})`;
}

/** The same of a catalogue histogram. */
export function quantile(q: number, key: MetricKey, ...by: string[]): string {
  return quantileOf(q, select(histogram(key, "bucket")), ...by);
}

/** Counts by bucket, for a heatmap. */
export function buckets(selector: string): string {
  return `sum by (le) (increase(${selector}[${RATE_RANGE}]))`;
}

/** The same of a catalogue histogram. */
export function bucketsOf(key: MetricKey): string {
  return buckets(select(histogram(key, "bucket")));
}

/**
 * Fill ratio of the fullest mailbox of each type. Limits are only known as sums, so the mean limit is used for a
 * type whose mailboxes have different limits.
 */
export function fullest(): string {
  const meanLimit = `${sum(of("MailboxLimit"), Label.Type)} / clamp_min(${sum(of("Active"), Label.Type)}, 1)`;
  return `${max(of("MailboxMaxDepth"), Label.Type)} / clamp_min(${meanLimit}, 1)`;
}
