import { context, type Context as OtelContext, ROOT_CONTEXT } from "@opentelemetry/api";
import fc from "fast-check";
import {
  type ActorDefinition,
  createTopic,
  type Handlers,
  type MonitoredSystem,
  type Topic,
  type TopicDelivery,
  type WhenFull,
} from "../../src/index.ts";
import { type InMemoryTelemetry, ManualClock } from "../../src/testing.ts";
import { Gate } from "../_support/actor-waiting.ts";
import { hostileValues } from "../_support/hostile-values.ts";
import type { Player, Pool, Site } from "./cast.ts";
import { Ledger, type Message } from "./ledger.ts";
import { LineBook } from "./line-book.ts";
import type { HookPlan, Plan, Script } from "./plan.ts";
import { ShutdownRecord } from "./shutdown-record.ts";
import { SpanBook } from "./span-book.ts";
import { createStageSystem, prepareSdk } from "./stage-system.ts";
import { Troupe } from "./troupe.ts";

/** Values that hurt when they are looked at; the same in every process. */
const HOSTILE = fc.sample(hostileValues, { seed: 7, numRuns: 200 }).map(({ value }) => value);
/** Most acts of one scenario, since scripts of hooks can cause each other without end. */
const MAX_ACTS = 400;
/** Most problems that are kept; the first tells the most. */
const MAX_PROBLEMS = 20;

export type Definition = ActorDefinition<
  unknown,
  { player: Player | undefined },
  Handlers<unknown>,
  WhenFull
>;

/** Plays a script; acts and the world refer to each other, so it is handed over. */
type Play = (world: World, site: Site, script: Script) => unknown;

/** Returns the hostile value with this number, as it is at every call. */
export function hostile(n: number): unknown {
  return HOSTILE[n % HOSTILE.length];
}

/** Where a scenario takes place: its system, and everything that is known about it. */
export class World {
  readonly plan: Plan;
  readonly clock: ManualClock | undefined;
  readonly telemetry: InMemoryTelemetry | undefined;
  readonly spans: SpanBook = new SpanBook();
  readonly lines: LineBook;
  readonly system: MonitoredSystem;
  readonly ledger: Ledger;
  readonly troupe: Troupe;
  readonly ending: ShutdownRecord;
  readonly pools: Pool[] = [];
  readonly topics: readonly Topic<Message, TopicDelivery>[];
  readonly subscriptions: Disposable[] = [];
  readonly controllers: AbortController[] = [];
  readonly problems: string[] = [];
  definitions: readonly Definition[] = [];
  /** Promises that must settle by the end, by what they are. */
  readonly pending: Map<Promise<unknown>, string> = new Map();
  gate: Gate = new Gate();
  #acts = 0;
  #senders = 0;
  readonly #calls = new Map<HookPlan, number>();
  readonly #running = new Set<HookPlan>();
  readonly #play: Play;

  constructor(plan: Plan, play: Play) {
    this.plan = plan;
    this.#play = play;
    const { world } = plan;
    this.clock = world.clock === "manual" ? new ManualClock() : undefined;
    this.lines = new LineBook(world.logLevel, (problem) => this.problem(problem));
    this.troupe = new Troupe((id) => this.lines.stopped.has(id));
    this.telemetry = prepareSdk(world);
    this.system = createStageSystem(world, this);
    this.ending = new ShutdownRecord(this.system, this.lines);
    this.ledger = new Ledger({
      rejectsDeadlocks: world.onDeadlock === "reject",
      exact: this.clock !== undefined,
      nowMs: () => this.nowMs(),
      report: (problem) => this.problem(problem),
    });
    this.topics = world.topics.map((delivery, n) =>
      createTopic<Message>(`topic-${n}`, { delivery: delivery as "drop", timeoutMs: 50 }),
    );
    this.#listen();
  }

  nowMs(): number {
    return this.clock?.monotonicMs() ?? performance.now();
  }

  problem(text: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(text);
  }

  /** Returns whether one more act may be performed. */
  spend(): boolean {
    this.#acts += 1;
    return this.#acts <= MAX_ACTS;
  }

  /**
   * Names a sender whose messages are in order among themselves only: a pipe, or one run of code that may be called
   * while another sender is in the middle of a send.
   */
  newSender(what: string): string {
    this.#senders += 1;
    return `${what} ${this.#senders}`;
  }

  /** Watches a promise from outside actors, where awaiting it is no wait of theirs. */
  mustSettle(promise: Promise<unknown>, what: string): void {
    this.pending.set(promise, what);
    const settled = (): void => {
      this.pending.delete(promise);
    };
    promise.then(settled, settled);
  }

  /** Runs `fn` as code outside actors, in the given trace. */
  outside<Result>(fn: () => Result, trace: OtelContext = ROOT_CONTEXT): Result {
    return context.with(trace, fn);
  }

  /** Returns the script of a hook if it is due at this call. */
  due(hook: HookPlan | undefined): Script | undefined {
    if (hook === undefined) return undefined;
    const calls = (this.#calls.get(hook) ?? 0) + 1;
    this.#calls.set(hook, calls);
    return calls % hook.every === 0 ? hook.script : undefined;
  }

  play(site: Site, script: Script): unknown {
    return this.#play(this, site, script);
  }

  /** A place outside of actors. */
  site(sender: string, part: "outside" | "listener"): Site {
    return { player: undefined, c: undefined, sender, part, signal: undefined, message: undefined };
  }

  #listen(): void {
    const { onLogLine, onDeadLetter, onDeadlockEvent } = this.plan.world;
    this.lines.onLine = () => this.#callListener(onLogLine, "log");
    this.lines.onStopped = (id) => this.troupe.end(id);
    this.system.deadLetters.subscribe((letter) => {
      this.ending.noteTurn(this.system.deadLetters.total - 1);
      this.ledger.deadLetter(letter);
      this.#callListener(onDeadLetter, "dead letters");
    });
    this.system.monitor.on("deadlock", () => this.#callListener(onDeadlockEvent, "monitor"));
  }

  /** Runs the script of a listener of the system, but not inside itself, which could go on without end. */
  #callListener(hook: HookPlan | undefined, sender: string): void {
    if (hook === undefined || this.#running.has(hook)) return;
    const script = this.due(hook);
    if (script === undefined) return;
    this.#running.add(hook);
    try {
      this.play(this.site(this.newSender(sender), "listener"), script);
    } finally {
      this.#running.delete(hook);
    }
  }
}
