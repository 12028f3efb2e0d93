import { Outcome } from "../../../src/telemetry/attributes.ts";
import { type Board, line, numbers, type Row, tall } from "../board.ts";
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
        description: "Actors of the type alive now, in whatever state.",
        width: 3,
        unit: Unit.Count,
        queries: [{ expr: sum(of("Active")), legend: "active" }],
      }),
      stat({
        title: "Handled",
        description: "Messages whose handler ended.",
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
        description: "99 of 100 messages waited at most so long in a mailbox.",
        width: 3,
        unit: Unit.Seconds,
        limits: { warn: 0.1, alarm: 1 },
        queries: [{ expr: quantile(0.99, "WaitDuration"), legend: "wait" }],
      }),
      stat({
        title: "Handling, p99",
        description: "99 of 100 handlers took at most so long, awaits included.",
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
        description: "How full it is. At its limit senders wait, or are refused.",
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
          "How long messages waited. A dark band that climbs: the mailbox does not keep up.",
        width: 12,
        expr: bucketsOf("WaitDuration"),
      }),
      heatmap({
        title: "Handling time",
        description:
          "How long handlers took. Two bands: two kinds of message, or a slow dependency at times.",
        width: 12,
        expr: bucketsOf("ProcessDuration"),
      }),
    ),
    line(
      lines({
        title: "Wait against handling",
        description:
          "Wait above handling: add actors. Handling above wait: make the handler faster.",
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
        description: "Which message is the slow one.",
        width: 8,
        unit: Unit.Seconds,
        queries: [{ expr: quantile(0.95, "ProcessDuration", ...MESSAGE), legend: BY_MESSAGE }],
      }),
      lines({
        title: "Ask round trip",
        description: "Wait, handling and reply together, as the caller saw it; time-outs count.",
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
          "Seconds of waiting that fall into each second; by Little's law the mean queue length.",
        width: 12,
        unit: Unit.Count,
        queries: [{ expr: sum(rate(sumOf("WaitDuration")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Handlers running at any moment, on average",
        description:
          "Seconds of handling that fall into each second: near the number of actors, all are busy.",
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
        description: "All waiting messages of the type, and those of its fullest mailbox.",
        width: 6,
        unit: Unit.Count,
        queries: [
          { expr: sum(of("MailboxDepth"), Label.Type), legend: `${BY_TYPE} in all` },
          { expr: max(of("MailboxMaxDepth"), Label.Type), legend: `${BY_TYPE} fullest` },
        ],
      }),
      lines({
        title: "Growth",
        description: "By how many messages the queues grow each second; below zero they shrink.",
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
        description: "How long the queues would take at the present rate if nothing more came.",
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
        description: "Sent above handled for long means growth; refused messages count as sent.",
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
        description: "Age of the oldest message in a mailbox; it is at least this old.",
        width: 8,
        unit: Unit.Seconds,
        queries: [{ expr: max(of("OldestMessageAge"), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Handled by message",
        description: "What the type is busy with, by message and kind.",
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
        description: "Messages that did not fit in, by the error their senders got.",
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
          "What actors of the type do beside their handlers (c.spawnTask). Only rising is a leak.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("TaskActive"), ...TASK), legend: BY_TASK }],
      }),
      lines({
        title: "Task duration, p95",
        description: "95 of 100 tasks took at most so long.",
        width: 8,
        unit: Unit.Seconds,
        queries: [{ expr: quantile(0.95, "TaskDuration", ...TASK), legend: BY_TASK }],
      }),
      lines({
        title: "Tasks ended, and failed",
        description: "Ended tasks above zero, failed ones among them below.",
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
        description: "Which message failed with what, within the time range.",
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
          "What supervision had to answer: in a start, handler, task, timer, stop, or of a child.",
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
        description: "How actors of the type came to their end.",
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
          "What its actors have written, and the runtime about them; a line leads to its trace.",
        width: 24,
        expr: '{service.name=~"$job"} actor_type:~"^($type)$"',
      }),
    ),
  ],
};

export const board: Board = {
  uid: "limelight-actor-type",
  title: "Actor type",
  description: "One type of actor, or some: latency, mailbox, tasks and failures.",
  variables: [typeVariable()],
  rows: [fine, time, mailbox, tasks, why],
};
