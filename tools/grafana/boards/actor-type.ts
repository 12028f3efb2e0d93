import { Outcome } from "../../../src/telemetry/attributes.ts";
import { type Board, line, numbers, type Row, tall } from "../board.ts";
import { keyedRow } from "../keyed-row.ts";
import { heatmap, lines, stat, table, Unit } from "../panels.ts";
import {
  bucketsOf,
  countOf,
  fullest,
  increase,
  Label,
  max,
  of,
  orZero,
  quantile,
  rate,
  share,
  sum,
  sumOf,
  WITH_ERROR,
} from "../promql.ts";
import { storageRow } from "../storage-row.ts";
import { logs } from "../trace-panels.ts";
import { typeVariable } from "../variables.ts";

const FAILED = `${Label.Outcome}="${Outcome.Error}"`;
const BY_TYPE = `{{${Label.Type}}}`;
const BY_MESSAGE = `{{${Label.Type}}}.{{${Label.Message}}}`;
const MESSAGE = [Label.Type, Label.Message];

const fine: Row = {
  title: "Is it fine?",
  lines: [
    numbers(
      stat({
        title: "Active",
        description: "Actors of the type that are alive now, in any state.",
        width: 3,
        unit: Unit.Count,
        queries: [{ expr: sum(of("Active")), legend: "active" }],
      }),
      stat({
        title: "Handled",
        description: "Messages whose handler has finished.",
        width: 3,
        unit: Unit.Messages,
        queries: [{ expr: sum(rate(of("Handled"))), legend: "handled" }],
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
        title: "Wait, p99",
        description: "99 % of messages waited at most this long in a mailbox.",
        width: 3,
        unit: Unit.Seconds,
        limits: { warn: 0.1, alarm: 1 },
        queries: [{ expr: quantile(0.99, "WaitDuration"), legend: "wait" }],
      }),
      stat({
        title: "Handling, p99",
        description: "99 % of handlers took at most this long, including awaits.",
        width: 3,
        unit: Unit.Seconds,
        limits: { warn: 1, alarm: 5 },
        queries: [{ expr: quantile(0.99, "ProcessDuration"), legend: "handling" }],
      }),
      stat({
        title: "Waiting now",
        description: "Messages in the mailboxes of the type.",
        width: 3,
        unit: Unit.Count,
        queries: [{ expr: sum(of("MailboxDepth")), legend: "messages" }],
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
        title: "Stuck now",
        description: "Handlers and hooks that have run longer than stuckAfterMs.",
        width: 3,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [{ expr: orZero(sum(of("ProcessStuck"))), legend: "stuck" }],
      }),
    ),
  ],
};

const time: Row = {
  title: "Where does the time go: waiting or handling?",
  lines: [
    line(
      heatmap({
        title: "Wait in the mailbox",
        description:
          "Distribution of the time that messages waited. If a dark band rises, the mailbox does not keep up.",
        width: 12,
        expr: bucketsOf("WaitDuration"),
      }),
      heatmap({
        title: "Handling time",
        description:
          "Distribution of handling times. Two bands mean two kinds of message, or a dependency that is sometimes slow.",
        width: 12,
        expr: bucketsOf("ProcessDuration"),
      }),
    ),
    line(
      lines({
        title: "Wait against handling",
        description:
          "If wait is above handling, add actors. If handling is above wait, make the handler faster.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          { expr: quantile(0.5, "WaitDuration"), legend: "wait p50" },
          { expr: quantile(0.95, "WaitDuration"), legend: "wait p95" },
          { expr: quantile(0.5, "ProcessDuration"), legend: "handling p50" },
          { expr: quantile(0.95, "ProcessDuration"), legend: "handling p95" },
        ],
      }),
      lines({
        title: "Handling time by message, p95",
        description: "95 % of handlers of each message took at most this long.",
        width: 8,
        unit: Unit.Seconds,
        queries: [{ expr: quantile(0.95, "ProcessDuration", ...MESSAGE), legend: BY_MESSAGE }],
      }),
      lines({
        title: "Ask round trip",
        description: "Wait, handling and reply, as measured by the caller. Timeouts are included.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          { expr: quantile(0.5, "AskDuration"), legend: "p50" },
          { expr: quantile(0.95, "AskDuration"), legend: "p95" },
          { expr: quantile(0.99, "AskDuration"), legend: "p99" },
        ],
      }),
    ),
    line(
      lines({
        title: "Messages waiting at any moment, on average",
        description:
          "Seconds of waiting per second. By Little's law this is the mean queue length.",
        width: 12,
        unit: Unit.Count,
        queries: [{ expr: sum(rate(sumOf("WaitDuration")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Handlers running at any moment, on average",
        description:
          "Seconds of handling per second. Near the number of actors, all actors are busy.",
        width: 12,
        unit: Unit.Count,
        queries: [
          {
            expr: sum(rate(sumOf("ProcessDuration")), Label.Type),
            legend: `${BY_TYPE} on average`,
          },
          { expr: sum(of("ProcessActive"), Label.Type), legend: `${BY_TYPE} at the scrape` },
        ],
      }),
    ),
  ],
};

const mailbox: Row = {
  title: "Does the mailbox keep up?",
  lines: [
    line(
      lines({
        title: "Depth",
        description: "All queued messages of the type, and those in its fullest mailbox.",
        width: 6,
        unit: Unit.Count,
        queries: [
          { expr: sum(of("MailboxDepth"), Label.Type), legend: `${BY_TYPE} in all` },
          { expr: max(of("MailboxMaxDepth"), Label.Type), legend: `${BY_TYPE} fullest` },
        ],
      }),
      lines({
        title: "Growth",
        description: "Messages per second by which the queues grow. Below zero, they shrink.",
        width: 6,
        unit: Unit.Messages,
        queries: [
          {
            expr: sum(`deriv(${of("MailboxDepth")}[$__rate_interval])`, Label.Type),
            legend: BY_TYPE,
          },
        ],
      }),
      lines({
        title: "Time to drain",
        description: "Time to empty the queues at the present rate if no more messages arrive.",
        width: 6,
        unit: Unit.Seconds,
        queries: [
          {
            expr: `${sum(of("MailboxDepth"), Label.Type)} / clamp_min(${sum(rate(of("Handled")), Label.Type)}, 0.001)`,
            legend: BY_TYPE,
          },
        ],
      }),
      lines({
        title: "Sent and handled",
        description:
          "If sent stays above handled, the queues grow. Refused messages count as sent.",
        width: 6,
        unit: Unit.Messages,
        queries: [
          { expr: sum(rate(of("Sent")), Label.Type), legend: `${BY_TYPE} sent` },
          { expr: sum(rate(of("Handled")), Label.Type), legend: `${BY_TYPE} handled` },
        ],
      }),
    ),
    line(
      lines({
        title: "Longest waiting message",
        description: "Age of the oldest message in a mailbox. The value is a lower bound.",
        width: 8,
        unit: Unit.Seconds,
        queries: [{ expr: max(of("OldestMessageAge"), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Handled by message",
        description: "Handled messages of the type, by message and kind.",
        width: 8,
        unit: Unit.Messages,
        queries: [
          {
            expr: sum(rate(of("Handled")), ...MESSAGE, Label.Kind),
            legend: `${BY_MESSAGE} {{${Label.Kind}}}`,
          },
        ],
      }),
      lines({
        title: "Refused by a full mailbox",
        description: "Messages that did not fit, by the error their senders received.",
        width: 8,
        unit: Unit.Messages,
        quiet: true,
        queries: [
          {
            expr: sum(rate(of("Rejected")), Label.Type, Label.Error),
            legend: `${BY_TYPE} {{${Label.Error}}}`,
          },
        ],
      }),
    ),
  ],
};

const TASK = [Label.Type, Label.TaskKind];
const BY_TASK = `{{${Label.Type}}} {{${Label.TaskKind}}}`;

const tasks: Row = {
  title: "What do its tasks do?",
  lines: [
    line(
      lines({
        title: "Tasks running",
        description:
          "Tasks that actors of the type run beside their handlers (c.spawnTask). A line that only rises is a leak.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("TaskActive"), ...TASK), legend: BY_TASK }],
      }),
      lines({
        title: "Task duration, p95",
        description: "95 % of tasks took at most this long.",
        width: 8,
        unit: Unit.Seconds,
        queries: [{ expr: quantile(0.95, "TaskDuration", ...TASK), legend: BY_TASK }],
      }),
      lines({
        title: "Tasks ended, and failed",
        description: "Above zero: tasks that ended. Below zero: those of them that failed.",
        width: 8,
        unit: Unit.PerSecond,
        below: [1],
        queries: [
          { expr: sum(rate(countOf("TaskDuration")), ...TASK), legend: BY_TASK },
          {
            expr: sum(rate(countOf("TaskDuration", WITH_ERROR)), ...TASK, Label.Error),
            legend: `${BY_TASK} {{${Label.Error}}}`,
            quiet: true,
          },
        ],
      }),
    ),
  ],
};

const why: Row = {
  title: "Why does it fail?",
  lines: [
    line(
      table({
        title: "Errors of handlers",
        description: "Errors thrown by handlers within the time range, by message.",
        width: 8,
        unit: Unit.Count,
        quiet: true,
        queries: [
          {
            expr: sum(increase(countOf("ProcessDuration", WITH_ERROR)), ...MESSAGE, Label.Error),
            legend: `${BY_MESSAGE} {{${Label.Error}}}`,
          },
        ],
      }),
      lines({
        title: "Failures by phase",
        description:
          "Failures handled by supervision: in a start, handler, task, timer or stop, or of a child.",
        width: 8,
        unit: Unit.PerSecond,
        quiet: true,
        queries: [
          {
            expr: sum(rate(of("Failures")), Label.Type, Label.Phase, Label.Error),
            legend: `${BY_TYPE} {{${Label.Phase}}} {{${Label.Error}}}`,
          },
        ],
      }),
      lines({
        title: "Stops by reason",
        description: "Actors of the type that ended, by reason.",
        width: 8,
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("Stopped")), Label.Type, Label.StopReason),
            legend: `${BY_TYPE} {{${Label.StopReason}}}`,
          },
        ],
      }),
    ),
    tall(
      logs({
        title: "Log lines of the type",
        description:
          "Log lines written by its actors, and by the runtime about them. Each line links to its trace.",
        width: 24,
        expr: '{service.name=~"$job"} actor_type:~"^($type)$"',
      }),
    ),
  ],
};

export const board: Board = {
  uid: "limelight-actor-type",
  title: "Actor type",
  description: "One or several actor types: latency, mailbox, tasks and failures.",
  variables: [typeVariable()],
  rows: [fine, time, mailbox, tasks, keyedRow, storageRow, why],
};
