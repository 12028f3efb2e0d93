import { randomUUID } from "node:crypto";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { requireNumber } from "../../base/options.ts";
import { AwakeReason } from "../../telemetry/attributes.ts";
import { QueueOutcome } from "../../telemetry/queue-outcome.ts";
import type { QueueSettings } from "../definition/keyed-settings.ts";
import type { Inbox, NextOptions } from "../definition/queue-types.ts";
import { encodeQueued, encodeSetAside, type QueueRecord } from "../records/queue-record.ts";
import { queueKey, setAsideKey } from "../records/record-keys.ts";
import type { SizedText } from "../records/state-text.ts";
import { endedError, HandedOut } from "./handed-out.ts";
import { readBodies } from "./message-reader.ts";
import type { EndMessageSpan } from "./message-span.ts";
import {
  MessageWait,
  type MessageWaitParts,
  requireNextOptions,
  waitEndError,
} from "./message-wait.ts";
import { readSetAside, setAsideRecord } from "./poison.ts";
import { bodyText } from "./queue-body.ts";
import type { QueueHost } from "./queue-host.ts";
import { QueueSlot, type QueueSlots } from "./queue-slots.ts";
import type { QueueWake } from "./queue-wake.ts";

const MAX_BATCH = 1_000;

/** One queue of one life of an activation. */
export class QueueInbox implements Inbox<unknown, unknown> {
  readonly name: string;
  readonly settings: QueueSettings;
  readonly #host: QueueHost;
  readonly #slots: QueueSlots;
  readonly #wake: QueueWake;
  readonly #waits = new Set<MessageWait>();
  /** What keeps the actor awake for the messages that are handed out. */
  readonly #holds = new Map<QueueSlot, () => void>();
  /** The spans of those that were given to the code. */
  readonly #spans = new Map<QueueSlot, EndMessageSpan>();
  #timer: ClockTimer | undefined;
  #reading = false;
  /** Number of messages set aside whose commit has not ended. */
  #settingAside = 0;
  /** Numbers of the messages set aside that were removed in this life; the store may still have them. */
  readonly #taken = new Set<number>();
  #ending = false;
  /** Whether code has waited for a message. */
  #wanted = false;
  #closed = false;

  constructor(
    name: string,
    settings: QueueSettings,
    host: QueueHost,
    slots: QueueSlots,
    wake: QueueWake,
  ) {
    this.name = name;
    this.settings = settings;
    this.#host = host;
    this.#slots = slots;
    this.#wake = wake;
    host.points.depth.add(slots.size);
  }

  get depth(): number {
    return this.#slots.size;
  }

  async next(options: NextOptions = {}): Promise<HandedOut | undefined> {
    const [message] = await this.#wait({ max: 1, options, endsQuietly: false });
    return message;
  }

  async batch(max: number, options: NextOptions = {}): Promise<readonly HandedOut[]> {
    requireNumber("max", max, { min: 1, max: MAX_BATCH, integer: true });
    return this.#wait({ max, options, endsQuietly: false });
  }

  /** Ends when the actor begins to end. */
  [Symbol.asyncIterator](): AsyncIterator<HandedOut, undefined> {
    const done = { done: true, value: undefined } as const;
    return {
      next: async () => {
        const [value] = await this.#wait({ max: 1, options: {}, endsQuietly: true });
        return value === undefined ? done : { done: false, value };
      },
      return: async () => done,
    };
  }

  send(body: unknown): string {
    this.#requireOpen();
    return this.add(bodyText(body, this.settings.maxBytes));
  }

  /**
   * Adds a message with the next commit. Returns its id.
   *
   * @throws LimelightError `ERR_QUEUE_FULL`
   */
  add({ text, sizeBytes }: SizedText, id: string = randomUUID()): string {
    const { maxDepth } = this.settings;
    const { actorId, clock, buffer, points } = this.#host;
    if (this.#slots.size >= maxDepth) {
      throw new LimelightError(`queue ${this.name} of ${actorId} is full (${maxDepth} messages)`, {
        code: ErrorCode.QueueFull,
      });
    }
    const record: QueueRecord = {
      id,
      body: JSON.parse(text) as unknown,
      sentAtMs: Math.trunc(clock.epochMs()),
      attempt: 0,
      ...this.#host.cause(),
    };
    const slot = new QueueSlot(this.#host.nextSequence(), record);
    buffer.put(this.#key(slot), encodeQueued(record));
    this.#slots.add(slot, sizeBytes);
    points.depth.add(1);
    this.#wake.update();
    buffer.stored().then(
      () => {
        points.sent.value += 1;
        this.#slots.trim(slot);
      },
      () => {}, // the sender gets the error
    );
    this.#serve();
    return id;
  }

  async poisoned(): Promise<readonly HandedOut[]> {
    this.#requireOpen();
    if (this.#settingAside > 0) await this.#host.buffer.storedNow();
    const stored = await readSetAside(this.#host, this.name);
    const listed = stored.filter(({ sequence }) => !this.#taken.has(sequence));
    return listed.map(({ sequence, record }) => {
      const remove = (): void => {
        this.#requireOpen();
        this.#taken.add(sequence);
        this.#host.buffer.delete(setAsideKey(this.#host.owner, this.name, sequence));
        this.#host.buffer.stored().catch(() => {}); // reported by the commit
      };
      return new HandedOut(record, {
        complete: () => {
          this.#requireAside(sequence, record.id);
          remove();
        },
        retry: () => {
          this.#requireAside(sequence, record.id);
          this.add(bodyText(record.body, this.settings.maxBytes), record.id);
          remove();
        },
      });
    });
  }

  /** Whether there is a message that may be handed out, and code of this life has asked for messages. */
  get isOwed(): boolean {
    const dueAtMs = this.#wanted ? this.#slots.earliest() : undefined;
    return dueAtMs !== undefined && dueAtMs <= this.#host.clock.epochMs();
  }

  /** Ends all waits: the actor begins to end. */
  stopWaiting(): void {
    this.#ending = true;
    for (const wait of [...this.#waits]) this.#stop(wait);
  }

  /** Ends the life. Messages that are handed out stay stored, with their number of attempts. */
  close(): void {
    if (this.#closed) return;
    this.stopWaiting();
    this.#closed = true;
    this.#timer?.cancel();
    this.#host.points.depth.add(-this.#slots.size);
    for (const slot of this.#spans.keys()) this.#endSpan(slot, QueueOutcome.Left);
    for (const release of this.#holds.values()) release();
    this.#holds.clear();
  }

  #wait(
    parts: Pick<MessageWaitParts, "max" | "options" | "endsQuietly">,
  ): Promise<readonly HandedOut[]> {
    requireNextOptions(parts.options);
    const goOn = this.#host.wait();
    const end = (): void => {
      this.#waits.delete(wait);
      if (this.#waits.size === 0) this.#timer?.cancel();
      goOn();
    };
    const wait = new MessageWait({ ...parts, clock: this.#host.clock, end });
    this.#wanted = true;
    this.#waits.add(wait);
    wait.refuseIfAborted();
    if (this.#ending) this.#stop(wait);
    else this.#serve();
    return wait.promise;
  }

  #stop(wait: MessageWait): void {
    wait.stop(waitEndError(this.#host.actorId));
  }

  /** Gives messages to the code that waits for them, in the order in which it began to wait. */
  #serve(): void {
    if (this.#reading || this.#ending) return;
    this.#timer?.cancel();
    for (const wait of [...this.#waits]) {
      const slots = this.#choose(wait.max);
      if (slots === undefined) return; // continues when they were read
      if (slots.length > 0) this.#handOut(wait, slots);
      else if (wait.immediate) wait.give([]);
    }
    if (this.#waits.size > 0) this.#arm();
  }

  /** Returns the oldest messages that may be handed out; `undefined` while they are read from the store. */
  #choose(max: number): readonly QueueSlot[] | undefined {
    const nowMs = this.#host.clock.epochMs();
    const chosen: QueueSlot[] = [];
    for (const slot of this.#slots.waiting()) {
      if (chosen.length === max) break;
      const { record } = slot;
      if (record === undefined) {
        if (chosen.length > 0) break;
        void this.#read();
        return undefined;
      }
      if ((record.notBeforeMs ?? 0) > nowMs) continue;
      if (record.attempt >= this.settings.maxAttempts) this.#setAside(slot, record, undefined);
      else chosen.push(slot);
    }
    return chosen;
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      await readBodies(this.#host, this.name, this.#slots);
    } catch (error) {
      for (const wait of [...this.#waits]) wait.refuse(error);
    }
    this.#reading = false;
    if (!this.#closed) this.#serve();
  }

  /** Counts the attempt, and gives the messages away once that is stored. */
  #handOut(wait: MessageWait, slots: readonly QueueSlot[]): void {
    const { buffer, points } = this.#host;
    wait.leave();
    const messages = slots.map((slot) => this.#take(slot));
    this.#wake.update();
    buffer.storedNow().then(
      () => {
        points.received.value += messages.length;
        for (const slot of slots) this.#openSpan(slot);
        wait.give(messages);
      },
      (error: unknown) => {
        if (this.#ending) this.#stop(wait);
        else wait.refuse(error);
      },
    );
  }

  #take(slot: QueueSlot): HandedOut {
    const { notBeforeMs: _past, ...waited } = slot.record as QueueRecord;
    const record: QueueRecord = { ...waited, attempt: waited.attempt + 1 };
    slot.record = record;
    slot.handedOut = true;
    this.#holds.set(slot, this.#host.hold(AwakeReason.QueueMessage, this.name));
    this.#host.buffer.put(this.#key(slot), encodeQueued(record));
    return new HandedOut(record, {
      complete: (reply) => this.#complete(slot, record.id, reply),
      retry: (delayMs, error) => this.#putBack(slot, record, delayMs, error),
    });
  }

  #complete(slot: QueueSlot, id: string, reply: unknown): void {
    this.#requireOpen();
    this.#endSpan(slot, QueueOutcome.Completed);
    this.#remove(slot);
    this.#host.buffer.stored().then(
      () => {
        this.#host.asks.reply(id, reply);
        this.#host.completed();
      },
      (error: unknown) => this.#host.asks.reject(id, error),
    );
  }

  #putBack(slot: QueueSlot, record: QueueRecord, delayMs: number, error: unknown): void {
    this.#requireOpen();
    if (record.attempt >= this.settings.maxAttempts) {
      this.#setAside(slot, record, error);
      return;
    }
    this.#endSpan(slot, QueueOutcome.PutBack, error);
    const notBeforeMs = Math.ceil(this.#host.clock.epochMs() + delayMs);
    slot.record = delayMs > 0 ? { ...record, notBeforeMs } : record;
    slot.handedOut = false;
    this.#release(slot);
    this.#host.buffer.put(this.#key(slot), encodeQueued(slot.record));
    this.#host.buffer.stored().catch(() => {}); // reported by the commit
    this.#wake.update();
    this.#serve();
  }

  #setAside(slot: QueueSlot, record: QueueRecord, error: unknown): void {
    const { owner, clock, buffer, points, asks } = this.#host;
    const { id, attempt } = record;
    this.#endSpan(slot, QueueOutcome.SetAside, error);
    const aside = setAsideRecord(record, Math.trunc(clock.epochMs()), error);
    this.#remove(slot);
    buffer.put(setAsideKey(owner, this.name, slot.sequence), encodeSetAside(aside));
    points.setAside.value += 1;
    const { errorType } = aside;
    const fields = { queue: this.name, message_id: id, attempts: attempt, error_type: errorType };
    const text = "queue message was set aside after its last attempt";
    this.#host.log("warn", { event: "actor.queue.set_aside", ...fields }, text);
    const refusal = new LimelightError(
      `message ${id} of queue ${this.name} was set aside after ${attempt} attempts`,
      { code: ErrorCode.QueuePoisoned, cause: error },
    );
    this.#settingAside += 1;
    const settle = (error: unknown): void => {
      this.#settingAside -= 1;
      asks.reject(id, error);
    };
    buffer.stored().then(() => settle(refusal), settle);
  }

  #remove(slot: QueueSlot): void {
    this.#slots.remove(slot);
    this.#release(slot);
    this.#host.points.depth.add(-1);
    this.#host.buffer.delete(this.#key(slot));
    this.#wake.update();
  }

  #openSpan(slot: QueueSlot): void {
    if (this.#closed || slot.record === undefined) return;
    this.#spans.set(slot, this.#host.openSpan(this.name, slot.record));
  }

  #endSpan(slot: QueueSlot, outcome: QueueOutcome, error?: unknown): void {
    this.#spans.get(slot)?.(outcome, error);
    this.#spans.delete(slot);
  }

  #release(slot: QueueSlot): void {
    this.#holds.get(slot)?.();
    this.#holds.delete(slot);
  }

  /** Serves again when the first message that is held back may be handed out. */
  #arm(): void {
    const nowMs = this.#host.clock.epochMs();
    let firstMs = Infinity;
    for (const { record } of this.#slots.waiting()) {
      const atMs = record?.notBeforeMs ?? 0;
      if (atMs > nowMs) firstMs = Math.min(firstMs, atMs);
    }
    if (firstMs === Infinity) return;
    const delayMs = Math.min(firstMs - nowMs, MAX_SLEEP_MS);
    this.#timer = this.#host.clock.schedule(() => this.#serve(), delayMs, KeepAlive.Yes);
  }

  #key(slot: QueueSlot): string {
    return queueKey(this.#host.owner, this.name, slot.sequence);
  }

  /** The same message can be listed twice before it is removed. */
  #requireAside(sequence: number, id: string): void {
    if (this.#taken.has(sequence)) throw endedError(id, "taken");
  }

  #requireOpen(): void {
    if (!this.#closed) return;
    throw new LimelightError(`this context of ${this.#host.actorId} is of a life that has ended`, {
      code: ErrorCode.LifeOver,
    });
  }
}

/** The wall clock is read at least this often, since it may be set. */
const MAX_SLEEP_MS = 60_000;
