import type { Cancellable } from "../../actor/definition/context.ts";
import { sendingContext } from "../../actor/delivery/sending-context.ts";
import { log } from "../../actor/lifecycle/logging.ts";
import type { StoredEntry } from "../../store/contract/store.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import type { Activation } from "../activation/activation.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import type { LifePart, PartCounts, PartFactory, PartOperation } from "../activation/life-part.ts";
import { type Owner, queuePrefix } from "../records/record-keys.ts";
import { causeIn } from "../schedule/cause.ts";
import { bufferOf } from "../schedule/commit-buffer.ts";
import { ActorQueues } from "./actor-queues.ts";
import { openMessageSpan } from "./message-span.ts";
import { QueueAsks } from "./queue-asks.ts";
import type { QueueHost } from "./queue-host.ts";
import type { QueueInbox } from "./queue-inbox.ts";
import { QueuePoints } from "./queue-points.ts";
import { RunWaits } from "./run-waits.ts";
import { readQueues } from "./stored-queues.ts";

const PAGE = 1_000;

/** What the queues of all actors of a system share. */
export interface QueueServices {
  /** Takes account of a due time that was stored. */
  notice(dueAtMs: number): void;
  /** Takes account of one for which the actor has ended before it has handed out its messages. */
  retry(owner: Owner, dueAtMs: number): void;
  /** Takes account of a message that was completed. */
  succeeded(owner: Owner): void;
}

/** The queues of one life, as a part of it. */
class QueuePart implements LifePart<Readonly<Record<string, QueueInbox>>> {
  readonly #activation: Activation;
  readonly #host: QueueHost;
  readonly #services: QueueServices;
  /** Cancelled when the actor begins to end. */
  readonly #ending: Cancellable;
  #queues: ActorQueues | undefined;
  #sequence = 0;

  constructor(
    activation: Activation,
    points: QueuePoints,
    asks: QueueAsks,
    services: QueueServices,
  ) {
    this.#activation = activation;
    this.#services = services;
    const waits = new RunWaits(activation.cell);
    const next = (): number => {
      this.#sequence += 1;
      return this.#sequence - 1;
    };
    this.#host = {
      ...hostOf(activation, services),
      asks,
      points,
      nextSequence: next,
      wait: () => waits.begin(),
    };
    const end = (): void => this.#queues?.stopWaiting();
    this.#ending = { cancel: end, [Symbol.dispose]: end };
  }

  get member(): Readonly<Record<string, QueueInbox>> {
    return this.queues.inboxes;
  }

  get queues(): ActorQueues {
    return this.#queues as ActorQueues; // set before code of the user runs
  }

  async begin(): Promise<void> {
    const { cell, definition, loaded, meta, owner, store } = this.#activation;
    const prefix = queuePrefix(owner);
    const all = loaded?.list(prefix);
    const first: { entries: readonly StoredEntry[]; cursor: string | undefined } =
      all === undefined
        ? await store.list(prefix, { limit: PAGE })
        : { entries: all, cursor: undefined };
    const partial = first.cursor !== undefined;
    const stored = await readQueues(first.entries, partial, owner, store, this.#host.log);
    this.#sequence = Math.max(meta?.sequence ?? 0, stored.lastSequence + 1);
    this.#queues = new ActorQueues(definition.settings.queues, this.#host, stored.queues);
    cell.ensureExtras().endings.add(this.#ending);
  }

  /** Puts a message that was set aside back into its queue, with no attempts. */
  async operate(operation: PartOperation): Promise<boolean> {
    if (operation.action !== "requeue") return false;
    const { queue, messageId } = operation;
    const inboxes = this.queues.inboxes;
    const inbox = Object.hasOwn(inboxes, queue) ? inboxes[queue] : undefined;
    const message = (await inbox?.poisoned())?.find(({ id }) => id === messageId);
    if (message === undefined) return false;
    message.retry();
    await this.#host.buffer.storedNow();
    return true;
  }

  counts(): PartCounts {
    const queues = this.#queues;
    if (queues === undefined) return {};
    return { queued: queues.depth, sequence: this.#sequence };
  }

  remove(): void {
    this.#queues?.remove();
  }

  close(): undefined {
    this.#activation.cell.extrasIfAny?.endings.delete(this.#ending);
    const { cell, definition, destroying, owner } = this.#activation;
    // Only a requested sleep comes before `run` has begun, and again and again only if it is requested again.
    const early = definition.options.run !== undefined && cell.stopReason === StopReason.Requested;
    const dueAtMs = this.#queues?.close(early);
    const isRestarting = cell.stopReason === undefined;
    if (dueAtMs === undefined || destroying || isRestarting) return;
    this.#services.retry(owner, dueAtMs);
  }
}

function hostOf(
  activation: Activation,
  services: QueueServices,
): Omit<QueueHost, "asks" | "points" | "nextSequence" | "wait"> {
  const { cell, owner, store, type, holds } = activation;
  return {
    actorId: cell.actorId,
    owner,
    clock: type.system.clock,
    store,
    buffer: bufferOf(activation.writer),
    cause: () => causeIn(sendingContext(type.system)),
    hold: (reason, queue) => {
      const hold = holds.take(reason, queue);
      return () => hold.release();
    },
    openSpan: (queue, record) => openMessageSpan(cell, queue, record),
    notice: (dueAtMs) => services.notice(dueAtMs),
    completed: () => services.succeeded(owner),
    log: (level, fields, text) => log(cell, level, fields, text),
  };
}

function hasQueues({ definition }: Activation): boolean {
  return Object.keys(definition.settings.queues).length > 0;
}

/** Of definitions without queues. */
const NO_QUEUES: LifePart<Readonly<Record<string, QueueInbox>>> = {
  member: Object.freeze(Object.create(null)),
  close: () => undefined,
};

/** Returns the askers of an activation, which are refused when it has ended. */
function asksOf(activation: Activation): QueueAsks {
  const asks = new QueueAsks();
  void activation.gone.then(() => {
    const { cell, type } = activation;
    asks.close(type.refusal(cell, "queue"));
  });
  return asks;
}

/** Makes the queues of the lives of a system's keyed actors. */
export function queueParts(
  services: QueueServices,
): PartFactory<Readonly<Record<string, QueueInbox>>> {
  const pointsOf = new WeakMap<KeyedType, QueuePoints>();
  const asks = new WeakMap<Activation, QueueAsks>();
  return {
    prefixes: (owner) => [queuePrefix(owner)],
    isNeeded: hasQueues,
    create: (activation) => {
      if (!hasQueues(activation)) return NO_QUEUES;
      const { type } = activation;
      const points = pointsOf.get(type) ?? new QueuePoints(type.system.book, type.metrics);
      pointsOf.set(type, points);
      const ofActivation = asks.get(activation) ?? asksOf(activation);
      asks.set(activation, ofActivation);
      return new QueuePart(activation, points, ofActivation, services);
    },
  };
}

/** Returns the queues of the present life of an activation. */
export function queuesOf({ current }: Activation): ActorQueues | undefined {
  const part = current?.parts.getIfMade("queue");
  return part instanceof QueuePart ? part.queues : undefined;
}
