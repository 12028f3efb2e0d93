import { Outcome } from "../../../src/telemetry/attributes.ts";
import { type Board, line, numbers, type Row, tall } from "../board.ts";
import { PrometheusMetric } from "../foreign-metrics.ts";
import { lines, stat, Unit } from "../panels.ts";
import {
  fullest,
  increase,
  Label,
  max,
  of,
  orZero,
  quantile,
  rate,
  selectAny,
  share,
  sum,
} from "../promql.ts";
import { logs } from "../trace-panels.ts";
import { typeVariable } from "../variables.ts";

const FAILED = `${Label.Outcome}="${Outcome.Error}"`;
const BY_TYPE = `{{${Label.Type}}}`;

const fine: Row = {
  title: "Is it fine?",
  lines: [
    numbers(
      stat({
        title: "Processes reporting",
        description: "Processes with actors whose metrics have come within the last minutes.",
        width: 3,
        unit: Unit.Count,
        queries: [{ expr: `count(${of("Imbalances")})`, legend: "processes" }],
      }),
      stat({
        title: "Alerts firing",
        description:
          "Alerts that Prometheus fires now; docs/operations.md says what to do at each.",
        width: 3,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [
          {
            expr: orZero(`count(${selectAny(PrometheusMetric.Alerts, 'alertstate="firing"')})`),
            legend: "firing",
          },
        ],
      }),
      stat({
        title: "Deadlocks now",
        description: "Groups of actors that wait for each other and cannot go on.",
        width: 3,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [{ expr: sum(of("DeadlockActive")), legend: "deadlocks" }],
      }),
      stat({
        title: "Stuck handlers now",
        description: "Handlers and hooks that have run longer than their type's stuckAfterMs.",
        width: 3,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [{ expr: orZero(sum(of("ProcessStuck"))), legend: "stuck" }],
      }),
      stat({
        title: "Errors",
        description: "Share of the handled messages whose handler threw.",
        width: 3,
        unit: Unit.Share,
        limits: { warn: 0.01, alarm: 0.05 },
        queries: [
          {
            expr: share(orZero(sum(rate(of("Handled", FAILED)))), sum(rate(of("Handled")))),
            legend: "errors",
          },
        ],
      }),
      stat({
        title: "Fullest mailbox",
        description: "How full it is. At its limit senders wait, or are refused.",
        width: 3,
        unit: Unit.Share,
        limits: { warn: 0.5, alarm: 0.8 },
        queries: [{ expr: max(fullest()), legend: "filled" }],
      }),
      stat({
        title: "Longest wait now",
        description: "Age of the longest waiting message; it is at least this old.",
        width: 3,
        unit: Unit.Seconds,
        limits: { warn: 1, alarm: 10 },
        queries: [{ expr: max(of("OldestMessageAge")), legend: "age" }],
      }),
      stat({
        title: "Dead letters",
        description: "Messages that reached no handler, within the time range.",
        width: 3,
        unit: Unit.Count,
        limits: { warn: 1, alarm: 50 },
        queries: [{ expr: orZero(sum(increase(of("DeadLetters")))), legend: "dead letters" }],
      }),
    ),
  ],
};

const actors: Row = {
  title: "How many actors are there?",
  lines: [
    numbers(
      stat({
        title: "Active",
        description: "Actors alive now. Started less stopped, at any moment.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("Active")), legend: "active" }],
      }),
      stat({
        title: "Started since the processes began",
        description: "Total of the processes that run now; a restart of an actor is no start.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("Started")), legend: "started" }],
      }),
      stat({
        title: "Stopped since the processes began",
        description: "Total of the processes that run now; a restart of an actor is no stop.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: orZero(sum(of("Stopped"))), legend: "stopped" }],
      }),
    ),
    line(
      lines({
        title: "Active actors by type",
        description: "A line that only rises is a leak: actors of that type are never stopped.",
        width: 12,
        unit: Unit.Count,
        toType: true,
        queries: [{ expr: sum(of("Active"), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Started and stopped by type",
        description: "Starts above zero, stops below: in the long run both sides look the same.",
        width: 12,
        unit: Unit.PerSecond,
        below: [1],
        toType: true,
        queries: [
          { expr: sum(rate(of("Started")), Label.Type), legend: `${BY_TYPE} started` },
          { expr: sum(rate(of("Stopped")), Label.Type), legend: `${BY_TYPE} stopped` },
        ],
      }),
    ),
  ],
};

const work: Row = {
  title: "Does the work get through?",
  lines: [
    line(
      lines({
        title: "Messages handled by type",
        description: "Handlers that ended, whatever their outcome.",
        width: 8,
        unit: Unit.Messages,
        toType: true,
        queries: [{ expr: sum(rate(of("Handled")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Queue depth by type",
        description:
          "Messages that wait in mailboxes. Rising for long: more comes than is handled.",
        width: 8,
        unit: Unit.Count,
        toType: true,
        queries: [{ expr: sum(of("MailboxDepth"), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Longest waiting message by type",
        description: "Age of the oldest message in a mailbox: high with a short queue means stuck.",
        width: 8,
        unit: Unit.Seconds,
        toType: true,
        queries: [{ expr: max(of("OldestMessageAge"), Label.Type), legend: BY_TYPE }],
      }),
    ),
    line(
      lines({
        title: "Wait in the mailbox by type, p95",
        description: "95 of 100 messages waited at most so long for their turn.",
        width: 8,
        unit: Unit.Seconds,
        toType: true,
        queries: [{ expr: quantile(0.95, "WaitDuration", Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Handling time by type, p95",
        description: "95 of 100 handlers took at most so long, awaits included.",
        width: 8,
        unit: Unit.Seconds,
        toType: true,
        queries: [{ expr: quantile(0.95, "ProcessDuration", Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Ask round trip by type, p95",
        description: "From the call to the reply, as the caller saw it; time-outs count.",
        width: 8,
        unit: Unit.Seconds,
        toType: true,
        queries: [{ expr: quantile(0.95, "AskDuration", Label.Type), legend: BY_TYPE }],
      }),
    ),
  ],
};

const wrong: Row = {
  title: "What goes wrong?",
  lines: [
    line(
      lines({
        title: "Errors by type",
        description:
          "Messages whose handler threw. Of an ask the caller is told, of a tell supervision.",
        width: 8,
        unit: Unit.Messages,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(rate(of("Handled", FAILED)), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Failures by type",
        description:
          "Failures that supervision answered: of tells, tasks, timers, hooks and children.",
        width: 8,
        unit: Unit.PerSecond,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(rate(of("Failures")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Restarts by type",
        description:
          "Actors that began a new life after a failure, siblings that had to come along included.",
        width: 8,
        unit: Unit.PerSecond,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(rate(of("Restarts")), Label.Type), legend: BY_TYPE }],
      }),
    ),
    line(
      lines({
        title: "Dead letters by reason",
        description:
          "Messages that reached no handler. abandoned: an ask that had timed out in the queue.",
        width: 8,
        unit: Unit.Messages,
        quiet: true,
        queries: [
          {
            expr: sum(rate(of("DeadLetters")), Label.DeadLetterReason),
            legend: `{{${Label.DeadLetterReason}}}`,
          },
        ],
      }),
      lines({
        title: "Refused by full mailboxes, by type",
        description: "Messages that did not fit in; their senders got an error.",
        width: 8,
        unit: Unit.Messages,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(rate(of("Rejected")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Deadlocks",
        description:
          "Deadlocks there are, and those that formed within the time range, by what is waited for.",
        width: 8,
        unit: Unit.Count,
        queries: [
          { expr: sum(of("DeadlockActive")), legend: "there now" },
          {
            expr: sum(`increase(${of("Deadlocks")}[$__rate_interval])`, Label.DeadlockKind),
            legend: `formed: {{${Label.DeadlockKind}}}`,
          },
        ],
      }),
    ),
  ],
};

const why: Row = {
  title: "Why?",
  lines: [
    tall(
      logs({
        title: "Warnings and errors",
        description:
          "Log lines of level warn and above; the trace id of a line leads to its trace.",
        width: 24,
        quiet: true,
        expr: '{service.name=~"$job"} severity_number:>=13',
      }),
    ),
  ],
};

export const board: Board = {
  uid: "limelight-overview",
  title: "Overview",
  description: "All actors of the chosen services: how many, how busy, and what goes wrong.",
  variables: [typeVariable()],
  rows: [fine, actors, work, wrong, why],
};
