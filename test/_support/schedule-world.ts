import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Schedules } from "../../src/activation/definition/schedule-types.ts";
import {
  type Owner,
  scheduleIdOf,
  schedulePrefix,
} from "../../src/activation/records/record-keys.ts";
import { decodeSchedule } from "../../src/activation/records/schedule-record.ts";
import { causeIn } from "../../src/activation/schedule/cause.ts";
import type { CommitBuffer } from "../../src/activation/schedule/commit-buffer.ts";
import { FailedRuns } from "../../src/activation/schedule/failed-runs.ts";
import type { Fire } from "../../src/activation/schedule/fire.ts";
import { ScheduleBook } from "../../src/activation/schedule/schedule-book.ts";
import { ActorSchedules } from "../../src/activation/schedule/schedule-calls.ts";
import type { ScheduleHost } from "../../src/activation/schedule/schedule-host.ts";
import { SchedulePoints } from "../../src/activation/schedule/schedule-points.ts";
import { createCallsType } from "../../src/actor/delivery/calls.ts";
import type { AnyHandler } from "../../src/actor/mailbox/route.ts";
import { WriteKind, type WriteOperation } from "../../src/store/contract/store.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { Catalogue } from "../../src/telemetry/catalogue.ts";
import { PointBook } from "../../src/telemetry/metrics/point-book.ts";
import { ImbalanceLog } from "../../src/telemetry/metrics/points.ts";
import { TypeMetrics } from "../../src/telemetry/metrics/type-metrics.ts";
import { JumpingClock } from "./jumping-clock.ts";

/** Buffers writes until they are committed or dropped. */
export class TestBuffer implements CommitBuffer {
  readonly #store: MemoryStore;
  #operations: WriteOperation[] = [];
  #settle = Promise.withResolvers<void>();

  constructor(store: MemoryStore) {
    this.#store = store;
    this.#settle.promise.catch(() => {});
  }

  get size(): number {
    return this.#operations.length;
  }

  put(key: string, value: Uint8Array): void {
    this.#operations.push({ kind: WriteKind.Put, key, value });
  }

  delete(key: string): void {
    this.#operations.push({ kind: WriteKind.Delete, key });
  }

  stored(): Promise<void> {
    return this.#settle.promise;
  }

  storedNow(): Promise<void> {
    return this.stored();
  }

  async commit(): Promise<void> {
    const [operations, { resolve }] = [this.#operations, this.#settle];
    this.#renew();
    await this.#store.batch(operations);
    resolve();
    await Promise.resolve();
  }

  /** As when the store rejects the commit, or the life ends. */
  drop(): void {
    const { reject } = this.#settle;
    this.#renew();
    reject(new Error("not stored"));
  }

  #renew(): void {
    this.#operations = [];
    this.#settle = Promise.withResolvers();
    this.#settle.promise.catch(() => {});
  }
}

type Messages = {
  deliver(text: string): void;
  digest(...args: unknown[]): void;
};

/** The schedules of one key: its store, and one life after the other, with a mailbox that the test empties. */
export class ScheduleWorld {
  readonly clock: JumpingClock = new JumpingClock();
  readonly store: MemoryStore = new MemoryStore();
  readonly points: PointBook = new PointBook(new ImbalanceLog(() => {}), {
    wantsRecords: false,
    record() {},
  });
  readonly owner: Owner = { type: "reminders", keyText: "alice" };
  readonly failed: FailedRuns = new FailedRuns();
  readonly handlers: Map<string, AnyHandler> = new Map();
  readonly calls: unknown[][] = [];
  readonly notices: number[] = [];
  readonly lines: string[] = [];
  mailbox: Fire[] = [];
  maxSchedules = 1_000;
  upMs: number = Infinity;
  /** In which the code of the actor runs. */
  context: Context = ROOT_CONTEXT;
  buffer: TestBuffer = new TestBuffer(this.store);
  book!: ScheduleBook;
  schedule!: Schedules<Messages>;

  constructor() {
    for (const name of ["deliver", "digest"]) {
      this.handlers.set(name, (_c, ...args) => void this.calls.push([name, ...args]));
    }
  }

  static async create(): Promise<ScheduleWorld> {
    const world = new ScheduleWorld();
    await world.begin();
    return world;
  }

  /** Begins a life with what is stored. */
  async begin(): Promise<void> {
    const { clock, owner, points, failed } = this;
    this.buffer = new TestBuffer(this.store);
    const { entries } = await this.store.list(schedulePrefix(owner), { limit: 1_000 });
    const metrics = new TypeMetrics(points, "reminders");
    const host: ScheduleHost = {
      actorId: "reminders/alice",
      owner,
      clock,
      failed,
      maxSchedules: this.maxSchedules,
      buffer: this.buffer,
      points: new SchedulePoints(points, metrics),
      upMs: () => this.upMs,
      hasMessage: (name) => this.handlers.has(name),
      cause: () => causeIn(this.context),
      send: (fire) => this.mailbox.push(fire),
      succeeded: () => {},
      notice: (dueAtMs) => this.notices.push(dueAtMs),
      log: (level, fields) => {
        this.lines.push(`${level} ${(fields as { readonly event: string }).event}`);
      },
    };
    const stored = entries.map(
      ({ key, value }) => [scheduleIdOf(owner, key) ?? "", decodeSchedule(key, value)] as const,
    );
    this.book = new ScheduleBook(host, stored);
    const calls = createCallsType(["deliver", "digest"]);
    this.schedule = new ActorSchedules(this.book, host, calls) as unknown as Schedules<Messages>;
    this.book.fireDue();
  }

  /** Ends the life, with or without what is buffered, and begins the next one. */
  async restart(): Promise<void> {
    this.buffer.drop();
    this.book.close();
    await this.begin();
  }

  /** Handles everything in the mailbox. Returns what the handlers threw. */
  async handle(): Promise<unknown[]> {
    const thrown: unknown[] = [];
    const fires = this.mailbox;
    this.mailbox = [];
    for (const fire of fires) {
      const handler = this.handlers.get(fire.entry.record.message);
      try {
        await fire.run(undefined, handler as AnyHandler);
      } catch (error) {
        thrown.push(error);
      }
    }
    return thrown;
  }

  /** Moves the clock, lets everything that is due run, and commits. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.book.fireDue();
    await this.handle();
    await this.buffer.commit();
  }

  /** The keys in the store, without the times and the place. */
  async stored(): Promise<string[]> {
    const { keys } = await this.store.listKeys("", { limit: 1_000 });
    return keys.map((key) => key.replace(/^d\/\d+/, "d").replace("/reminders/alice/", " "));
  }

  /** Runs that were counted, as `outcome count`. */
  runs(): string[] {
    return [...this.points.recorded()]
      .filter(({ metric }) => metric === Catalogue.ScheduleRuns)
      .map(({ attributes, value }) => `${String(attributes["actor.schedule.outcome"])} ${value}`);
  }
}
