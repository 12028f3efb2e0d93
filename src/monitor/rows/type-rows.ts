import type { Attributes } from "@opentelemetry/api";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { ErrorCode } from "../../base/errors.ts";
import { Attribute, Outcome } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { Metric } from "../../telemetry/metric.ts";
import {
  type HistogramPoint,
  LatencyHistogram,
} from "../../telemetry/metrics/latency-histogram.ts";
import type { CounterPoint, LevelPoint } from "../../telemetry/metrics/points.ts";
import type { MessageRow, TypeRow } from "../../wire/snapshot.ts";
import { durationRow, percentileMs } from "./duration-row.ts";

type Counts = Omit<TypeRow, "type" | "asks" | "waitP95Ms" | "messages" | "askTimeouts">;
type Count = keyof Counts;

/** Sums for the row of a type. */
interface TypeTally {
  readonly counts: Record<Count, number>;
  readonly asks: LatencyHistogram;
  askTimeouts: number;
  readonly messages: Map<string, MessageTally>;
}

interface MessageTally {
  sent: number;
  handled: number;
  failed: number;
  readonly wait: LatencyHistogram;
  readonly process: LatencyHistogram;
}

const COUNTS: ReadonlyMap<Metric, Count> = new Map([
  [Catalogue.Active, "active"],
  [Catalogue.Started, "started"],
  [Catalogue.Stopped, "stopped"],
  [Catalogue.MailboxDepth, "mailboxDepth"],
  [Catalogue.TaskActive, "tasks"],
  [Catalogue.Failures, "failures"],
  [Catalogue.Restarts, "restarts"],
  [Catalogue.Rejected, "rejected"],
  [Catalogue.DeadLetters, "deadLetters"],
]);

/** Returns one row per actor type, from the series that are also exported to OpenTelemetry. */
export function typeRows({ book }: SystemRuntime): TypeRow[] {
  const types = new Map<string, TypeTally>();
  for (const point of book.recorded()) addNumber(types, point);
  for (const point of book.readHistograms()) addDurations(types, point);
  return [...types].map(([type, tally]) => ({
    type,
    ...tally.counts,
    askTimeouts: tally.askTimeouts,
    asks: durationRow(tally.asks),
    waitP95Ms: percentileMs(waitsOf(tally), 0.95),
    messages: [...tally.messages].map(([key, message]) => messageRow(key, message)),
  }));
}

/** Returns the waiting times of all messages of a type. */
function waitsOf({ messages }: TypeTally): LatencyHistogram {
  const waits = new LatencyHistogram();
  for (const { wait } of messages.values()) waits.absorb(wait.read());
  return waits;
}

function addNumber(types: Map<string, TypeTally>, point: CounterPoint | LevelPoint): void {
  const { metric, attributes, value } = point;
  const count = COUNTS.get(metric);
  if (count !== undefined) {
    tallyOf(types, attributes).counts[count] += value;
  } else if (metric === Catalogue.Sent) {
    messageOf(types, attributes).sent += value;
  } else if (metric === Catalogue.Handled) {
    const message = messageOf(types, attributes);
    message.handled += value;
    if (attributes[Attribute.Outcome] !== Outcome.Ok) message.failed += value;
  }
}

function addDurations(types: Map<string, TypeTally>, point: HistogramPoint): void {
  const { metric, attributes, histogram } = point;
  const reading = histogram.read();
  if (metric === Catalogue.AskDuration) {
    const tally = tallyOf(types, attributes);
    tally.asks.absorb(reading);
    const timedOut = attributes[Attribute.ErrorType] === ErrorCode.AskTimeout;
    if (timedOut) tally.askTimeouts += reading.count;
  } else if (metric === Catalogue.WaitDuration) {
    messageOf(types, attributes).wait.absorb(reading);
  } else if (metric === Catalogue.ProcessDuration) {
    messageOf(types, attributes).process.absorb(reading);
  }
}

function tallyOf(types: Map<string, TypeTally>, attributes: Attributes): TypeTally {
  const type = String(attributes[Attribute.ActorType]);
  let tally = types.get(type);
  if (tally === undefined) {
    const counts = Object.fromEntries([...COUNTS.values()].map((count) => [count, 0]));
    tally = {
      counts: counts as Record<Count, number>,
      asks: new LatencyHistogram(),
      askTimeouts: 0,
      messages: new Map(),
    };
    types.set(type, tally);
  }
  return tally;
}

function messageOf(types: Map<string, TypeTally>, attributes: Attributes): MessageTally {
  const { messages } = tallyOf(types, attributes);
  const key = `${attributes[Attribute.MessageType]} ${attributes[Attribute.MessageKind]}`;
  let tally = messages.get(key);
  if (tally === undefined) {
    const [wait, process] = [new LatencyHistogram(), new LatencyHistogram()];
    tally = { sent: 0, handled: 0, failed: 0, wait, process };
    messages.set(key, tally);
  }
  return tally;
}

function messageRow(key: string, { wait, process, ...counts }: MessageTally): MessageRow {
  const [messageType = "", kind = ""] = key.split(" ");
  return { messageType, kind, ...counts, wait: durationRow(wait), process: durationRow(process) };
}
