import { LimelightError } from "../../base/errors.ts";
import type {
  KeyOperation,
  KeyPage,
  KeyQuery,
  KeyReading,
  KeyViews,
} from "../../monitor/keys/key-views.ts";
import type { ClusterRow } from "../../wire/cluster.ts";
import type { ConnectionList, KeyedTypeRow, StartupRow } from "../../wire/keys.ts";
import { hasRunner } from "../codec/placement-codec.ts";
import type { EngineSession } from "../engine/engine.ts";
import { addressOf } from "../protocol/address.ts";
import type { CoordinatorRequest } from "../protocol/place.ts";
import { PlacementReason, type PlacementRecord } from "../protocol/placement-record.ts";
import { askNode } from "./ask-nodes.ts";
import { readable } from "./placement-pages.ts";

/** What the keyed actors of a cluster are shown with. */
export interface SpreadKeyViewsParts {
  readonly session: Pick<EngineSession, "placements" | "bus">;
  readonly nodeId: string;
  /** Returns the id of this process as a runner, if it is one. */
  readonly selfId: () => string;
  /** The keyed actors of this process. */
  readonly local: KeyViews;
  /** Asks the coordinator. Rejects with the code of a refusal. */
  readonly ask: (request: CoordinatorRequest) => Promise<unknown>;
  readonly nodes: () => Promise<Pick<ClusterRow, "nodes">>;
  readonly answerTimeoutMs: number;
}

/** How long an operation on an actor of another node may take. */
const OPERATION_TIMEOUT_MS = 10_000;
/** Placements that are read at a time for a page of keys. */
const READS_AT_A_TIME = 32;

/**
 * The keyed actors of all nodes for viewers. What is stored is read here; what only the runner of an actor knows is asked
 * of it, and missing if it does not answer. Operations go to the runner that has the actor.
 */
export class SpreadKeyViews implements KeyViews {
  readonly #parts: SpreadKeyViewsParts;

  constructor(parts: SpreadKeyViewsParts) {
    this.#parts = parts;
  }

  defines(type: string): boolean {
    return this.#parts.local.defines(type);
  }

  startOf(actorId: string): StartupRow | undefined {
    return this.#parts.local.startOf(actorId);
  }

  async types(): Promise<readonly Omit<KeyedTypeRow, "system">[]> {
    const { local, nodes } = this.#parts;
    const selfId = this.#parts.selfId();
    const [rows, cluster] = await Promise.all([local.types(), nodes()]);
    const elsewhere = new Map<string, number>();
    for (const node of cluster.nodes) {
      if (node.id === selfId) continue;
      for (const { type, actors } of node.types) {
        elsewhere.set(type, (elsewhere.get(type) ?? 0) + (actors ?? 0));
      }
    }
    return rows.map((row) => {
      const others = elsewhere.get(row.type) ?? 0;
      const defined = row.defined || elsewhere.has(row.type);
      const asleep = Math.max(0, row.asleep - others);
      return { ...row, defined, awake: row.awake + others, asleep };
    });
  }

  async list(query: KeyQuery): Promise<KeyPage> {
    const { state } = query;
    const page = await this.#parts.local.list({ ...query, state: undefined });
    const keys: KeyPage["keys"][number][] = [];
    for (let from = 0; from < page.keys.length; from += READS_AT_A_TIME) {
      const some = page.keys.slice(from, from + READS_AT_A_TIME);
      keys.push(...(await Promise.all(some.map((row) => this.#located(row)))));
    }
    const wanted = keys.filter(({ awake }) => state === undefined || awake === (state === "awake"));
    return { keys: wanted, cursor: page.cursor };
  }

  async read(type: string, key: string): Promise<KeyReading | undefined> {
    const { local, selfId } = this.#parts;
    const [reading, record] = await Promise.all([local.read(type, key), this.#record(type, key)]);
    if (reading === undefined || record === undefined) return reading;
    const { runnerId = null, status, reason, sinceMs: sinceAtMs } = record;
    const isElsewhere = runnerId !== null && runnerId !== selfId();
    const theirs = isElsewhere ? await this.#askKey(runnerId, type, key) : undefined;
    const reachable = !isElsewhere || theirs !== undefined;
    const awake = runnerId !== null;
    return {
      ...reading,
      ...(isElsewhere ? { actor: theirs?.actor ?? null, start: theirs?.start ?? null } : {}),
      key: { ...reading.key, awake, ...(runnerId === null ? {} : { runnerId }) },
      placement: { runnerId, status, reason, sinceAtMs, reachable },
    };
  }

  async connections(type: string, key: string, limit: number): Promise<ConnectionList | undefined> {
    const { local, session, selfId, answerTimeoutMs } = this.#parts;
    const runnerId = (await this.#record(type, key))?.runnerId;
    if (runnerId === undefined || runnerId === selfId()) return local.connections(type, key, limit);
    const question = { kind: "connections", type, key, limit } as const;
    const answer = await askNode(session.bus, runnerId, question, answerTimeoutMs);
    return answer as ConnectionList | undefined; // data of viewers, shown as it is
  }

  async perform(operation: KeyOperation): Promise<boolean | undefined> {
    const { local, nodeId } = this.#parts;
    const { type, key } = operation;
    const record = await this.#record(type, key);
    if (record?.runnerId !== undefined) return this.#performAt(record.runnerId, operation);
    if ((await local.read(type, key)) === undefined) return undefined;
    switch (operation.action) {
      case "sleep":
        return false;
      case "close_connection":
        return undefined;
      case "destroy":
        await this.#parts.ask({
          kind: "signal",
          from: nodeId,
          address: addressOf({ type, keyText: key }),
          signal: "destroy",
          waitMs: OPERATION_TIMEOUT_MS,
        });
        return false;
      case "wake":
      case "cancel_schedule":
      case "run_schedule":
      case "requeue":
        return await this.#performAt(await this.#place(type, key), operation);
    }
  }

  async #performAt(runnerId: string, operation: KeyOperation): Promise<boolean | undefined> {
    const { local, session, selfId } = this.#parts;
    if (runnerId === selfId()) return await local.perform(operation);
    const question = { kind: "operate", operation } as const;
    const answer = await askNode(session.bus, runnerId, question, OPERATION_TIMEOUT_MS);
    return typeof answer === "boolean" ? answer : undefined;
  }

  /** Returns the runner that an actor that was nowhere was placed on. */
  async #place(type: string, key: string): Promise<string> {
    const { nodeId, ask } = this.#parts;
    const address = addressOf({ type, keyText: key });
    const waitMs = OPERATION_TIMEOUT_MS;
    const reason = PlacementReason.Requested;
    const answer = await ask({ kind: "place", from: nodeId, address, reason, waitMs });
    return (answer as { readonly runnerId: string }).runnerId;
  }

  async #located(row: KeyPage["keys"][number]): Promise<KeyPage["keys"][number]> {
    const record = await this.#record(row.type, row.id.slice(row.type.length + 1));
    if (record?.runnerId === undefined) return { ...row, awake: false };
    return { ...row, awake: true, runnerId: record.runnerId };
  }

  /** Returns the placement of a key that is, or is about to be, somewhere, or was not for long. */
  async #record(type: string, key: string): Promise<PlacementRecord | undefined> {
    const entry = await this.#parts.session.placements.read(addressOf({ type, keyText: key }));
    const record = entry && readable(entry);
    return record === undefined || hasRunner(record.status)
      ? record
      : { ...record, runnerId: undefined };
  }

  /** Returns what the runner of an actor knows of it; `undefined` when it does not answer. */
  async #askKey(
    runnerId: string,
    type: string,
    key: string,
  ): Promise<Pick<KeyReading, "actor" | "start"> | undefined> {
    const { session, answerTimeoutMs } = this.#parts;
    try {
      const question = { kind: "key", type, key } as const;
      const answer = await askNode(session.bus, runnerId, question, answerTimeoutMs);
      return (answer ?? { actor: null, start: null }) as Pick<KeyReading, "actor" | "start">;
    } catch (error) {
      if (LimelightError.is(error)) return undefined;
      throw error;
    }
  }
}
