import { context, type Context as OtelContext, ROOT_CONTEXT } from "@opentelemetry/api";
import fc from "fast-check";
import { nextTurn } from "../../src/base/node-timers.ts";
import {
  type ActorDefinition,
  type Books,
  createSystem,
  createTopic,
  type Handlers,
  type MonitoredSystem,
  type ShutdownReport,
  type Topic,
  type TopicDelivery,
  type WhenFull,
} from "../../src/index.ts";
import { refreshApiGlobals } from "../../src/telemetry/api-globals.ts";
import { type InMemoryTelemetry, inMemoryTelemetry, ManualClock } from "../../src/testing.ts";
import { Gate } from "../_support/actor-waiting.ts";
import { hostileValues } from "../_support/hostile-values.ts";
import type { Context, Player, Pool, Ref, Site } from "./cast.ts";
import { Ledger, type Message } from "./ledger.ts";
import { LineBook } from "./line-book.ts";
import type { HookPlan, Plan, Script, Target, WorldPlan } from "./plan.ts";
import { SpanBook } from "./span-book.ts";

/** Values that hurt when they are looked at; the same in every process. */
const HOSTILE = fc.sample(hostileValues, { seed: 7, numRuns: 200 }).map(({ value }) => value);
/** Most acts of one scenario, since scripts of hooks can cause each other without end. */
const MAX_ACTS = 400;

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
  readonly players: Player[] = [];
  /** Actors whose `spawn` has not returned; `undefined` for the workers of a pool. */
  readonly spawning: (Player | undefined)[] = [];
  readonly pools: Pool[] = [];
  readonly topics: readonly Topic<Message, TopicDelivery>[];
  readonly subscriptions: Disposable[] = [];
  readonly controllers: AbortController[] = [];
  readonly problems: string[] = [];
  definitions: readonly Definition[] = [];
  /** Promises that must settle by the end, by what they are. */
  readonly pending: Map<Promise<unknown>, string> = new Map();
  gate: Gate = new Gate();
  /** Counts at the request of the shutdown. */
  lettersBefore = 0;
  killsBefore = 0;
  overdueBefore = 0;
  scriptedKillsBefore = 0;
  /** The books when the shutdown had ended. */
  booksAtEnd: Books | undefined = undefined;
  /** Dead letters in the turn in which the shutdown ended, before or after its report was made. */
  lettersOfLastTurn = 0;
  #lettersBeforeTurn = 0;
  #inTurn = false;
  shutdown: Promise<ShutdownReport> | undefined = undefined;
  #acts = 0;
  #pipes = 0;
  readonly #byId = new Map<string, Player>();
  readonly #calls = new Map<HookPlan, number>();
  readonly #running = new Set<HookPlan>();
  /** Actors spawned since the last step, whose promises are to be watched from outside. */
  readonly arrivals: Player[] = [];
  /** Kills that scripts have asked for. */
  scriptedKills = 0;
  readonly #play: Play;

  constructor(plan: Plan, play: Play) {
    this.plan = plan;
    this.#play = play;
    const { world } = plan;
    this.clock = world.clock === "manual" ? new ManualClock() : undefined;
    this.lines = new LineBook(world.logLevel, (problem) => this.problem(problem));
    this.lines.onLine = () => this.listener(world.onLogLine, "log");
    this.lines.onStopped = (id) => {
      const player = this.#byId.get(id);
      if (player !== undefined) player.ended = true;
    };
    this.telemetry = prepareSdk(world);
    this.system = this.#createSystem(world);
    this.ledger = new Ledger({
      rejectsDeadlocks: world.onDeadlock === "reject",
      exact: this.clock !== undefined,
      nowMs: () => this.nowMs(),
      report: (problem) => this.problem(problem),
    });
    this.topics = world.topics.map((delivery, n) =>
      createTopic<Message>(`topic-${n}`, { delivery: delivery as "drop", timeoutMs: 50 }),
    );
    this.system.deadLetters.subscribe((letter) => {
      this.#beginTurn();
      this.ledger.deadLetter(letter);
      this.listener(world.onDeadLetter, "dead letters");
    });
    this.system.monitor.on("deadlock", () => this.listener(world.onDeadlockEvent, "monitor"));
  }

  nowMs(): number {
    return this.clock?.monotonicMs() ?? performance.now();
  }

  problem(text: string): void {
    if (this.problems.length < 20) this.problems.push(text);
  }

  /** Returns whether one more act may be performed. */
  spend(): boolean {
    this.#acts += 1;
    return this.#acts <= MAX_ACTS;
  }

  /** Numbers a pipe, whose items are in order among themselves only. */
  nextPipe(): number {
    this.#pipes += 1;
    return this.#pipes;
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

  /** Runs a handler: nothing else may be running in its actor, and its state must be of the same life. */
  handle(c: Context, message: Message): unknown {
    this.ledger.begin(message, c.id);
    let result: unknown;
    try {
      result = this.runInside(c, message.name, message.script, message);
    } catch (error) {
      this.ledger.answer(message, { thrown: { error } });
      throw error;
    }
    if (result instanceof Promise) return this.#answerLater(message, result);
    this.ledger.answer(message, { value: result });
    return result;
  }

  /** Runs a script as a handler, hook or timer of an actor; without a script it only checks that it may run. */
  runInside(c: Context, what: string, script: Script | undefined, message?: Message): unknown {
    const player = this.playerOf(c);
    this.#enter(player, c, what);
    const part = message === undefined ? "hook" : "handler";
    const site: Site = { player, c, sender: c.id, part, signal: undefined, message };
    let result: unknown;
    try {
      result = script === undefined ? undefined : this.play(site, script);
    } catch (error) {
      player.inside = undefined;
      throw error;
    }
    if (!(result instanceof Promise)) {
      player.inside = undefined;
      return result;
    }
    return result.finally(() => {
      player.inside = undefined;
    });
  }

  /** Runs the script of a listener of the system, but not inside itself, which could go on without end. */
  listener(hook: HookPlan | undefined, sender: string): void {
    if (hook === undefined || this.#running.has(hook)) return;
    const script = this.due(hook);
    if (script === undefined) return;
    this.#running.add(hook);
    try {
      this.play(this.site(sender, "listener"), script);
    } finally {
      this.#running.delete(hook);
    }
  }

  /** A place outside of actors. */
  site(sender: string, part: "outside" | "listener"): Site {
    return { player: undefined, c: undefined, sender, part, signal: undefined, message: undefined };
  }

  /** Adds an actor; its ref follows with {@link World.named}. */
  enlist(definition: number, parent: Player | undefined): Player {
    const player: Player = {
      ref: undefined,
      parent,
      definition,
      children: [],
      lives: [],
      inside: undefined,
      ended: false,
    };
    parent?.children.push(player);
    return player;
  }

  named(player: Player, ref: Ref): void {
    player.ref = ref;
    if (!this.players.includes(player)) this.players.push(player);
    this.#byId.set(ref.id, player);
    if (this.lines.stopped.has(ref.id)) player.ended = true;
  }

  /** Returns the actor of a context. The workers of pools, and actors being spawned, are met here first. */
  playerOf(c: Context): Player {
    const known = this.#byId.get(c.id);
    if (known !== undefined) return known;
    const innermost = this.spawning.at(-1);
    const player =
      innermost !== undefined &&
      innermost.ref === undefined &&
      c.type === `kind-${innermost.definition}`
        ? innermost
        : this.enlist(Number(c.type.slice("kind-".length)), undefined);
    this.named(player, c.self as unknown as Ref);
    return player;
  }

  /** Returns whether a life, or the actor with an id, is over. */
  isOver(holder: object | string): boolean {
    if (typeof holder === "string") return this.#byId.get(holder)?.ended === true;
    return !this.players.some(({ lives }) => lives.at(-1) === holder);
  }

  /** Returns the ref a target means at this site, if there is any actor yet. */
  find({ who, n }: Target, { player }: Site): Ref | undefined {
    const candidates = this.#candidates(who, player).filter(({ ref }) => ref !== undefined);
    const chosen = candidates.length > 0 ? candidates : this.players;
    return chosen[n % Math.max(1, chosen.length)]?.ref;
  }

  /** Requests the shutdown, once. */
  shutDown(): Promise<ShutdownReport> {
    if (this.shutdown === undefined) {
      this.lettersBefore = this.system.deadLetters.total;
      this.killsBefore = this.lines.kills;
      this.overdueBefore = this.lines.overdue;
      this.scriptedKillsBefore = this.scriptedKills;
      this.shutdown = this.system.shutdown();
      this.#beginTurn();
      void this.shutdown.then(() => {
        this.lettersOfLastTurn = this.ledger.deadLetters - this.#lettersBeforeTurn;
        this.booksAtEnd = this.system.books();
      });
    }
    return this.system.shutdown();
  }

  /** Notes the number of dead letters at the beginning of a turn of the event loop. */
  #beginTurn(): void {
    if (!this.#inTurn) this.#lettersBeforeTurn = this.ledger.deadLetters;
    this.#inTurn = true;
    void nextTurn().then(() => {
      this.#inTurn = false;
    });
  }

  async #answerLater(message: Message, result: Promise<unknown>): Promise<unknown> {
    try {
      const value = await result;
      this.ledger.answer(message, { value });
      return value;
    } catch (error) {
      this.ledger.answer(message, { thrown: { error } });
      throw error;
    }
  }

  #enter(player: Player, c: Context, what: string): void {
    if (player.ended) this.problem(`${c.id} runs ${what} after its end`);
    if (player.inside !== undefined) this.problem(`${c.id} runs ${what} during ${player.inside}`);
    player.inside = what;
    meet(player, c);
    const { state } = c;
    if (state === undefined) return;
    state.owner ??= c;
    if (state.owner !== c) this.problem(`${c.id} has the state of an earlier life`);
  }

  #candidates(who: Target["who"], player: Player | undefined): readonly Player[] {
    switch (who) {
      case "self":
        return player === undefined ? [] : [player];
      case "parent":
        return player?.parent === undefined ? [] : [player.parent];
      case "sibling":
        return player?.parent?.children.filter((other) => other !== player) ?? [];
      case "child":
        return player?.children ?? [];
      case "living":
        return this.players.filter(({ ended }) => !ended);
      case "any":
        return this.players;
    }
  }

  #createSystem(world: WorldPlan): MonitoredSystem {
    const tracerProvider = this.spans.provider;
    const { rootSampleRatio } = world;
    const traced = world.sdk === "present" && world.tracing;
    return createSystem({
      ...(this.clock === undefined ? {} : { clock: this.clock }),
      ...(this.telemetry === undefined
        ? {}
        : { metrics: this.telemetry.systemOptions.metrics ?? true }),
      logger: this.lines.logger,
      tracing: traced
        ? { tracerProvider, rootSampleRatio }
        : world.tracing && world.sdk === "absent",
      onDeadlock: world.onDeadlock,
      monitor: world.monitor,
      askTimeoutMs: world.askTimeoutMs,
      shutdownDeadlineMs: world.shutdownDeadlineMs,
    });
  }
}

/** Notes the context of a life when its code first runs. */
export function meet({ lives }: Player, c: Context): void {
  if (!lives.includes(c)) lives.push(c);
}

/** Registers OpenTelemetry's context manager, or takes it away as where there has never been an SDK. */
function prepareSdk({ sdk }: WorldPlan): InMemoryTelemetry | undefined {
  if (sdk === "present") return inMemoryTelemetry();
  context.disable();
  refreshApiGlobals();
  return undefined;
}
