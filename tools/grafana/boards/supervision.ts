import { ActorState, isAbnormal, StopReason } from "../../../src/telemetry/attributes.ts";
import { type Board, line, numbers, type Row, tall } from "../board.ts";
import { lines, stat, table, Unit } from "../panels.ts";
import {
  countOf,
  increase,
  Label,
  max,
  of,
  orZero,
  quantile,
  rate,
  sum,
  WITH_ERROR,
} from "../promql.ts";
import { logs, traceTable } from "../trace-panels.ts";
import { serviceVariable, typeVariable } from "../variables.ts";

const RESTARTING = `${Label.State}="${ActorState.Restarting}"`;
const ABNORMAL = `${Label.StopReason}=~"${Object.values(StopReason).filter(isAbnormal).join("|")}"`;
const BY_TYPE = `{{${Label.Type}}}`;

const fine: Row = {
  title: "Is it fine?",
  lines: [
    numbers(
      stat({
        title: "Deadlocks now",
        description: "Groups of actors that wait for each other and cannot continue.",
        width: 4,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [{ expr: sum(of("DeadlockActive")), legend: "deadlocks" }],
      }),
      stat({
        title: "Stuck handlers now",
        description: "Handlers and hooks that have run longer than their type's stuckAfterMs.",
        width: 4,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [{ expr: orZero(sum(of("ProcessStuck"))), legend: "stuck" }],
      }),
      stat({
        title: "Failures",
        description: "Failures handled by supervision within the time range.",
        width: 4,
        unit: Unit.Count,
        limits: { warn: 1, alarm: 100 },
        queries: [{ expr: orZero(sum(increase(of("Failures")))), legend: "failures" }],
      }),
      stat({
        title: "Restarts",
        description: "Restarts after failures, within the time range.",
        width: 4,
        unit: Unit.Count,
        limits: { warn: 1, alarm: 100 },
        queries: [{ expr: orZero(sum(increase(of("Restarts")))), legend: "restarts" }],
      }),
      stat({
        title: "Restarting now",
        description:
          "Actors between two lives: the old one ends, the back-off elapses, or the new one starts.",
        width: 4,
        unit: Unit.Count,
        limits: { warn: 1, alarm: 100 },
        queries: [{ expr: orZero(sum(of("Active", RESTARTING))), legend: "restarting" }],
      }),
      stat({
        title: "Ended abnormally",
        description:
          "Actors that were killed, reached their restart limit, failed to start, or were stopped by the end of a linked actor.",
        width: 4,
        unit: Unit.Count,
        limits: { warn: 1, alarm: 100 },
        queries: [{ expr: orZero(sum(increase(of("Stopped", ABNORMAL)))), legend: "ended" }],
      }),
    ),
  ],
};

const failures: Row = {
  title: "Who fails?",
  lines: [
    line(
      lines({
        title: "Failures by type",
        description:
          "Failures handled by supervision. Errors of asks go to the caller and are not included.",
        width: 8,
        unit: Unit.PerSecond,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(rate(of("Failures")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Failures by phase",
        description:
          "Phase in which the failure happened. child: a child gave up, so the failure began further down the tree.",
        width: 8,
        unit: Unit.PerSecond,
        quiet: true,
        queries: [{ expr: sum(rate(of("Failures")), Label.Phase), legend: `{{${Label.Phase}}}` }],
      }),
      table({
        title: "Failures by type, phase and error",
        description: "Number of failures within the time range, most frequent first.",
        width: 8,
        unit: Unit.Count,
        quiet: true,
        queries: [
          {
            expr: sum(increase(of("Failures")), Label.Type, Label.Phase, Label.Error),
            legend: `${BY_TYPE} {{${Label.Phase}}} {{${Label.Error}}}`,
          },
        ],
      }),
    ),
  ],
};

const answers: Row = {
  title: "What does supervision do about it?",
  lines: [
    line(
      lines({
        title: "Restarts by type",
        description:
          "Includes siblings that restart with the failed actor (one_for_all, rest_for_one).",
        width: 6,
        unit: Unit.PerSecond,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(rate(of("Restarts")), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Restarts by strategy",
        description: "Strategy of the parent. At the top of the tree it is one_for_one.",
        width: 6,
        unit: Unit.PerSecond,
        quiet: true,
        queries: [
          { expr: sum(rate(of("Restarts")), Label.Strategy), legend: `{{${Label.Strategy}}}` },
        ],
      }),
      lines({
        title: "Restarting, or backing off",
        description:
          "Actors between two lives. Their messages wait. If the value stays high, back-off has grown.",
        width: 6,
        unit: Unit.Count,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(of("Active", RESTARTING), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Length of a restart, back-off included",
        description:
          "By Little's law: restarting actors divided by restarts per second. The value is coarse when restarts are rare.",
        width: 6,
        unit: Unit.Seconds,
        toType: true,
        quiet: true,
        queries: [
          {
            expr: `${sum(`avg_over_time(${of("Active", RESTARTING)}[$__rate_interval])`, Label.Type)} / (${sum(rate(of("Restarts")), Label.Type)} > 0)`,
            legend: BY_TYPE,
          },
        ],
      }),
    ),
    line(
      lines({
        title: "Abnormal ends by reason",
        description:
          "failed: a restart limit was reached, or supervision stopped the actor. link_died: a linked actor ended.",
        width: 12,
        unit: Unit.PerSecond,
        quiet: true,
        queries: [
          {
            expr: sum(rate(of("Stopped", ABNORMAL)), Label.Type, Label.StopReason),
            legend: `${BY_TYPE} {{${Label.StopReason}}}`,
          },
        ],
      }),
      lines({
        title: "Dead letters by type and reason",
        description: "Messages that reached no handler, for example because their actor had ended.",
        width: 12,
        unit: Unit.Messages,
        toType: true,
        quiet: true,
        queries: [
          {
            expr: sum(rate(of("DeadLetters")), Label.Type, Label.DeadLetterReason),
            legend: `${BY_TYPE} {{${Label.DeadLetterReason}}}`,
          },
        ],
      }),
    ),
  ],
};

const waits: Row = {
  title: "Who waits?",
  lines: [
    line(
      lines({
        title: "Current deadlocks",
        description: "Ask timeouts end most deadlocks. Those that remain are permanent.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("DeadlockActive"), "instance"), legend: "{{instance}}" }],
      }),
      lines({
        title: "Deadlocks formed, by what is waited for",
        description:
          "ask: waits for replies. mailbox: waits for mailbox space. lifecycle: waits for a start, a stop or a task. self: an actor's ask to itself, which was rejected.",
        width: 8,
        unit: Unit.PerSecond,
        quiet: true,
        queries: [
          {
            expr: sum(rate(of("Deadlocks")), Label.DeadlockKind),
            legend: `{{${Label.DeadlockKind}}}`,
          },
        ],
      }),
      lines({
        title: "Stuck handlers by type",
        description: "The log line actor.handler.stuck says what each handler waits for.",
        width: 8,
        unit: Unit.Count,
        toType: true,
        quiet: true,
        queries: [{ expr: sum(of("ProcessStuck"), Label.Type), legend: BY_TYPE }],
      }),
    ),
    line(
      lines({
        title: "Handlers running by type",
        description:
          "A flat line above zero while no messages are handled means that all handlers are waiting.",
        width: 6,
        unit: Unit.Count,
        toType: true,
        queries: [{ expr: sum(of("ProcessActive"), Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Ask round trip by type, p99",
        description:
          "A value near the timeout of 5 s means that callers wait for actors that do not reply.",
        width: 6,
        unit: Unit.Seconds,
        toType: true,
        queries: [{ expr: quantile(0.99, "AskDuration", Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Failed asks by type and error",
        description:
          "ERR_ASK_TIMEOUT: no reply arrived in time. Other errors were thrown by the handler.",
        width: 6,
        unit: Unit.PerSecond,
        quiet: true,
        queries: [
          {
            expr: sum(rate(countOf("AskDuration", WITH_ERROR)), Label.Type, Label.Error),
            legend: `${BY_TYPE} {{${Label.Error}}}`,
          },
        ],
      }),
      lines({
        title: "Longest waiting message by type",
        description: "Messages that wait behind a handler that does not finish.",
        width: 6,
        unit: Unit.Seconds,
        toType: true,
        queries: [{ expr: max(of("OldestMessageAge"), Label.Type), legend: BY_TYPE }],
      }),
    ),
  ],
};

const EVENTS = [
  "actor.failed",
  "actor.restarted",
  "actor.dead_letter",
  "actor.mailbox.full",
  "actor.stop.overdue",
  "actor.deadlock.detected",
  "actor.deadlock.resolved",
  "actor.handler.stuck",
  "actor.warning",
];

const why: Row = {
  title: "Why?",
  lines: [
    tall(
      traceTable({
        title: "Deadlocks as traces",
        description:
          "Traces of the selected service with a span named deadlock: one for each deadlock, with links to the affected requests.",
        width: 8,
        quiet: true,
        find: { operation: "deadlock" },
      }),
      logs({
        title: "What the runtime says",
        description:
          "Log lines of failures with their error, deadlocks with their members, and stuck handlers with their cause.",
        width: 16,
        quiet: true,
        expr: `{service.name=~"$job"} event:in(${EVENTS.map((event) => `"${event}"`).join(", ")})`,
      }),
    ),
  ],
};

export const board: Board = {
  uid: "limelight-supervision",
  title: "Supervision and waits",
  description: "Failures and how supervision handles them; actors that wait without end.",
  variables: [typeVariable(), serviceVariable()],
  rows: [fine, failures, answers, waits, why],
};
