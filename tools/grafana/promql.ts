import { Attribute } from "../../src/telemetry/attributes.ts";
import type { MetricKey } from "../../src/telemetry/catalogue.ts";
import { histogram, labelOf, metric, type Series } from "./metric-names.ts";

// Builders of PromQL. A matcher of a label that the series does not carry is refused here; what queries group by
// is checked by a test, which reads the whole expression.

/** Range of rates: Grafana makes it at least four scrapes long. */
const RATE_RANGE = "$__rate_interval";
/** The labels queries group by, as Prometheus spells them. */
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
    | "Error",
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
  Error: labelOf(Attribute.ErrorType),
};

/** Only points of an error: `error.type` is on no others. */
export const WITH_ERROR: string = `${Label.Error}!=""`;
/** What the variables of every dashboard choose; each series of an application carries both labels. */
const TARGET = ['job=~"$job"', 'instance=~"$instance"'];

/** `series` with `matchers` alone: for what is no application's. */
export function selectAny({ name, labels }: Series, ...matchers: string[]): string {
  for (const matcher of matchers) {
    const [label = ""] = matcher.split(/[=!]/, 1);
    if (label === "job" || label === "instance" || labels.includes(label)) continue;
    throw new Error(`${name} has no label ${label}`);
  }
  return `${name}{${matchers.join(", ")}}`;
}

/** `series` of the chosen processes and, where it tells types apart, of the chosen types. */
export function select(series: Series, ...matchers: string[]): string {
  const type = series.labels.includes(Label.Type) ? [`${Label.Type}=~"$type"`] : [];
  return selectAny(series, ...TARGET, ...type, ...matchers);
}

/** A catalogue metric of the chosen processes and types. */
export function of(key: MetricKey, ...matchers: string[]): string {
  return select(metric(key), ...matchers);
}

/** How many times a catalogue histogram was recorded to. */
export function countOf(key: MetricKey, ...matchers: string[]): string {
  return select(histogram(key, "count"), ...matchers);
}

/** The seconds a catalogue histogram adds up to. */
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

/** Added up, one series for each value of `by`. */
export function sum(expression: string, ...by: string[]): string {
  return aggregate("sum", expression, by);
}

/** The largest, one series for each value of `by`. */
export function max(expression: string, ...by: string[]): string {
  return aggregate("max", expression, by);
}

/** `part` of `whole`, 0 where there is nothing at all. */
export function share(part: string, whole: string): string {
  return `${part} / clamp_min(${whole}, 1e-9)`;
}

/** `expression`, or 0 where it has no series: of counters that begin with their first event. */
export function orZero(expression: string): string {
  return `(${expression} or vector(0))`;
}

/** The value below which a share of `quantile` lies, from the buckets of `selector`. */
export function quantileOf(quantile: number, selector: string, ...by: string[]): string {
  return `histogram_quantile(${quantile}, ${sum(rate(selector), "le", ...by)})`;
}

/** The same of a catalogue histogram. */
export function quantile(q: number, key: MetricKey, ...by: string[]): string {
  return quantileOf(q, select(histogram(key, "bucket")), ...by);
}

/** Counts by bucket, as a heatmap wants them. */
export function buckets(selector: string): string {
  return `sum by (le) (increase(${selector}[${RATE_RANGE}]))`;
}

/** The same of a catalogue histogram. */
export function bucketsOf(key: MetricKey): string {
  return buckets(select(histogram(key, "bucket")));
}

/**
 * How full the fullest mailbox of each type is. Limits are known as sums, so a
 * type whose mailboxes have different limits is taken by their mean.
 */
export function fullest(): string {
  const meanLimit = `${sum(of("MailboxLimit"), Label.Type)} / clamp_min(${sum(of("Active"), Label.Type)}, 1)`;
  return `${max(of("MailboxMaxDepth"), Label.Type)} / clamp_min(${meanLimit}, 1)`;
}
