import { type Activation, activationOf } from "../../activation/activation/activation.ts";
import { decodeActorKey, encodeActorKey } from "../../activation/definition/actor-key.ts";
import type { KeyedRef } from "../../activation/definition/keyed-ref.ts";
import { queuesOf } from "../../activation/queue/queue-part.ts";
import type { Owner } from "../../activation/records/record-keys.ts";
import { metaKey } from "../../activation/records/record-keys.ts";
import type { Activations } from "../../activation/residence/activations.ts";
import { cancelSchedule, runSchedule } from "../../activation/schedule/schedule-part.ts";
import type { ActorCell } from "../../actor/cell/cell.ts";
import type { KeyedAddress, KeyRow } from "../../actor/definition/keyed-address.ts";
import type { Clock } from "../../base/clock.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { AwakeReason, StopReason } from "../../telemetry/attributes.ts";
import { type KeyedTypeRow, type KeyListRow, keyIdOf, type StartupRow } from "../../wire/keys.ts";
import { awakeRows } from "../rows/keyed-rows.ts";
import { startupRow } from "../rows/startup-row.ts";
import { Times } from "../rows/times.ts";
import type { KeyOperation, KeyPage, KeyQuery, KeyReading, KeyViews } from "./key-views.ts";
import { readStoredKey } from "./stored-key.ts";
import { countStored, storedTypes } from "./stored-types.ts";

type ListRow = Omit<KeyListRow, "system">;

/** The keyed actors of a system for viewers, read from its store and from the actors in memory. */
export class ActivationViews implements KeyViews {
  readonly #activations: Activations;
  readonly #times: Times;

  constructor(activations: Activations, clock: Clock) {
    this.#activations = activations;
    this.#times = new Times(clock);
  }

  defines(type: string): boolean {
    return this.#activations.directory.type(type) !== undefined;
  }

  async types(): Promise<readonly Omit<KeyedTypeRow, "system">[]> {
    const { directory, storeIfAny: store } = this.#activations;
    const defined = [...directory.types()].map(({ name }) => name);
    const stored = store === undefined ? [] : await storedTypes(store);
    const names = [...new Set([...defined, ...stored])].sort();
    return await Promise.all(names.map((type) => this.#typeRow(type)));
  }

  async list({ type, prefix, state, cursor, limit }: KeyQuery): Promise<KeyPage> {
    if (this.#activations.storeIfAny === undefined) return { keys: [], cursor: undefined };
    const query = { type, state, textPrefix: prefix, cursor, limit };
    const page = await this.#activations.keysByText(query);
    return { keys: page.keys.map((row) => listRow(type, row)), cursor: page.cursor };
  }

  async read(type: string, key: string): Promise<KeyReading | undefined> {
    const store = this.#activations.storeIfAny;
    const parts = decodeActorKey(key);
    if (store === undefined || parts === undefined) return undefined;
    const found = await readStoredKey(store, { type, keyText: key });
    if (found === undefined) return undefined;
    const { meta, ...rest } = found;
    const cell = this.#cellOf(type, key);
    const activation = cell === undefined ? undefined : activationOf(cell);
    const { generation, usedAtMs, stateBytes, schedules, queued } = meta;
    const row = { key: parts, generation, usedAtMs, stateBytes, schedules, queued };
    return {
      ...rest,
      key: listRow(type, { ...row, awake: cell !== undefined }),
      version: meta.version,
      createdAtMs: meta.createdAtMs,
      expiresAtMs: meta.expiresAtMs ?? null,
      actor: activation === undefined ? null : this.#actorOf(activation, meta.generation),
      start: activation === undefined ? null : (startupRow(activation, this.#times) ?? null),
    };
  }

  startOf(actorId: string): StartupRow | undefined {
    for (const activation of this.#activations.activations()) {
      if (activation.cell.actorId === actorId) return startupRow(activation, this.#times);
    }
    return undefined;
  }

  async perform(operation: KeyOperation): Promise<boolean | undefined> {
    const { type, key } = operation;
    const owner: Owner = { type, keyText: key };
    const parts = decodeActorKey(key);
    const store = this.#activations.storeIfAny;
    if (store === undefined || parts === undefined) return undefined;
    const cell = this.#cellOf(type, key);
    // A key that has just been created is awake and not stored yet.
    const exists = cell !== undefined || (await store.get(metaKey(owner))) !== undefined;
    if (!exists) return undefined;
    switch (operation.action) {
      case "destroy":
        return (await this.#activations.destroy(type, parts)) ? false : undefined;
      case "sleep":
        if (cell !== undefined) activationOf(cell).sleep(StopReason.Requested);
        return this.#isAwake(owner);
      case "wake":
        await this.#wake(type, parts);
        return this.#isAwake(owner);
      case "cancel_schedule":
        return await this.#change(owner, (awake) => cancelSchedule(awake, operation.scheduleId));
      case "run_schedule":
        return await this.#change(owner, (awake) => runSchedule(awake, operation.scheduleId));
      case "requeue":
        return await this.#change(owner, (awake) =>
          requeue(awake, operation.queue, operation.messageId),
        );
    }
  }

  async #typeRow(type: string): Promise<Omit<KeyedTypeRow, "system">> {
    const { directory, storeIfAny: store } = this.#activations;
    const awake = [...directory.entries(type)].filter(({ cell }) => cell !== undefined);
    const isStored = ({ cell }: { readonly cell: ActorCell | undefined }): boolean =>
      cell !== undefined && activationOf(cell).meta !== undefined;
    const { count, more } =
      store === undefined ? { count: 0, more: false } : await countStored(store, type);
    return {
      type,
      defined: this.defines(type),
      awake: awake.length,
      asleep: Math.max(0, count - awake.filter(isStored).length),
      more,
    };
  }

  #actorOf(activation: Activation, stored: number): NonNullable<KeyReading["actor"]> {
    const { cell, generation, place, definition } = activation;
    const { idleMs } = definition.settings;
    const sleeps = place.list !== undefined && place.isIdle && Number.isFinite(idleMs);
    return {
      id: cell.actorId,
      state: cell.state,
      generation: generation ?? stored,
      awake: awakeRows(cell),
      sleepsAtMs: sleeps ? this.#times.toEpoch(place.sinceMs + idleMs) : null,
    };
  }

  /** Wakes the actor of a stored key, changes something of it, and stores that. */
  async #change(
    { type, keyText }: Owner,
    change: (activation: Activation) => boolean | Promise<boolean>,
  ): Promise<boolean | undefined> {
    await this.#wake(type, decodeActorKey(keyText) ?? []);
    const cell = this.#cellOf(type, keyText);
    if (cell === undefined) return undefined;
    const activation = activationOf(cell);
    const hold = activation.holds.take(AwakeReason.Internal, "console");
    try {
      if (!(await change(activation))) return undefined;
      await activation.writer.stored();
      return this.#isAwake({ type, keyText });
    } finally {
      hold.release();
    }
  }

  async #wake(type: string, key: readonly string[]): Promise<void> {
    const known = this.#activations.directory.type(type);
    if (known === undefined) {
      throw new UsageError(`the system defines no keyed actors of type ${type}`, {
        code: ErrorCode.InvalidOption,
      });
    }
    const address = known.definition as unknown as KeyedAddress<undefined, KeyedRef<object>>;
    await this.#activations.get(address, key, undefined).whenReady();
  }

  #cellOf(type: string, keyText: string): ActorCell | undefined {
    return this.#activations.find(type, keyText)?.cell;
  }

  #isAwake({ type, keyText }: Owner): boolean {
    return this.#cellOf(type, keyText) !== undefined;
  }
}

function listRow(type: string, row: KeyRow): ListRow {
  return { ...row, type, id: keyIdOf(type, encodeActorKey(row.key)) };
}

/** Puts a message that was set aside back into its queue, with no attempts. */
async function requeue(activation: Activation, queue: string, messageId: string): Promise<boolean> {
  const inboxes = queuesOf(activation)?.inboxes ?? {};
  const inbox = Object.hasOwn(inboxes, queue) ? inboxes[queue] : undefined;
  const message = (await inbox?.poisoned())?.find(({ id }) => id === messageId);
  message?.retry();
  return message !== undefined;
}
