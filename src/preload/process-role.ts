import cluster from "node:cluster";
import * as threads from "node:worker_threads";
import { isLauncher } from "./launcher.ts";

/**
 * Which kind of process the preload finds itself in. Node runs preloads again in every worker thread and
 * every child of `cluster`, where a second server on the same port would clash or mix up two processes.
 */
export const ProcessRole = {
  /** Everything: traces, metrics, the port, signals. */
  Main: "main",
  /**
   * A child of `cluster`: all but the port. Node would share one port among the children, so that scrapes
   * of it hit one child after another and counters jump.
   */
  ClusterChild: "cluster_child",
  /**
   * A worker thread: traces (and OTLP metrics when asked for), from the first time that code in the
   * worker asks for a tracer. Workers that never do, such as a logger's, pay nothing. Signals never
   * arrive in workers.
   */
  Worker: "worker",
  /** npm or another program that only starts the application: nothing. */
  Launcher: "launcher",
  /** A thread of Node's own, such as the one for module hooks: nothing. */
  Internal: "internal",
} as const;
export type ProcessRole = (typeof ProcessRole)[keyof typeof ProcessRole];

/** The role of the running process or thread. */
export function currentRole(): ProcessRole {
  // Not imported by name: an old Node, which lacks it, could not even say that it is too old.
  if (threads.isInternalThread) return ProcessRole.Internal;
  if (!threads.isMainThread) return ProcessRole.Worker;
  if (isLauncher(process.argv[1])) return ProcessRole.Launcher;
  return cluster.isWorker ? ProcessRole.ClusterChild : ProcessRole.Main;
}
