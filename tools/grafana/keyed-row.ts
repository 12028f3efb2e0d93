import { line, type Row } from "./board.ts";
import { lines, Unit } from "./panels.ts";
import { countOf, Label, of, quantile, rate, sum } from "./promql.ts";

const PHASE = `{{${Label.StartupPhase}}} {{${Label.StartupOwner}}}`;

/** Why keyed actors are awake, how they start and end, and what they store. */
export const keyedRow: Row = {
  title: "Keyed actors: why are they awake, and how do they start?",
  lines: [
    line(
      lines({
        title: "Awake keyed actors by reason",
        description:
          "The first reason that keeps each of them awake. Idle ones sleep after `idleMs` of their type.",
        width: 8,
        unit: Unit.Count,
        stack: true,
        queries: [
          { expr: sum(of("Awake"), Label.AwakeReason), legend: `{{${Label.AwakeReason}}}` },
        ],
      }),
      lines({
        title: "Starts of keyed actors",
        description:
          "Starts by outcome. Many starts of few keys mean that `idleMs` is short for their traffic.",
        width: 8,
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(countOf("StartupDuration")), Label.IsNew, Label.Outcome),
            legend: `new {{${Label.IsNew}}} {{${Label.Outcome}}}`,
          },
        ],
      }),
      lines({
        title: "Time of a start, p95",
        description:
          "From the request on, including the wait for admission and for the previous activation.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantile(0.95, "StartupDuration", Label.Type, Label.IsNew),
            legend: `{{${Label.Type}}} new {{${Label.IsNew}}}`,
          },
        ],
      }),
    ),
    line(
      lines({
        title: "Steps of a start, p95",
        description: "Steps that take the time. The owner tells the runtime's code from yours.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantile(0.95, "StartupPhaseDuration", Label.StartupPhase, Label.StartupOwner),
            legend: PHASE,
          },
        ],
      }),
      lines({
        title: "Round trips of a start, p95",
        description: "Calls to the store that a start waited for: at most two are expected.",
        width: 8,
        unit: Unit.Count,
        queries: [
          {
            expr: quantile(0.95, "StartupRoundTrips", Label.Type),
            legend: `{{${Label.Type}}}`,
          },
        ],
      }),
      lines({
        title: "Work that waits in keyed actors",
        description:
          "Messages (dispatch), requested sleeps and destroys (lifecycle), requested commits (lifecycle_event).",
        width: 8,
        unit: Unit.Count,
        queries: [
          { expr: sum(of("InboxDepth"), Label.Inbox), legend: `{{${Label.Inbox}}}` },
          {
            expr: sum(of("KeepAwakeActive"), Label.KeepAwakeKind),
            legend: `holds {{${Label.KeepAwakeKind}}}`,
          },
        ],
      }),
    ),
    line(
      lines({
        title: "Size of stored states, p95",
        description: "A save turns the whole state into text: large states make every save slower.",
        width: 8,
        unit: Unit.Bytes,
        queries: [{ expr: quantile(0.95, "StateSize", Label.Type), legend: `{{${Label.Type}}}` }],
      }),
      lines({
        title: "Time of a save, p95",
        description:
          "Replies of asks that changed something wait for it. Below zero: saves that the store is slow to answer.",
        width: 8,
        unit: Unit.Seconds,
        below: [1],
        queries: [
          {
            expr: quantile(0.95, "StateSaveDuration", Label.Type, Label.SaveOutcome),
            legend: `{{${Label.Type}}} {{${Label.SaveOutcome}}}`,
          },
          {
            expr: sum(rate(of("StateSaveSlow")), Label.Type),
            legend: `slow {{${Label.Type}}}`,
            quiet: true,
          },
        ],
      }),
      lines({
        title: "Time to end a keyed actor, p95",
        description:
          "Drain, save and `onSleep`, by why it ended. Below zero: ends past the deadline.",
        width: 8,
        unit: Unit.Seconds,
        below: [1],
        queries: [
          {
            expr: quantile(0.95, "ShutdownDuration", Label.StopReason),
            legend: `{{${Label.StopReason}}}`,
          },
          {
            expr: sum(rate(of("ShutdownTimeouts")), Label.StopReason),
            legend: `past the deadline {{${Label.StopReason}}}`,
            quiet: true,
          },
        ],
      }),
    ),
    line(
      lines({
        title: "Time of SQL statements, p95",
        description: "Without waiting. Slow ones need an index; each is logged as a warning.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantile(0.95, "SqliteDuration", Label.Type, Label.StatementClass),
            legend: `{{${Label.Type}}} {{${Label.StatementClass}}}`,
          },
        ],
      }),
      lines({
        title: "SQL statements",
        description: "Statements of `c.db` by class and outcome.",
        width: 8,
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("SqliteStatements")), Label.StatementClass, Label.Outcome),
            legend: `{{${Label.StatementClass}}} {{${Label.Outcome}}}`,
          },
        ],
      }),
      lines({
        title: "SQL workers and their queue",
        description: "Workers that run a statement, and statements that wait for one.",
        width: 8,
        unit: Unit.Count,
        queries: [
          { expr: sum(of("SqliteWorkerActive"), Label.Type), legend: `running {{${Label.Type}}}` },
          { expr: sum(of("SqliteQueueDepth"), Label.Type), legend: `waiting {{${Label.Type}}}` },
        ],
      }),
    ),
    line(
      lines({
        title: "Schedules of keyed actors",
        description: "Runs by outcome, and the schedules of the actors that are awake.",
        width: 8,
        unit: Unit.Count,
        queries: [
          { expr: sum(of("ScheduleActive"), Label.Type), legend: `set {{${Label.Type}}}` },
          {
            expr: sum(rate(of("ScheduleRuns")), Label.ScheduleOutcome),
            legend: `runs per second {{${Label.ScheduleOutcome}}}`,
          },
        ],
      }),
      lines({
        title: "Lateness of schedules of keyed actors, p95",
        description:
          "From the time a schedule is due until its handler begins, including the start of the actor.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          { expr: quantile(0.95, "ScheduleLateness", Label.Type), legend: `{{${Label.Type}}}` },
        ],
      }),
      lines({
        title: "Queues of keyed actors",
        description:
          "Messages in the queues of awake actors; stored, handed out, and set aside after too many attempts, per second.",
        width: 8,
        unit: Unit.Count,
        queries: [
          { expr: sum(of("QueueDepth"), Label.Type), legend: `depth {{${Label.Type}}}` },
          { expr: sum(rate(of("QueueSent")), Label.Type), legend: `sent {{${Label.Type}}}` },
          {
            expr: sum(rate(of("QueueReceived")), Label.Type),
            legend: `received {{${Label.Type}}}`,
          },
          {
            expr: sum(rate(of("QueueSetAside")), Label.Type),
            legend: `set aside {{${Label.Type}}}`,
          },
        ],
      }),
    ),
    line(
      lines({
        title: "Ends of keyed actors by reason",
        description:
          "Why they went to sleep or were removed. Many evicted ones mean that `maxResident` is small.",
        width: 8,
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(countOf("ShutdownDuration")), Label.StopReason),
            legend: `{{${Label.StopReason}}}`,
          },
        ],
      }),
      lines({
        title: "Tasks that an end waits for",
        description: "Tasks still running of actors that are going to sleep or being destroyed.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("ShutdownTaskActive"), Label.Type), legend: `{{${Label.Type}}}` }],
      }),
      lines({
        title: "Connections and HTTP requests of keyed actors",
        description:
          "Open connections, those that were asked for per second, by outcome, and requests being answered.",
        width: 8,
        unit: Unit.Count,
        queries: [
          { expr: sum(of("ConnectionActive")), legend: "open connections" },
          {
            expr: sum(rate(of("Connections")), Label.ConnectionOutcome),
            legend: `{{${Label.ConnectionOutcome}}} per second`,
          },
          { expr: sum(of("HttpRequestActive")), legend: "HTTP requests" },
        ],
      }),
    ),
  ],
};
