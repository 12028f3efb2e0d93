import type { ConnectAnswer, ConnectRequest, Outlet } from "../../../src/activation/access/link.ts";
import type { StartOrder } from "../../../src/activation/hosting/actor-host.ts";
import type { Owner } from "../../../src/activation/records/record-keys.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../../src/base/errors.ts";
import { wait } from "../../../src/cluster/engine/wait.ts";
import { addressOf } from "../../../src/cluster/protocol/address.ts";
import { WriteOutcome, writeOutcome } from "../../../src/store/contract/outcomes.ts";
import type { Store } from "../../../src/store/contract/store.ts";
import { ABSENT } from "../../../src/store/contract/store.ts";
import { StopReason } from "../../../src/telemetry/attributes.ts";
import type { ConnectionNotes } from "./connections/connection-notes.ts";
import { ModelConnections } from "./connections/model-connections.ts";
import {
  decodeRecord,
  EMPTY_RECORD,
  encodeRecord,
  type ModelRecord,
  recordKey,
} from "./model-record.ts";
import { ModelQueue } from "./queues/model-queue.ts";

/** What a model of an actor works with. */
export interface ModelActorParts {
  readonly owner: Owner;
  readonly generation: number;
  readonly store: Store;
  readonly clock: Clock;
  /** Name of the process. */
  readonly writer: string;
  readonly newId: () => string;
  /** Whether replies are given before the commit: a fault to be found. */
  readonly repliesEarly: boolean;
  readonly connections: ConnectionNotes;
  readonly ended: (actor: ModelActor, reason: StopReason) => void;
}

/** What a message gets. */
export interface ModelAnswer {
  /** A queue message whose reply is waited for is stored. */
  stored?(id: string): void;
  reply(value: { readonly version: number }): void;
  fail(error: Error, handled: boolean): void;
}

/** What a message asks for. The id of one for the queue names the attempt to send it. */
export type MessageKind = "append" | "read" | "destroy" | "send" | "send_wait";

interface Message {
  readonly kind: MessageKind;
  readonly id: string;
  readonly answer: ModelAnswer;
}

/** A client that wants to connect. */
interface Connecting {
  readonly request: ConnectRequest;
  readonly outlet: Outlet;
  readonly answer: ConnectAnswer;
}

const RETRY_MS = 200;
/** Attempts to find out what became of a write, or to read. */
const MAX_ATTEMPTS = 40;

/** Of a queue message whose reply nobody waits for. */
const NOBODY: ModelAnswer = { reply: () => {}, fail: () => {} };

/** How a claim has ended. */
export type ModelClaim =
  | { readonly outcome: "held" }
  | { readonly outcome: "stale"; readonly storedGeneration: number }
  | { readonly outcome: "absent" }
  | { readonly outcome: "failed"; readonly error: Error };

/** A keyed actor as the runtime runs it: claims its generation, stores each change by compare-and-set, then replies. */
export class ModelActor {
  readonly owner: Owner;
  readonly generation: number;
  readonly #parts: ModelActorParts;
  readonly #mailbox: (Message | Connecting)[] = [];
  readonly #connections: ModelConnections;
  #queue = new ModelQueue();
  /** Who waits for the reply to a message of the queue, by its number. */
  readonly #waiting = new Map<number, ModelAnswer>();
  #record: ModelRecord = EMPTY_RECORD;
  #revision = ABSENT;
  #isWorking = false;
  #isClaimed = false;
  #isEnded = false;
  /** Why it is to end after the message at work. */
  #stopReason: StopReason | undefined;

  constructor(parts: ModelActorParts) {
    this.#parts = parts;
    this.owner = parts.owner;
    this.generation = parts.generation;
    this.#connections = new ModelConnections(parts.connections);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get connections(): number {
    return this.#connections.size;
  }

  get isEnding(): boolean {
    return this.#stopReason !== undefined || this.#isEnded;
  }

  /** Writes the generation into the record: from then on, no earlier one can write. */
  async claim(order: StartOrder): Promise<ModelClaim> {
    let error: Error | undefined;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      if (attempt > 1) await this.#pause();
      if (this.#isEnded) return { outcome: "failed", error: notOwner("it was fenced") };
      try {
        const claim = await this.#tryClaim(order);
        if (claim !== undefined) return claim;
      } catch (thrown) {
        error = thrown as Error;
      }
    }
    return { outcome: "failed", error: error ?? notOwner("others write") };
  }

  /** Returns `undefined` if another write was faster. */
  async #tryClaim({ isCurrent, mustExist = false }: StartOrder): Promise<ModelClaim | undefined> {
    const { store, owner, generation, writer, newId } = this.#parts;
    const entry = await store.get(recordKey(owner));
    const stored = entry === undefined ? EMPTY_RECORD : decodeRecord(entry.value);
    const isAbsent = entry === undefined || stored.isDestroyed === true;
    const found = isAbsent ? EMPTY_RECORD : stored; // stores forget the generation of what is removed
    if (found.generation >= generation) {
      return { outcome: "stale", storedGeneration: found.generation };
    }
    if (isAbsent && mustExist) return { outcome: "absent" };
    if (isAbsent && (await isCurrent?.()) === false) {
      return { outcome: "stale", storedGeneration: generation };
    }
    const next = { ...found, generation, writer, writeId: newId() };
    if (!(await this.#write(next, entry?.revision ?? ABSENT))) return undefined;
    this.#isClaimed = true;
    this.#queue = new ModelQueue();
    for (const op of next.ops) this.#queue.stored(op);
    this.#connections.begin(addressOf(owner), generation);
    void this.#work(); // never rejects
    return { outcome: "held" };
  }

  /** Takes a message. It is answered, whatever happens. */
  push(kind: Message["kind"], id: string, answer: ModelAnswer): void {
    if (this.isEnding) {
      answer.fail(notOwner("it ends"), false);
      return;
    }
    this.#mailbox.push({ kind, id, answer });
    void this.#work(); // never rejects
  }

  /** Opens a connection once it is its turn. */
  connect(request: ConnectRequest, outlet: Outlet, answer: ConnectAnswer): void {
    if (this.isEnding) {
      answer.fail(notOwner("it ends"), false);
      return;
    }
    this.#mailbox.push({ request, outlet, answer });
    void this.#work(); // never rejects
  }

  /** Ends it after the message at work. Messages of its queue keep it awake. */
  stop(reason: StopReason): void {
    if (reason === StopReason.Idle && !this.#queue.isEmpty) return;
    this.#stopReason ??= reason;
    if (!this.#isWorking) this.#end(reason);
  }

  /** Ends it at once: a write under way is not taken back. */
  fence(): void {
    this.#end(StopReason.Fenced);
  }

  async #work(): Promise<void> {
    if (this.#isWorking || !this.#isClaimed) return;
    this.#isWorking = true;
    while (!this.#isEnded && this.#stopReason === undefined) {
      const message = this.#mailbox.shift();
      if (message === undefined) {
        if (this.#queue.isEmpty) break;
        await this.#handleQueued();
      } else if ("request" in message) {
        this.#connections.open(message.request, message.outlet, message.answer);
      } else await this.#handle(message);
    }
    this.#isWorking = false;
    if (this.#stopReason !== undefined) this.#end(this.#stopReason);
  }

  async #handle({ kind, id, answer }: Message): Promise<void> {
    const { version, ops } = this.#record;
    switch (kind) {
      case "read":
        answer.reply({ version });
        return;
      case "append": {
        const at = ops.indexOf(id);
        if (at >= 0) answer.reply({ version: at + 1 });
        else await this.#add(id, answer, (done) => answer.reply({ version: done }));
        return;
      }
      case "send":
        await this.#add(this.#queue.taking(id), answer, (done) => answer.reply({ version: done }));
        return;
      case "send_wait": {
        const number = this.#queue.next;
        await this.#add(this.#queue.taking(id), answer, () => {
          answer.stored?.(String(number));
          if (this.#isEnded) answer.fail(notOwner("it has ended"), true);
          else this.#waiting.set(number, answer);
        });
        return;
      }
      case "destroy": {
        const { generation, writer } = this.#record;
        const writeId = this.#parts.newId();
        const none = { ...EMPTY_RECORD, generation, writer, writeId, isDestroyed: true };
        await this.#store(none, answer, () => {
          answer.reply({ version: none.version });
          this.#end(StopReason.Destroyed);
        });
      }
    }
  }

  /** Handles the oldest message of the queue. */
  async #handleQueued(): Promise<void> {
    const [op, number] = [this.#queue.handling(), this.#queue.first];
    if (op === undefined || number === undefined) return;
    const answer = this.#waiting.get(number) ?? NOBODY;
    await this.#add(op, answer, (version) => {
      this.#waiting.delete(number);
      answer.reply({ version });
    });
  }

  /** Stores one more operation, then tells of it. */
  async #add(op: string, answer: ModelAnswer, done: (version: number) => void): Promise<void> {
    const { version, ops } = this.#record;
    const next = {
      ...this.#record,
      version: version + 1,
      ops: [...ops, op],
      writeId: this.#parts.newId(),
    };
    if (this.#parts.repliesEarly) done(next.version);
    await this.#store(next, answer, () => {
      this.#queue.stored(op);
      this.#connections.publish(op);
      if (!this.#parts.repliesEarly) done(next.version);
    });
  }

  async #store(next: ModelRecord, answer: ModelAnswer, done: () => void): Promise<void> {
    try {
      const isOurs = await this.#write(next, this.#revision);
      if (this.#isEnded) answer.fail(notOwner("it was fenced at work"), true);
      else if (isOurs) done();
      else {
        answer.fail(conflict("another activation has written"), true);
        this.#end(StopReason.StateConflict);
      }
    } catch (error) {
      answer.fail(error as Error, true);
      this.#end(StopReason.StateConflict);
    }
  }

  /** Returns whether the record is ours; false if another one was written. Rejects if that cannot be found out. */
  async #write(next: ModelRecord, expectedRevision: number): Promise<boolean> {
    const { store, owner } = this.#parts;
    const [key, value] = [recordKey(owner), encodeRecord(next)];
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#revision = await store.put(key, value, { expectedRevision });
        this.#record = next;
        return true;
      } catch (error) {
        const isConflict = isCode(error, ErrorCode.StoreConflict);
        // An earlier attempt of unknown outcome may have happened, which the last one then conflicts with.
        if (isConflict) return attempt > 1 && (await this.#isStored(next));
        const isOver = attempt === 1 && writeOutcome(error) !== WriteOutcome.Unknown;
        if (isOver || this.#isEnded || attempt >= MAX_ATTEMPTS) throw error;
      }
      await this.#pause();
      if (this.#isEnded) throw notOwner("it was fenced while it wrote");
    }
  }

  async #isStored(next: ModelRecord): Promise<boolean> {
    const { store, owner } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const entry = await store.get(recordKey(owner));
        const found = entry === undefined ? EMPTY_RECORD : decodeRecord(entry.value);
        if (found.writeId !== next.writeId) return false;
        this.#revision = entry?.revision ?? ABSENT;
        this.#record = next;
        return true;
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS) throw error;
      }
      await this.#pause();
    }
  }

  #end(reason: StopReason): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const { answer } of this.#mailbox.splice(0)) answer.fail(notOwner("it has ended"), false);
    for (const answer of this.#waiting.values()) answer.fail(notOwner("it has ended"), true);
    this.#waiting.clear();
    this.#connections.end();
    this.#parts.ended(this, reason);
  }

  async #pause(): Promise<void> {
    await wait(this.#parts.clock, RETRY_MS);
  }
}

function notOwner(text: string): ClusterError {
  return new ClusterError(text, { code: ErrorCode.NotOwner });
}

function conflict(text: string): LimelightError {
  return new LimelightError(text, { code: ErrorCode.StateConflict });
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return LimelightError.is(error) && error.code === code;
}
