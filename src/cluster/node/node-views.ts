import { hostname } from "node:os";
import { pid } from "node:process";
import type { ActorHost } from "../../activation/hosting/actor-host.ts";
import type { Clock } from "../../base/clock.ts";
import type { KeyViews } from "../../monitor/keys/key-views.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { CoordinatorRequest } from "../protocol/place.ts";
import type { RunnerStatus } from "../protocol/runner-record.ts";
import { PROTOCOL_RANGE } from "../protocol/versions.ts";
import type { CoordinatorClient } from "../routing/coordinator-client.ts";
import type { CoordinatorFacts, NodeFacts } from "../views/node-facts.ts";
import { type OpenViews, openViews } from "../views/open-views.ts";
import type { ClusterSettings } from "./cluster-options.ts";

/** What a node is shown by. */
export interface NodeViewsParts {
  readonly settings: ClusterSettings;
  readonly nodeId: string;
  readonly session: EngineSession;
  readonly clock: Clock;
  readonly hosted: Pick<ActorHost, "types" | "running">;
  /** The keyed actors of this process. */
  readonly keys: KeyViews;
  readonly coordinator: Pick<CoordinatorClient, "place" | "signal">;
  /** Returns how this process is as a runner; `undefined` of a client. */
  readonly runner: () => RunnerFacts | undefined;
  /** Returns what this process knows as the coordinator; `undefined` while it is not. */
  readonly leading: () => CoordinatorFacts | undefined;
}

/** How a process is as a runner. */
interface RunnerFacts {
  /** `undefined` while it has not joined. */
  readonly id: string | undefined;
  readonly status: RunnerStatus;
  readonly leaseRemainingMs: number | undefined;
  readonly healthScore: number;
}

/** Opens what viewers of this process see of the cluster, and what viewers of others see of this process. */
export function openNodeViews(parts: NodeViewsParts): OpenViews {
  const { settings, session, clock, nodeId, keys, coordinator } = parts;
  const joinedAtMs = clock.epochMs();
  return openViews({
    session,
    clock,
    nodeId,
    leaseTtlMs: settings.timings.leaseTtlMs,
    keys,
    facts: () => factsOf(parts, joinedAtMs),
    ask: async (request) => await ask(coordinator, request),
  });
}

function factsOf(parts: NodeViewsParts, joinedAtMs: number): NodeFacts {
  const { settings, nodeId } = parts;
  const runner = parts.runner();
  const coordinator = parts.leading();
  const counts = new Map<string, number>([...parts.hosted.types()].map((type) => [type, 0]));
  let actors = 0;
  for (const { owner } of parts.hosted.running()) {
    actors += 1;
    counts.set(owner.type, (counts.get(owner.type) ?? 0) + 1);
  }
  return {
    id: runner?.id ?? nodeId,
    name: settings.name,
    role: runner === undefined ? "client" : "runner",
    status: runner?.status,
    leaseRemainingMs: runner?.leaseRemainingMs,
    healthScore: runner?.healthScore ?? 0,
    actors,
    capacity: settings.capacity,
    types: [...counts].sort().map(([type, running]) => ({ type, actors: running })),
    labels: settings.labels,
    joinedAtMs,
    host: hostname(),
    pid,
    protocol: PROTOCOL_RANGE,
    ...(coordinator === undefined ? {} : { coordinator }),
  };
}

async function ask(
  coordinator: NodeViewsParts["coordinator"],
  request: CoordinatorRequest,
): Promise<unknown> {
  const { address, waitMs } = request;
  switch (request.kind) {
    case "place": {
      const { reason, input } = request;
      const wanted = { reason, waitMs, trace: {} };
      return await coordinator.place(address, input === undefined ? wanted : { ...wanted, input });
    }
    case "signal": {
      const { signal, data } = request;
      const sent = { signal, waitMs, trace: {} };
      return await coordinator.signal(address, data === undefined ? sent : { ...sent, data });
    }
  }
}
