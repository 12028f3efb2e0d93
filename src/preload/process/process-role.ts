import cluster from "node:cluster";
import * as threads from "node:worker_threads";
import { isLauncher } from "./launcher.ts";

/**
 * Kind of process in which the preload runs. Node runs preloads again in every worker thread and every child
 * of `cluster`, where a second server on the same port would conflict or mix up two processes.
 *
 * @enum
 */
export const ProcessRole = {
  /** Everything is started: traces, metrics, the port, signal handling. */
  Main: "main",
  /**
   * A child of `cluster`: everything but the port. Node would share one port among the children, so that
   * scrapes would reach one child after another and counters would jump.
   */
  ClusterChild: "cluster_child",
  /**
   * A worker thread: traces (and OTLP metrics if configured), started when code in the worker first requests
   * a tracer. Workers that never do, such as a logger's, have no cost. Signals are not delivered to workers.
   */
  Worker: "worker",
  /** npm or another program that only starts the application: nothing is started. */
  Launcher: "launcher",
  /** A thread internal to Node, such as the one for module hooks: nothing is started. */
  Internal: "internal",
} as const;
export type ProcessRole = (typeof ProcessRole)[keyof typeof ProcessRole];

/** Returns the role of the running process or thread. */
export function currentRole(): ProcessRole {
  // Not a named import: a Node version without it would fail to load before reporting that it is too old.
  if (threads.isInternalThread) return ProcessRole.Internal;
  if (!threads.isMainThread) return ProcessRole.Worker;
  if (isLauncher(process.argv[1])) return ProcessRole.Launcher;
  return cluster.isWorker ? ProcessRole.ClusterChild : ProcessRole.Main;
}
