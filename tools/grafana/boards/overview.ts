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
        description: "Processes with actors that have reported metrics within the last minutes.",
        width: 3,
        unit: Unit.Count,
        queries: [{ expr: `count(${of("Imbalances")})`, legend: "processes" }],
      }),
      stat({
        title: "Alerts firing",
        description:
          "Alerts that are firing in Prometheus. docs/operations.md explains what to do at each.",
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
        description: "Groups of actors that wait for each other and cannot continue.",
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
        description: "How full it is. At its limit, senders wait or are refused.",
        width: 3,
        unit: Unit.Share,
        limits: { warn: 0.5, alarm: 0.8 },
        queries: [{ expr: max(fullest()), legend: "filled" }],
      }),
      stat({
        title: "Longest wait now",
        description: "Age of the message that has waited longest. The value is a lower bound.",
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
        description: "Actors that are alive now. At any moment, this is started minus stopped.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("Active")), legend: "active" }],
      }),
      stat({
        title: "Started since the processes began",
        description:
          "Total of the running processes. A restart of an actor does not count as a start.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("Started")), legend: "started" }],
      }),
      stat({
        title: "Stopped since the processes began",
        description:
          "Total of the running processes. A restart of an actor does not count as a stop.",
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
        description:
          "Above zero: starts. Below zero: stops. Over a long time both sides are equal.",
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
        description: "Finished handlers, with any outcome.",
        width: 8,
        unit: Unit.Messages,
        toType: true,
        queries: [{ expr: sum(rate(of("Handled")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Queue depth by type",
        description:
          "Messages waiting in mailboxes. If the line keeps rising, more messages arrive than are handled.",
        width: 8,
        unit: Unit.Count,
        toType: true,
        queries: [{ expr: sum(of("MailboxDepth"), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Longest waiting message by type",
        description:
          "Age of the oldest message in a mailbox. A high value with a short queue means a stuck handler.",
        width: 8,
        unit: Unit.Seconds,
        toType: true,
        queries: [{ expr: max(of("OldestMessageAge"), Label.Type), legend: BY_TYPE }],
      }),
    ),
    line(
      lines({
        title: "Wait in the mailbox by type, p95",
        description: "95 % of messages waited at most this long in a mailbox.",
        width: 8,
        unit: Unit.Seconds,
        toType: true,
        queries: [{ expr: quantile(0.95, "WaitDuration", Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Handling time by type, p95",
        description: "95 % of handlers took at most this long, including awaits.",
        width: 8,
        unit: Unit.Seconds,
        toType: true,
        queries: [{ expr: quantile(0.95, "ProcessDuration", Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Ask round trip by type, p95",
        description:
          "From the call to the reply, as measured by the caller. Timeouts are included.",
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
          "Messages whose handler threw. Errors of asks go to the caller, errors of tells to supervision.",
        width: 8,
        unit: Unit.Messages,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(rate(of("Handled", FAILED)), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Failures by type",
        description:
          "Failures handled by supervision: of tells, tasks, timers, hooks and children.",
        width: 8,
        unit: Unit.PerSecond,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(rate(of("Failures")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Restarts by type",
        description:
          "Actors that restarted after a failure, including siblings that restarted with them.",
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
          "Messages that reached no handler. abandoned: an ask that timed out in the queue.",
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
        description: "Messages that did not fit. Their senders received an error.",
        width: 8,
        unit: Unit.Messages,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(rate(of("Rejected")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Deadlocks",
        description:
          "Current deadlocks, and those that formed within the time range, by the kind of wait.",
        width: 8,
        unit: Unit.Count,
        queries: [
          { expr: sum(of("DeadlockActive")), legend: "current" },
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
          "Log lines of level warn and above. The trace id of a line links to its trace.",
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
  description: "All actors of the selected services: their number, their load, and their failures.",
  variables: [typeVariable()],
  rows: [fine, actors, work, wrong, why],
};
