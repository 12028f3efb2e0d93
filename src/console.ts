/**
 * The console of a process, and the types of its answers.
 *
 * @module limelight/console
 */
import "./base/node/require-node.ts";

export { type ConsoleOptions, DEFAULT_CONSOLE_PORT } from "./console/console-options.ts";
export { type Console, createConsole } from "./console/create-console.ts";
export { ProblemCode } from "./console/problem.ts";
export { type ConsoleLogStream, consoleLogStream } from "./console/record/log-stream.ts";
export { consoleSpanProcessor } from "./console/record/span-processor.ts";
export type { EndedSpan, TapProcessor } from "./telemetry/process-taps.ts";
export {
  type Action,
  type ActionResult,
  type ActorDetail,
  CONSOLE_VERSION,
  type Frame,
  type LogRow,
  type MetricPoint,
  type MetricRow,
  type Problem,
  type RingState,
  type SpanRow,
  type Summary,
  type SystemSummary,
  type TraceDetail,
  type TraceRow,
  type WaiterRow,
  type Waits,
  type Warnings,
} from "./wire/answers.ts";
export type {
  ClusterDeadLetterRow,
  ClusterDeadLetters,
  ClusterLogRow,
  ClusterMoveRow,
  ClusterNodeRow,
  ClusterRow,
  Clusters,
  CoordinatorRow,
  DeadLetterAction,
  DeadLetterActionResult,
  KeyPlacement,
  NodeTypeRow,
  PlacementDetail,
  PlacementList,
  PlacementRow,
} from "./wire/cluster.ts";
export { Condition } from "./wire/condition.ts";
export type {
  AwakeRow,
  ConnectionList,
  ConnectionRow,
  KeyAction,
  KeyActionResult,
  KeyDetail,
  KeyedRow,
  KeyedTypeRow,
  KeyList,
  KeyListRow,
  QueuedRow,
  QueueRow,
  ScheduleRow,
  ScheduleRunRow,
  SetAsideRow,
  StartupPhaseRow,
  StartupRow,
} from "./wire/keys.ts";
