import { ClusterMetrics } from "../../src/cluster/telemetry/cluster-metrics.ts";
import type { PointBook } from "../../src/telemetry/metrics/point-book.ts";

/** Records, once, everything that a node of a cluster records. Returns what has recorded it. */
export function moveClusterMetrics(book: PointBook): ClusterMetrics {
  const metrics = new ClusterMetrics(book);
  const { coordinator, runner, calls, engine } = metrics;
  coordinator.termIs(3);
  coordinator.elected();
  coordinator.runnersAre({ ready: 2, lost: 1 });
  coordinator.evictedAre({ unhealthy: 1 });
  coordinator.placementsAre({ running: 5, pending: 1 });
  coordinator.waitingAre(1);
  coordinator.eventsWaitingAre(2);
  coordinator.placed({ reason: "wanted", isMove: false });
  coordinator.placed({ reason: "runner_lost", isMove: true });
  coordinator.started("wanted", 20, undefined);
  coordinator.started("wanted", 20, "ERR_NO");
  coordinator.failedOver(16_000);
  coordinator.refused("ERR_PLACEMENT_OVERLOADED");
  coordinator.commandsSent(2, false);
  coordinator.commandsSent(1, true);
  coordinator.events("duplicate", 2);
  coordinator.eventApplied(5);
  coordinator.logIs("events", { messages: 4, oldestAgeMs: 1_500 });
  runner.joined(
    () => 7_000,
    () => 1,
  );
  runner.heartbeat(2, undefined);
  runner.heartbeat(1_000, "ERR_ENGINE_NO_REPLY");
  runner.fenced("runner", "lease_expired");
  runner.command("stale");
  runner.commandApplied(30);
  runner.demultiplexerIs(2, 3);
  runner.outboxIs(4);
  runner.events("stored", 2);
  runner.events("abandoned", 1);
  runner.deadLettered("commands");
  runner.drained("handed_over", 3);
  calls.active.client.add(1);
  calls.active.client.add(-1);
  calls.attempted("answered");
  calls.routed("known");
  calls.ended("client", "worker/fine", undefined, 2);
  calls.ended("client", "worker/fine", "ERR_RUNNER_LOST", 2);
  calls.ended("server", "worker/fine", undefined, 1);
  engine.connectedIs(true);
  engine.fault("consumer_renewed");
  engine.resolved("written");
  return metrics;
}
