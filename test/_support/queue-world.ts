import { ActorQueues } from "../../src/activation/queue/actor-queues.ts";
import { type Asker, QueueAsks } from "../../src/activation/queue/queue-asks.ts";
import { bodyText } from "../../src/activation/queue/queue-body.ts";
import type { QueueHost } from "../../src/activation/queue/queue-host.ts";
import type { QueueInbox } from "../../src/activation/queue/queue-inbox.ts";
import { QueuePoints } from "../../src/activation/queue/queue-points.ts";
import { readQueues } from "../../src/activation/queue/stored-queues.ts";
import { type Owner, queuePrefix } from "../../src/activation/records/record-keys.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { Catalogue } from "../../src/telemetry/catalogue.ts";
import { PointBook } from "../../src/telemetry/metrics/point-book.ts";
import { ImbalanceLog } from "../../src/telemetry/metrics/points.ts";
import { TypeMetrics } from "../../src/telemetry/metrics/type-metrics.ts";
import { JumpingClock } from "./jumping-clock.ts";
import { TestBuffer } from "./schedule-world.ts";

/** An asker that records how it was answered. */
export class TestAsker implements Asker {
  answer: unknown;
  error: unknown;

  get settled(): boolean {
    return this.answer !== undefined || this.error !== undefined;
  }

  reply(value: unknown): void {
    this.answer = value;
  }

  reject(error: unknown): void {
    this.error = error;
  }
}

/** The queues `jobs` and `mails` of one key: its store, and one life after the other. */
export class QueueWorld {
  readonly clock: JumpingClock = new JumpingClock();
  readonly store: MemoryStore = new MemoryStore();
  readonly points: PointBook = new PointBook(new ImbalanceLog(() => {}), {
    wantsRecords: false,
    record() {},
  });
  readonly owner: Owner = { type: "imports", keyText: "prices" };
  readonly asks: QueueAsks = new QueueAsks();
  readonly notices: number[] = [];
  readonly lines: string[] = [];
  readonly spans: string[] = [];
  readonly limits: { maxDepth: number; maxBytes: number; maxAttempts: number } = {
    maxDepth: 100,
    maxBytes: 65_536,
    maxAttempts: 3,
  };
  /** How much is read at the start of a life. */
  maxLoadBytes = 1_048_576;
  /** Holds that keep the actor awake, and code that waits for messages. */
  holds = 0;
  waits = 0;
  loads = 0;
  #sequence = 0;
  buffer: TestBuffer = new TestBuffer(this.store);
  queues!: ActorQueues;

  static async create(): Promise<QueueWorld> {
    const world = new QueueWorld();
    await world.begin();
    return world;
  }

  get jobs(): QueueInbox {
    return this.queues.inboxes["jobs"] as QueueInbox;
  }

  /** Begins a life with what is stored. */
  async begin(): Promise<void> {
    const { clock, owner, points, asks, store } = this;
    this.buffer = new TestBuffer(store);
    const counted = (count: 1 | -1, name: "holds" | "waits"): void => {
      this[name] += count;
    };
    const host: QueueHost = {
      actorId: "imports/prices",
      owner,
      clock,
      asks,
      buffer: this.buffer,
      store: {
        list: store.list.bind(store),
        load: (request) => {
          this.loads += 1;
          return store.load(request);
        },
      },
      points: new QueuePoints(points, new TypeMetrics(points, "imports")),
      nextSequence: () => {
        this.#sequence += 1;
        return this.#sequence;
      },
      cause: () => ({}),
      openSpan: (_queue, { attempt }) => {
        this.spans.push(`open ${attempt}`);
        return (outcome) => this.spans.push(outcome);
      },
      hold: () => {
        counted(1, "holds");
        return () => counted(-1, "holds");
      },
      wait: () => {
        counted(1, "waits");
        return () => counted(-1, "waits");
      },
      notice: (dueAtMs) => this.notices.push(dueAtMs),
      completed: () => {},
      log: (level, fields) => {
        this.lines.push(`${level} ${(fields as { readonly event: string }).event}`);
      },
    };
    const prefixes = [queuePrefix(owner)];
    const loaded = await store.load({ prefixes, maxBytes: this.maxLoadBytes });
    const partial = loaded.partialPrefixes.length > 0;
    const { queues, lastSequence } = await readQueues(
      loaded.entries,
      partial,
      owner,
      store,
      host.log,
    );
    this.#sequence = Math.max(this.#sequence, lastSequence);
    this.queues = new ActorQueues({ jobs: this.limits, mails: this.limits }, host, queues);
  }

  /** Ends the life, without what is buffered, and begins the next one. */
  async restart(): Promise<void> {
    this.buffer.drop();
    this.queues.close(false);
    await this.begin();
  }

  /** Sends as another actor does. */
  send(body: unknown, queue = "jobs"): TestAsker {
    const asker = new TestAsker();
    const id = this.queues.receive(queue, bodyText(body, this.limits.maxBytes));
    this.queues.confirm(id, asker);
    return asker;
  }

  ask(body: unknown): TestAsker {
    const asker = new TestAsker();
    const id = this.queues.receive("jobs", bodyText(body, this.limits.maxBytes));
    this.queues.await("jobs", id, asker);
    return asker;
  }

  /** Commits until nothing is buffered any more. */
  async commit(): Promise<void> {
    do {
      await this.buffer.commit();
      await this.clock.advance(0);
    } while (this.buffer.size > 0);
  }

  /** The keys in the store, without the place. */
  async stored(): Promise<string[]> {
    const { keys } = await this.store.listKeys("", { limit: 1_000 });
    return keys.map((key) => key.replace("/imports/prices/", " ").replace(/0{8,}(?=\d)/, ""));
  }

  /** Values of the metrics, by name. */
  counts(): Record<string, number> {
    const { QueueDepth, QueueSent, QueueReceived, QueueSetAside } = Catalogue;
    const metrics = [QueueDepth, QueueSent, QueueReceived, QueueSetAside];
    return Object.fromEntries(
      metrics.map((metric) => [metric.name.replace("actor.queue.", ""), this.points.total(metric)]),
    );
  }
}
