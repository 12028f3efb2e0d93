import { activationOf } from "../activation/activation/activation.ts";
import type { PartOperation } from "../activation/activation/life-part.ts";
import { holdsOf } from "../activation/awake/awake-report.ts";
import { decodeActorKey, encodeActorKey } from "../activation/definition/actor-key.ts";
import { ActorOperation } from "../activation/placement/placement.ts";
import { metaKey, type Owner } from "../activation/records/record-keys.ts";
import type { Activations } from "../activation/residence/activations.ts";
import {
  countStored,
  type KeyLook,
  lookAt,
  type QueueLook,
  storedTypes,
} from "../activation/residence/key-looks.ts";
import { type StartFacts, startFacts } from "../activation/residence/past-starts.ts";
import type { ActorCell } from "../actor/cell/cell.ts";
import type { KeyRow } from "../actor/definition/keyed-address.ts";
import { write } from "../actor/lifecycle/logging.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import type {
  KeyOperation,
  KeyPage,
  KeyQuery,
  KeyReading,
  KeyViews,
} from "../monitor/keys/key-views.ts";
import { AwakeReason, StopReason } from "../telemetry/attributes.ts";
import {
  type ConnectionList,
  type KeyedTypeRow,
  type KeyListRow,
  keyIdOf,
  type StartupRow,
} from "../wire/keys.ts";
import { lookAtConnections } from "./connection-views.ts";

type Row = Omit<KeyListRow, "system">;

/** The keyed actors of a system for viewers. Reads use the store and the actors in memory, and wake nothing. */
export class SystemKeyViews implements KeyViews {
  readonly #activations: Activations;
  readonly #system: SystemRuntime;

  constructor(activations: Activations, system: SystemRuntime) {
    this.#activations = activations;
    this.#system = system;
  }

  defines(type: string): boolean {
    return this.#activations.directory.type(type) !== undefined;
  }

  async types(): Promise<readonly Omit<KeyedTypeRow, "system">[]> {
    const { directory, storeIfAny: store } = this.#activations;
    if (store === undefined) return []; // there are no keyed actors
    const defined = [...directory.types()].map(({ name }) => name);
    const names = [...new Set([...defined, ...(await storedTypes(store))])].sort();
    const rows: Omit<KeyedTypeRow, "system">[] = [];
    for (const type of names) {
      const { count, more } = await countStored(store, type);
      const awake = [...directory.entries(type)].filter(({ cell }) => cell !== undefined).length;
      const asleep = Math.max(0, count - awake);
      rows.push({ type, defined: defined.includes(type), awake, asleep, more });
    }
    return rows;
  }

  async list({ type, prefix, state, cursor, limit }: KeyQuery): Promise<KeyPage> {
    if (this.#activations.storeIfAny === undefined) return { keys: [], cursor: undefined };
    const query = { type, state, textPrefix: prefix, cursor, limit };
    const page = await this.#activations.lists.texts(query);
    return { keys: page.keys.map((row) => listRow(type, row)), cursor: page.cursor };
  }

  async read(type: string, key: string): Promise<KeyReading | undefined> {
    const owner = { type, keyText: key };
    const parts = decodeActorKey(key);
    const store = this.#activations.storeIfAny;
    const look = parts && store && (await lookAt(store, owner));
    if (parts === undefined || look === undefined) return undefined;
    const cell = this.#cellOf(owner);
    const { meta } = look;
    const { generation, usedAtMs, stateBytes, schedules, queued } = meta;
    const awake = cell !== undefined;
    const counts = { generation, usedAtMs, stateBytes, schedules, queued };
    return {
      key: listRow(type, { key: parts, awake, ...counts }),
      version: meta.version,
      createdAtMs: meta.createdAtMs,
      expiresAtMs: meta.expiresAtMs ?? null,
      actor: cell === undefined ? null : this.#actorRow(cell),
      start: this.#lastStart(owner, cell) ?? null,
      ...scheduleRows(look),
      queues: look.queues.map(queueRow),
      state: look.state,
    };
  }

  async connections(type: string, key: string, limit: number): Promise<ConnectionList | undefined> {
    const owner = { type, keyText: key };
    const cell = this.#cellOf(owner);
    if (cell !== undefined) return lookAtConnections(activationOf(cell), limit);
    const stored = await this.#activations.storeIfAny?.get(metaKey(owner));
    return stored === undefined ? undefined : { total: 0, connections: [] };
  }

  startOf(actorId: string): StartupRow | undefined {
    for (const activation of this.#activations.activations()) {
      if (activation.cell.actorId === actorId) return this.#startRow(startFacts(activation));
    }
    return this.#startRow(this.#activations.pastStarts.ofActor(actorId));
  }

  async perform(operation: KeyOperation): Promise<boolean | undefined> {
    const { type, key, action } = operation;
    const owner = { type, keyText: key };
    const parts = decodeActorKey(key);
    const store = this.#activations.storeIfAny;
    if (parts === undefined || store === undefined) return undefined;
    const cell = this.#cellOf(owner);
    const stored = await store.get(metaKey(owner));
    if (cell === undefined && stored === undefined) return undefined;
    switch (action) {
      case "wake":
        return await this.#activations.wake(type, parts);
      case "sleep":
        if (cell !== undefined) activationOf(cell).sleep(StopReason.Requested);
        else await this.#activations.elsewhere?.placement.perform(owner, ActorOperation.Sleep);
        return this.#cellOf(owner) !== undefined;
      case "destroy":
        return await this.#destroy(type, parts, cell);
      case "close_connection": {
        const connections = cell && activationOf(cell).connections;
        return connections?.closeByViewer(operation.connectionId) === true ? true : undefined;
      }
      case "cancel_schedule":
      case "run_schedule":
      case "requeue":
        return await this.#operate(operation, parts);
    }
  }

  /** Schedules and queues belong to the actor, which is therefore woken. */
  async #operate(
    operation: PartOperation & Pick<KeyOperation, "type" | "key">,
    key: readonly string[],
  ): Promise<boolean | undefined> {
    const awake = await this.#activations.wake(operation.type, key);
    if (awake !== true) return undefined;
    const cell = this.#cellOf({ type: operation.type, keyText: operation.key });
    if (cell === undefined) return undefined;
    const { current, holds } = activationOf(cell);
    const hold = holds.take(AwakeReason.Internal, "console");
    try {
      for (const part of current?.parts ?? []) {
        if ((await part.operate?.(operation)) === true) return true;
      }
      return undefined;
    } finally {
      hold.release();
    }
  }

  async #destroy(
    type: string,
    key: readonly string[],
    cell: ActorCell | undefined,
  ): Promise<boolean> {
    const destroyed = this.#activations.removals.destroy(type, key);
    if (cell === undefined) {
      await destroyed;
      return false;
    }
    // Only requested: its end may take as long as its hooks do.
    destroyed.catch((err: unknown) => {
      const fields = { event: "actor.destroy.failed", err };
      write(this.#system.logger, "error", fields, "stored data of an actor could not be removed");
    });
    return this.#cellOf({ type, keyText: activationOf(cell).owner.keyText }) !== undefined;
  }

  #cellOf({ type, keyText }: Owner): ActorCell | undefined {
    return this.#activations.find(type, keyText)?.cell;
  }

  #actorRow(cell: ActorCell): KeyReading["actor"] {
    const { place, definition } = activationOf(cell);
    const waits = place.list !== undefined && place.isIdle;
    const sleepsAtMs = this.#epochOf(place.sinceMs + definition.settings.idleMs);
    return {
      id: cell.actorId,
      state: cell.state,
      generation: cell.generation ?? 0,
      awake: holdsOf(activationOf(cell)).map(({ reason, count, sinceMs, detail }) => {
        return { reason, count, sinceAtMs: sinceMs ?? null, detail: detail ?? null };
      }),
      sleepsAtMs: waits && Number.isFinite(sleepsAtMs) ? sleepsAtMs : null,
    };
  }

  /** Of the actor in memory, or of the last one in this process. */
  #lastStart(owner: Owner, cell: ActorCell | undefined): StartupRow | undefined {
    const present = cell === undefined ? undefined : startFacts(activationOf(cell));
    return this.#startRow(present ?? this.#activations.pastStarts.find(owner));
  }

  #startRow(facts: StartFacts | undefined): StartupRow | undefined {
    if (facts === undefined) return undefined;
    const { requestedMs, totalMs, generation, isNew, outcome, roundTrips, steps } = facts;
    return {
      generation,
      requestedAtMs: this.#epochOf(requestedMs),
      durationMs: totalMs ?? this.#system.clock.monotonicMs() - requestedMs,
      isNew,
      outcome: outcome ?? null,
      errorType: facts.errorType ?? null,
      roundTrips,
      traceId: facts.traceId ?? null,
      phases: steps.map(({ phase, owner, startedMs, durationMs, outcome: ended }) => {
        return { phase, owner, startMs: startedMs, durationMs, outcome: ended };
      }),
    };
  }

  #epochOf(monotonicMs: number): number {
    const { clock } = this.#system;
    return Math.round(clock.epochMs() - (clock.monotonicMs() - monotonicMs));
  }
}

function listRow(type: string, row: KeyRow): Row {
  return { id: keyIdOf(type, encodeActorKey(row.key)), type, ...row };
}

function scheduleRows({
  schedules,
  moreSchedules,
}: KeyLook): Pick<KeyReading, "schedules" | "moreSchedules"> {
  return {
    schedules: schedules.map(({ id, message, dueAtMs, cron, timeZone, attempts, runs }) => ({
      id,
      messageType: message,
      dueAtMs,
      cron: cron ?? null,
      timeZone: timeZone ?? null,
      attempts,
      runs: runs.map((run) => ({
        atMs: run.atMs,
        outcome: run.outcome,
        errorType: run.errorType ?? null,
      })),
    })),
    moreSchedules,
  };
}

function queueRow({
  name,
  head,
  more,
  setAside,
  moreSetAside,
}: QueueLook): KeyReading["queues"][number] {
  return {
    name,
    head: head.map(({ id, sentAtMs, attempt, notBeforeMs = null }) => {
      return { id, sentAtMs, attempt, notBeforeMs };
    }),
    more,
    setAside: setAside.map((message) => ({
      id: message.id,
      sentAtMs: message.sentAtMs,
      attempt: message.attempt,
      errorType: message.errorType ?? null,
    })),
    moreSetAside,
  };
}
