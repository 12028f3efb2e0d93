import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Tracer, TracerProvider } from "@opentelemetry/api";
import type { RuntimeOptions } from "../../src/actor/system/create-runtime.ts";
import {
  type ActorContext,
  type ActorDefinition,
  type ActorOptions,
  type ActorRef,
  createSystem,
  type Directive,
  defineActor,
  type Failure,
  type Handlers,
  type MonitoredSystem,
  type SupervisionStrategy,
} from "../../src/index.ts";
import { operate } from "../../src/monitor/operations.ts";
import { createLogger } from "../../src/telemetry.ts";
import {
  expectBooks,
  type InMemoryTelemetry,
  inMemoryTelemetry,
  ManualClock,
} from "../../src/testing.ts";
import { expectClosedBooks, passTimeUntil, shutDownBy } from "./actor-system.ts";
import { codeOf } from "./actor-waiting.ts";

/** Thrown by a callback to end its actor. */
export class EndError extends Error {}

/** Code that runs as an actor, or inside one of its callbacks. */
export type Run = (c: ActorContext<unknown>) => unknown;

/** The hooks a callback site adds to the definition of the subject. */
export type Hooks = Partial<ActorOptions<unknown, undefined, Handlers<unknown>, "reject">>;

/** The actors of a world, all children of `parent` except `parent` and `stranger`; `child` is the subject's. */
export const PARTS = ["parent", "elder", "subject", "younger", "child", "stranger"] as const;
export type Part = (typeof PARTS)[number];

interface Messages extends Handlers<unknown> {
  run(c: ActorContext<unknown>, run: Run): unknown;
  ping(): string;
  item(): void;
}

export type Ref = ActorRef<Messages>;

/** How the actors of a world are supervised and observed. */
export interface Flavor {
  readonly name: string;
  readonly traced: boolean;
  readonly strategy: SupervisionStrategy;
  /** Whether log lines are written, which takes a third of the time. */
  readonly logged?: boolean;
  /** How many calls of the callback end something. */
  readonly maxActs: number;
}

const run = (c: ActorContext<unknown>, code: Run): unknown => code(c);
const plain = { run, ping: () => "pong", item: () => {} };

/** Longer than every deadline of the actors together. */
const LONG_MS = 1_600;

/** Returns the options of a system whose spans call `onSpan` of the world. */
function observed({ systemOptions }: InMemoryTelemetry, world: World): RuntimeOptions {
  const { tracing } = systemOptions;
  assert.ok(typeof tracing === "object" && tracing.tracerProvider !== undefined);
  const { tracerProvider } = tracing;
  const getTracer: TracerProvider["getTracer"] = (name, version, options) => {
    const tracer = tracerProvider.getTracer(name, version, options);
    const startSpan: Tracer["startSpan"] = (...args) => {
      world.onSpan();
      const span = tracer.startSpan(...args);
      const end = span.end.bind(span);
      span.end = (endTime) => {
        end(endTime);
        world.onSpan();
      };
      return span;
    };
    return { startSpan, startActiveSpan: tracer.startActiveSpan.bind(tracer) };
  };
  return { ...systemOptions, tracing: { ...tracing, tracerProvider: { getTracer } } };
}

/** One system with a small family, in which one callback ends one actor. */
export class World {
  readonly clock: ManualClock;
  readonly system: MonitoredSystem;
  readonly refs: Ref[] = [];
  readonly flavor: Flavor;
  /** Called by the callback under test; replaced by the way of ending. */
  end: () => void = () => {};
  /** Result of `onFailure` of the subject for an error of the callback. */
  directive: Directive | undefined = undefined;
  /** Called with each log line while it is written. */
  onLine: (line: string) => void = () => {};
  /** Called at the start and the end of each span. */
  onSpan: () => void = () => {};
  acts = 0;
  /** Whether a shutdown has begun. */
  shuttingDown = false;
  readonly #parts = new Map<string, Ref>();
  readonly #settling: Promise<unknown>[] = [];

  constructor(flavor: Flavor, clock: ManualClock = new ManualClock()) {
    this.clock = clock;
    this.flavor = flavor;
    const write = (line: string): void => this.onLine(line);
    const logger = createLogger({
      level: flavor.logged === true ? "debug" : "silent",
      destination: { write },
    });
    const traced = flavor.traced ? observed(inMemoryTelemetry({ logLevel: "silent" }), this) : {};
    this.system = createSystem({
      ...traced,
      logger,
      clock,
      askTimeoutMs: 100,
      shutdownDeadlineMs: 200,
    });
  }

  /** Ends something; a no-op after the number of calls that the flavor allows. */
  readonly act = (): void => {
    this.acts += 1;
    if (this.acts <= this.flavor.maxActs) this.end();
  };

  /** Returns an actor of the family. Also finds one whose state factory is still running. */
  part(part: Part): Ref | undefined {
    const known = this.#parts.get(part);
    if (known !== undefined) return known;
    const found = this.#definitions.get(part);
    return found === undefined ? undefined : (this.system.find(found, part) as Ref | undefined);
  }

  /** Returns an actor of the family that has been spawned. */
  ref(part: Part): Ref {
    const ref = this.part(part);
    assert.ok(ref !== undefined, `${part} has not been spawned`);
    return ref;
  }

  /** The subject. */
  get subject(): Ref {
    return this.ref("subject");
  }

  readonly #definitions = new Map<Part, ReturnType<World["define"]>>();

  define(type: string, hooks: Hooks = {}): ActorDefinition<unknown, undefined, Messages, "reject"> {
    const { strategy } = this.flavor;
    return defineActor(type, {
      supervision: { strategy },
      taskDeadlineMs: 10,
      stopDeadlineMs: 40,
      stuckAfterMs: 20,
      ...hooks,
      handlers: { ...plain, ...hooks.handlers },
    } as ActorOptions<unknown, undefined, Messages, "reject">);
  }

  /** Spawns everything but the subject. */
  async open(subject: Hooks, child: Hooks = {}): Promise<void> {
    const onFailure = (_c: unknown, { error }: Failure): Directive | undefined =>
      error instanceof EndError ? this.directive : undefined;
    for (const part of PARTS) {
      const hooks = part === "subject" ? { onFailure, ...subject } : part === "child" ? child : {};
      this.#definitions.set(part, this.define(part, hooks));
    }
    for (const part of ["stranger", "parent"] as const) {
      this.#add(part, this.system.spawn(this.#definition(part), { name: part }));
    }
    await this.spawnUnder("parent", "elder");
  }

  /** Spawns the subject, its child and its younger sibling. */
  async spawnFamily(): Promise<void> {
    await this.spawnUnder("parent", "subject");
    await this.spawnUnder("subject", "child");
    await this.spawnUnder("parent", "younger");
  }

  /** Spawns `part`; not an error if that is refused because a parent has been ended by then. */
  async spawnUnder(parent: Part, part: Part): Promise<void> {
    const asked = this.part(parent)?.ask.run((c) => {
      this.#add(part, c.spawnChild(this.#definition(part), { name: part }) as Ref);
    });
    if (asked !== undefined) await this.settle(asked);
  }

  /** Returns the code with which `promise` is rejected; time passes only if it does not settle without. */
  async settle(promise: Promise<unknown>): Promise<unknown> {
    let settled = false;
    const code = codeOf(promise).finally(() => {
      settled = true;
    });
    for (let turn = 0; turn < 3 && !settled; turn += 1) await nextTurn();
    return settled ? code : passTimeUntil(this.clock, code);
  }

  /** Requests a restart of `part`, as the console does. */
  restart(part: Part): void {
    const id = this.part(part)?.id;
    if (id !== undefined) this.track(operate(this.system, { action: "restart", id }));
  }

  /** Checks at the end that `promise` has settled. */
  track(promise: Promise<unknown> | undefined): void {
    if (promise !== undefined) this.#settling.push(codeOf(promise));
  }

  adopt(ref: unknown): void {
    const adopted = ref as Ref;
    this.refs.push(adopted);
    this.track(adopted.whenReady());
    this.track(adopted.whenStopped());
  }

  #add(part: Part, ref: Ref): void {
    this.#parts.set(part, ref);
    this.adopt(ref);
  }

  #definition(part: Part): ReturnType<World["define"]> {
    return this.#definitions.get(part) as ReturnType<World["define"]>;
  }

  /** Lets everything that has begun come to its end. */
  async passTime(): Promise<void> {
    for (let step = 0; step < 8; step += 1) await this.clock.advance(LONG_MS / 8);
  }

  /** Returns the parts that still answer. */
  async living(): Promise<Part[]> {
    const codes = PARTS.map(async (part) => {
      const ref = this.#parts.get(part);
      return ref === undefined ? "not spawned" : codeOf(ref.ask.ping());
    });
    const all = Promise.all(codes);
    await this.settle(all);
    const outcomes = await all;
    return PARTS.filter((_part, at) => outcomes[at] === undefined);
  }

  /** Checks what holds whatever has ended: books, promises, gauges and timers. */
  async close(): Promise<void> {
    expectBooks(this.system);
    await shutDownBy(this.clock, this.system);
    expectClosedBooks(this.system);
    for (const ref of this.refs) {
      this.track(ref.ask.ping());
      this.track(ref.stop());
    }
    await this.settle(Promise.all(this.#settling));
    await this.passTime(); // a timer that has been forgotten fires now
    expectClosedBooks(this.system);
    const { pendingTimers, backgroundTimers } = this.clock;
    assert.deepEqual([pendingTimers, backgroundTimers], [0, 0], "timers are left on the clock");
  }
}
