import type { ActorCell } from "../../actor/cell/cell.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { ABSENT, type Store, WriteKind } from "../../store/contract/store.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import { activationOf } from "../activation/activation.ts";
import { KeyTarget } from "../activation/key-target.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import type { PartFactories } from "../activation/life-part.ts";
import type { Residence } from "../activation/residence.ts";
import { decodeActorKey } from "../definition/actor-key.ts";
import { type QueueServices, queueParts, queuesOf } from "../queue/queue-part.ts";
import { type DueEntry, dueKey, metaKey, type Owner } from "../records/record-keys.ts";
import { DueIndex } from "../schedule/due-index.ts";
import { dueReports } from "../schedule/due-reports.ts";
import { FailedRuns } from "../schedule/failed-runs.ts";
import { LaterWakes } from "../schedule/later-wakes.ts";
import { fireSchedule, scheduleParts } from "../schedule/schedule-part.ts";

/** How often due times are read again that other processes may have stored unnoticed. */
const RESCAN_MS = 10_000;

/** What {@link DueWakes} uses of the keyed actors of a system. */
export interface Wakeable extends Pick<Residence, "elsewhere" | "find" | "receiverOf" | "store"> {
  readonly directory: { type(name: string): KeyedType | undefined };
}

/** Wakes the actors of a system when their schedules are due, and makes the schedules and queues of their lives. */
export class DueWakes {
  readonly parts: Pick<PartFactories, "schedule" | "queue">;
  readonly #index: DueIndex;
  readonly #system: SystemRuntime;
  /** Entries of actors of this process that are to be tried again, while another one looks for what is due. */
  #later: LaterWakes | undefined;

  constructor(system: SystemRuntime, residence: Wakeable) {
    this.#system = system;
    const { clock } = system;
    const startedMs = clock.monotonicMs();
    const index = new DueIndex({
      // The store may be created later.
      store: { listKeys: (prefix, options) => residence.store.listKeys(prefix, options) },
      clock,
      // Other processes may have types that this one has not.
      isKnown: (type) =>
        residence.elsewhere !== undefined || residence.directory.type(type) !== undefined,
      fire: (entry) => fire(residence, entry),
      rescanMs: residence.elsewhere === undefined ? undefined : RESCAN_MS,
      ...dueReports(system),
    });
    this.#index = index;
    const stop = (): void => {
      index.stop();
      this.#later?.close();
    };
    system.endings.add({ cancel: stop, [Symbol.dispose]: stop });
    const notice = (dueAtMs: number): void => this.#stored(residence, dueAtMs);
    const services: QueueServices = {
      notice,
      retry: (owner, dueAtMs) => this.#retry(residence, owner, dueAtMs),
      succeeded: (owner) => {
        index.succeeded(owner);
        this.#later?.forget(nameOf(owner));
      },
    };
    const schedule = scheduleParts({
      failed: new FailedRuns(),
      upMs: () => clock.monotonicMs() - startedMs,
      ...services,
    });
    this.parts = { schedule, queue: queueParts(services) };
  }

  /** Wakes what is due: when the system starts, and when a type becomes known. */
  scan(): void {
    this.#index.scan();
  }

  /** Gives a due entry to an actor of this process. @returns whether it is awake here */
  async fireHere(cell: ActorCell | undefined, entry: DueEntry): Promise<boolean> {
    if (cell?.accepting !== true) return false;
    await give(cell, entry);
    return true;
  }

  /** An entry was stored, here or in another process. */
  notice(dueAtMs: number): void {
    this.#index.notice(dueAtMs);
  }

  #retry(residence: Wakeable, owner: Owner, dueAtMs: number): void {
    if (residence.elsewhere?.placement.scansDueTimes() !== false) {
      this.#index.retry({ owner, dueAtMs });
      return;
    }
    const { clock } = this.#system;
    this.#later ??= new LaterWakes(clock, (atMs) => this.#stored(residence, atMs));
    this.#later.add(nameOf(owner), dueAtMs);
  }

  #stored({ elsewhere }: Wakeable, dueAtMs: number): void {
    const { placement } = elsewhere ?? {};
    if (placement?.scansDueTimes() === false) placement.noticeDue(dueAtMs);
    else this.#index.notice(dueAtMs);
  }

  /** Wakes nothing until the next {@link DueWakes.scan}: another process does. */
  pause(): void {
    this.#index.pause();
  }

  /** Resolves when nothing is being woken any more. */
  close(): Promise<void> {
    return this.#index.close();
  }
}

async function fire(residence: Wakeable, entry: DueEntry): Promise<void> {
  const cell = await receiverOf(residence, entry);
  if (cell !== undefined) await give(cell, entry);
}

/** Gives a due entry to its actor once that runs. */
async function give(cell: ActorCell, entry: DueEntry): Promise<void> {
  if (cell.state === ActorState.Starting) await cell.ensureExtras().ready.promise;
  if (!cell.accepting) throw cell.stoppedError("schedule");
  const activation = activationOf(cell);
  if (entry.id === "") queuesOf(activation)?.woken(entry.dueAtMs);
  else fireSchedule(activation, entry.id);
}

/** Returns the actor of an entry, awake or waking; `undefined` if the entry is not there any more. */
async function receiverOf(residence: Wakeable, entry: DueEntry): Promise<ActorCell | undefined> {
  const { type: name, keyText } = entry.owner;
  for (;;) {
    const cell = residence.find(name, keyText)?.cell;
    if (cell?.accepting === true) return cell;
    if (cell === undefined) break;
    await activationOf(cell).gone; // its last commit may remove the entry
  }
  if (!(await isDue(residence.store, entry))) return undefined;
  if (residence.elsewhere !== undefined) {
    await residence.elsewhere.placement.wake(entry);
    return undefined;
  }
  const type = residence.directory.type(name);
  if (type === undefined || decodeActorKey(keyText) === undefined) return undefined;
  const cell = residence.receiverOf(new KeyTarget(type, entry.owner, undefined));
  if (cell !== type.refusing && !cell.isStopped) return cell;
  throw new LimelightError(`${name}/${keyText} cannot be woken now`, {
    code: ErrorCode.ActorStopped,
  });
}

/**
 * Returns whether a due time and its actor are still stored: an actor that was destroyed must not be created anew. A due
 * time that has outlived its actor is removed.
 */
async function isDue(store: Store, entry: DueEntry): Promise<boolean> {
  const [key, actorKey] = [dueKey(entry), metaKey(entry.owner)];
  const { entries } = await store.load({ keys: [key, actorKey] });
  const found = new Set(entries.map((each) => each.key));
  if (!found.has(key)) return false;
  if (found.has(actorKey)) return true;
  await store.batch([
    { kind: WriteKind.Check, key: actorKey, expectedRevision: ABSENT },
    { kind: WriteKind.Delete, key },
  ]);
  return false;
}

function nameOf({ type, keyText }: Owner): string {
  return `${type}/${keyText}`;
}
