import type { Clock } from "../../base/clock.ts";
import type { ClusterViews } from "../../monitor/cluster/cluster-views.ts";
import type { KeyViews } from "../../monitor/keys/key-views.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { CoordinatorRequest } from "../protocol/place.ts";
import { MoveBook } from "./move-book.ts";
import { MoveSpread } from "./move-spread.ts";
import type { NodeFacts } from "./node-facts.ts";
import { SpreadKeyViews } from "./spread-key-views.ts";
import { ANSWER_TIMEOUT_MS, SystemClusterViews } from "./system-cluster-views.ts";
import { ViewDoor } from "./view-door.ts";

/** What a node gives its views. */
export interface ViewsParts {
  readonly session: EngineSession;
  readonly clock: Clock;
  /** Names the process. As a runner it has a further id, which is that of its facts. */
  readonly nodeId: string;
  /** How long a runner that is not heard of keeps its lease, in milliseconds. */
  readonly leaseTtlMs: number;
  /** Returns what viewers are told of this node now. */
  readonly facts: () => NodeFacts;
  /** The keyed actors of this process, and no others. */
  readonly keys: KeyViews;
  /** Asks the coordinator. Rejects with a `ClusterError` with the code of a refusal. */
  readonly ask: (request: CoordinatorRequest) => Promise<unknown>;
}

/** The views of a node: register `views` with `addClusterViews` and `keys` with `addKeyViews`. */
export interface OpenViews {
  readonly views: ClusterViews;
  /** The keyed actors of all nodes. */
  readonly keys: KeyViews;
  /** To be told the id of the runner that this process is; `undefined` while it is none. */
  readonly runnerIs: (runnerId: string | undefined) => void;
  /** To be told of each move that this node decides as the coordinator. */
  readonly moves: MoveBook;
  /** Ends the answers to other nodes. */
  stop(): void;
}

/** Opens what viewers of any node see of all nodes, and answers for this one. */
export function openViews(parts: ViewsParts): OpenViews {
  const { session, clock, nodeId, leaseTtlMs, facts, keys, ask } = parts;
  const selfId = (): string => facts().id;
  const moves = new MoveBook(selfId);
  const spread = new MoveSpread(session.bus, clock, moves);
  const door = new ViewDoor({ bus: session.bus, nodeId, facts, moves, keys });
  const views = new SystemClusterViews({ session, clock, nodeId, selfId, leaseTtlMs, moves, ask });
  const keysOfAll = new SpreadKeyViews({
    session,
    nodeId,
    selfId,
    local: keys,
    ask,
    nodes: () => views.overview(),
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
  });
  const stop = (): void => {
    spread.stop();
    door.stop();
  };
  const runnerIs = (runnerId: string | undefined): void => door.runnerIs(runnerId);
  return { views, keys: keysOfAll, moves, runnerIs, stop };
}
