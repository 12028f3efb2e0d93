import cluster from "node:cluster";
import { isInternalThread, isMainThread } from "node:worker_threads";

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
  /** A thread of Node's own, such as the one for module hooks: nothing. */
  Internal: "internal",
} as const;
export type ProcessRole = (typeof ProcessRole)[keyof typeof ProcessRole];

/** The role of the running process or thread. */
export function currentRole(): ProcessRole {
  if (isInternalThread) return ProcessRole.Internal;
  if (!isMainThread) return ProcessRole.Worker;
  return cluster.isWorker ? ProcessRole.ClusterChild : ProcessRole.Main;
}
