import type { Logger } from "pino";
import { type Clock, systemClock } from "../../base/clock.ts";
import { ErrorCode, errorType, LimelightError, toError, UsageError } from "../../base/errors.ts";
import { errorMessage } from "../../base/foreign-value.ts";
import { GuardedClock } from "../../base/guarded-clock.ts";
import { NameCap, requireName } from "../../base/names.ts";
import { optionKeys, requireKnownKeys } from "../../base/options.ts";
import { RateLimit } from "../../base/rate-limit.ts";
import { TimerWheel } from "../../base/timer-wheel.ts";
import { DeadLetterReason } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import { context as otel, trace } from "../../telemetry/context/api.ts";
import { refreshApiGlobals } from "../../telemetry/context/api-globals.ts";
import type { Carrier } from "../../telemetry/context/carrier.ts";
import { framedClock, TimerContext } from "../../telemetry/context/framed-clock.ts";
import { SystemFrame } from "../../telemetry/context/frames.ts";
import type { MetricsExport } from "../../telemetry/metrics/metrics-export.ts";
import { type ComputedPoint, PointBook } from "../../telemetry/metrics/point-book.ts";
import { ImbalanceLog } from "../../telemetry/metrics/points.ts";
import { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";
import { ActorTracing, type SystemTracing } from "../../telemetry/traces/actor-tracing.ts";
import { ActorType } from "../cell/actor-type.ts";
import { ActorCell } from "../cell/cell.ts";
import { Family } from "../cell/family.ts";
import type { ActorSystem } from "../definition/actor-system.ts";
import type { Cancellable } from "../definition/context.ts";
import type {
  ActorDefinition,
  AnyActorDefinition,
  RestartOptions,
} from "../definition/definition.ts";
import { requireDefinition, requireSpawnable } from "../definition/definition-options.ts";
import type { AnyHandlers, WhenFull } from "../definition/messages.ts";
import { settleRestart } from "../definition/option-groups.ts";
import { callingCell } from "../delivery/caller.ts";
import { CellRef } from "../delivery/cell-ref.ts";
import type { HeldReplies } from "../delivery/replies.ts";
import { sendingContext } from "../delivery/sending-context.ts";
import type { Target } from "../delivery/target.ts";
import { Dispatcher } from "../dispatch/dispatcher.ts";
import { Slice } from "../dispatch/slice.ts";
import { Dismissals } from "../lifecycle/dismissals.ts";
import { write } from "../lifecycle/logging.ts";
import { start } from "../lifecycle/starting.ts";
import { Envelope } from "../mailbox/envelope.ts";
import { countFailed, countSent, senderIn } from "../mailbox/sender.ts";
import { ActorTypes, MANY_DEFINITIONS } from "./actor-types.ts";
import { DeadLetterLog } from "./dead-letters.ts";
import { mailboxReadings } from "./mailbox-readings.ts";
import { SystemHooks } from "./system-hooks.ts";

/** Distinct actor types on metrics; further types are reported as `_OTHER`. */
const MAX_TYPES = 200;
/** Log limit for degraded conditions, per kind and actor type. */
const WARNINGS = { burst: 3, windowMs: 30_000 };
/** Number of distinct faults of the runtime that are logged. */
const MAX_FAULTS = 16;

/** Parts of a {@link SystemRuntime}. */
export interface RuntimeParts {
  readonly facade: ActorSystem;
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricsExport | undefined;
  readonly tracing: SystemTracing | undefined;
  readonly carrier?: Carrier | undefined;
  readonly askTimeoutMs: number;
  readonly shutdownDeadlineMs: number;
}

/** Options of `spawn` and `spawnChild` for any definition. */
interface SpawnOptions {
  readonly name?: string;
  readonly input?: unknown;
  readonly restart?: RestartOptions;
}

const TOP_LEVEL_OPTIONS = optionKeys<Omit<SpawnOptions, "restart">>({ name: true, input: true });
const CHILD_OPTIONS = optionKeys<SpawnOptions>({ name: true, input: true, restart: true });

/** On whose behalf an actor is started, which decides until when a system starts it. */
export const OpenFor = {
  /** Until a shutdown begins. */
  Outside: "outside",
  /** Until work in flight at a shutdown has completed, which may need the actor. */
  WorkInFlight: "work_in_flight",
} as const;
export type OpenFor = (typeof OpenFor)[keyof typeof OpenFor];

/** A handler that blocked the event loop by running for long without awaiting. */
export interface LongTurn {
  readonly cell: ActorCell;
  readonly messageType: string;
  /** Start and end, on the monotonic clock. */
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Constructor of the types of one kind of actor. */
type ActorKind = new (
  system: SystemRuntime,
  definition: AnyDefinition,
  metrics: TypeMetrics,
) => ActorType;

type AnyDefinition = ActorDefinition<unknown, unknown, AnyHandlers, WhenFull>;

/** The part of a system that all its actors share: time, run queue, telemetry, names, dead letters. */
export class SystemRuntime {
  readonly facade: ActorSystem;
  readonly name: string;
  readonly clock: Clock;
  /**
   * Whether `clock` is the machine's. Waits on another clock do not keep the process running: a test that
   * never moves its clock would never end.
   */
  readonly onMachineClock: boolean;
  readonly logger: Logger;
  readonly askTimeoutMs: number;
  readonly shutdownDeadlineMs: number;
  /** Carries the application's stores with each message, if any are configured. */
  readonly carrier: Carrier | undefined;
  /** Whether messages are timed. They are always counted, since counting is almost free. */
  readonly timed: boolean;
  readonly dispatcher: Dispatcher;
  readonly askWheel: TimerWheel;
  readonly dismissals: Dismissals;
  readonly tracing: ActorTracing;
  readonly book: PointBook;
  readonly deadLetters: DeadLetterLog;
  readonly topLevel: Family = new Family();
  /** The turn of the running actor. */
  readonly slice: Slice = new Slice();
  readonly names: Map<string, ActorCell> = new Map();
  /** Cancelled when a shutdown begins, in addition to what actors cancel themselves. */
  readonly endings: Set<Cancellable> = new Set();
  /** Actors whose stored state is large, by type; kept by kinds of actors that store one. */
  readonly largeStates: Map<string, Set<ActorCell>> = new Map();
  /** Whether spawning top-level actors is refused. */
  closing = false;
  /** End of the part of a shutdown in which work in flight may complete, on the monotonic clock. */
  drainUntilMs: number = Number.POSITIVE_INFINITY;
  /** When a shutdown kills what has not ended, on the monotonic clock. */
  killAtMs: number = Number.POSITIVE_INFINITY;
  /** The delegated replies of each actor that has delegated any and has not ended. */
  readonly heldReplies: Set<HeldReplies> = new Set();
  /** The actor whose handler is on the stack. */
  running: ActorCell | undefined = undefined;
  /** Actors on whose full mailbox senders have waited; some senders may have been admitted since. */
  readonly cellsWithParkedSenders: Set<ActorCell> = new Set();
  /** Actors on whose start, end or task another actor has waited; the wait may be over. */
  readonly cellsBeingAwaited: Set<ActorCell> = new Set();
  /** The last handler that blocked the event loop for long. */
  longTurn: LongTurn | undefined = undefined;
  readonly hooks: SystemHooks;
  readonly #metrics: MetricsExport | undefined;
  readonly #types = new ActorTypes();
  readonly #typeMetrics = new Map<string, TypeMetrics>();
  readonly #typeNames = new NameCap(MAX_TYPES);
  readonly #warnings: RateLimit;
  readonly #faults = new Set<string>();

  constructor(parts: RuntimeParts) {
    this.facade = parts.facade;
    this.name = parts.name;
    this.logger = parts.logger;
    const onFault = (error: unknown): void => this.reportFault(error, undefined);
    this.carrier = parts.carrier;
    const frame = new SystemFrame(parts.carrier);
    this.onMachineClock = parts.clock === systemClock;
    const clock =
      parts.clock === systemClock ? systemClock : new GuardedClock(parts.clock, onFault);
    this.clock = framedClock(clock, frame, TimerContext.Active);
    this.askTimeoutMs = parts.askTimeoutMs;
    this.shutdownDeadlineMs = parts.shutdownDeadlineMs;
    this.#metrics = parts.metrics;
    this.timed = parts.metrics !== undefined;
    this.hooks = new SystemHooks(onFault);
    this.dispatcher = new Dispatcher(frame, this.clock, onFault, this.hooks);
    this.dismissals = new Dismissals(frame);
    this.askWheel = new TimerWheel(framedClock(clock, frame, TimerContext.Root));
    this.tracing = new ActorTracing(parts.tracing, this.clock);
    this.#warnings = new RateLimit({ clock: this.clock, ...WARNINGS });
    const imbalances = new ImbalanceLog((metric) => {
      this.warn("telemetry.imbalance", metric, { metric }, "a gauge would have become negative");
    });
    this.book = new PointBook(imbalances, parts.metrics ?? { wantsRecords: false, record() {} });
    this.deadLetters = new DeadLetterLog((error) => {
      write(this.logger, "error", { err: error }, "a dead-letter listener threw");
    });
    this.book.compute(() => mailboxReadings(this));
    this.book.compute(() => this.#ownReadings());
    parts.metrics?.attach(this.book);
  }

  /** Whether timing costs more than the clock reading, because times also go to an SDK's histograms. */
  get timingIsExpensive(): boolean {
    return this.#metrics?.wantsRecords === true;
  }

  /**
   * Returns the type of the definition in this system.
   *
   * @param Kind the kind of actor to create if the type does not exist yet
   * @throws {@link UsageError} `ERR_INVALID_OPTION` when it is not a definition
   */
  typeOf(definition: AnyActorDefinition, Kind: ActorKind = ActorType): ActorType {
    let type = this.#types.get(definition);
    if (type === undefined) {
      requireDefinition(definition);
      // Inside the runtime nothing depends on the definition's state, input and messages.
      type = new Kind(this, definition as AnyDefinition, this.#metricsOf(definition.type));
      const definitions = this.#types.add(definition, type);
      if (definitions === MANY_DEFINITIONS) this.#warnOfDefinitions(type.metrics.type, definitions);
    }
    return type;
  }

  /** Returns the running actor named `name` if it has exactly this definition. */
  find(definition: unknown, name: string): ActorCell | undefined {
    const cell = this.names.get(name);
    return cell !== undefined && cell.type === this.#types.get(definition) ? cell : undefined;
  }

  /** Iterates over the metrics of all types seen so far. */
  typeMetrics(): Iterable<TypeMetrics> {
    return this.#typeMetrics.values();
  }

  /**
   * Starts an actor and returns its address.
   *
   * @param parent the parent actor; `undefined` for a top-level actor
   */
  spawn<State, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    options: SpawnOptions | undefined,
    parent: ActorCell | undefined,
  ): CellRef<Messages, Full> {
    requireSpawnable(definition);
    this.bindTelemetry();
    return new CellRef(this.start(this.typeOf(definition), options, parent), undefined);
  }

  /** Uses an SDK that has been started since the system was created. */
  bindTelemetry(): void {
    refreshApiGlobals();
    this.#metrics?.bind();
  }

  /** Starts an actor of `type`; see {@link SystemRuntime.spawn}. `openFor` concerns top-level actors. */
  start(
    type: ActorType,
    options: SpawnOptions | undefined,
    parent: ActorCell | undefined,
    openFor: OpenFor = OpenFor.Outside,
  ): ActorCell {
    if (options !== undefined) {
      const known = parent === undefined ? TOP_LEVEL_OPTIONS : CHILD_OPTIONS;
      requireKnownKeys(`spawn of ${type.name}`, options, known);
    }
    if (parent === undefined) this.#requireOpen(type.name, openFor);
    else requireAccepting(type.name, parent);
    const name = options?.name;
    if (name !== undefined) this.#requireFree(name);
    const restart = options?.restart;
    const restartSettings =
      restart === undefined ? undefined : settleRestart(restart, type.settings.restart);
    const cell = new ActorCell(type, parent, options?.input);
    if (restartSettings !== undefined) cell.ensureExtras().restartSettings = restartSettings;
    if (name !== undefined) {
      cell.ensureExtras().name = name;
      this.names.set(name, cell);
    }
    (parent?.ensureExtras().children ?? this.topLevel).add(cell);
    this.hooks.woke.emit();
    start(cell);
    return cell;
  }

  /** Adds the totals to those of the process and stops reporting this system. */
  retireMetrics(): void {
    this.#metrics?.retire(this.book);
  }

  /** Counts, logs and publishes an undeliverable message, and rejects its ask. */
  deadLetter(target: Target, envelope: Envelope, reason: DeadLetterReason): void {
    const { route, context } = envelope;
    const { messageType, kind } = route;
    const { actorId, type } = target;
    const actorType = type.name;
    type.metrics.deadLetter(messageType, reason);
    countFailed(target, envelope);
    const senderId = callingCell(context, undefined)?.actorId;
    const fields = {
      message_type: messageType,
      kind,
      reason,
      target_id: actorId,
      sender_id: senderId,
    };
    // Logged in the trace of the sender, whose message is lost.
    const where = envelope.span === undefined ? context : trace.setSpan(context, envelope.span);
    otel.with(where, () => {
      this.warn("actor.dead_letter", actorType, fields, "message reached no handler");
    });
    const args = envelope.args();
    this.deadLetters.add({
      actorId,
      actorType,
      messageType,
      kind,
      reason,
      senderId,
      context,
      args,
    });
  }

  /** Counts a message with an unknown name as sent and as a dead letter. It has no envelope. */
  refuseUnknown(target: Target): void {
    const envelope = new Envelope(target.type.unknownRoute);
    envelope.sender = senderIn(sendingContext(this), this.running);
    countSent(envelope);
    this.deadLetter(target, envelope, DeadLetterReason.UnknownMessage);
  }

  /** Logs a degraded condition, at most 3 times in 30 s per event and actor type. */
  warn(event: string, key: string, fields: object, text: string): void {
    const suppressed = this.#warnings.pass(`${event}|${key}`);
    if (suppressed === undefined) return;
    const all = { event, ...fields, ...(suppressed > 0 ? { suppressed } : {}) };
    write(this.logger, "warn", all, text);
  }

  /** Logs a fault of the runtime, once per text, since a fault at every turn could fill a disk. */
  reportFault(thrown: unknown, actorId: string | undefined): void {
    const error = toError(thrown);
    const seen = `${errorType(error)}: ${errorMessage(error)}`;
    if (this.#faults.has(seen) || this.#faults.size >= MAX_FAULTS) return;
    this.#faults.add(seen);
    const fields = { event: "actor.runtime.fault", target_id: actorId, err: error };
    write(this.logger, "error", fields, "the runtime met an error it should never meet");
  }

  #warnOfDefinitions(type: string, definitions: number): void {
    const text = "many definitions of one actor type: call `defineActor` once, not for each actor";
    this.warn("actor.definitions.many", type, { target_type: type, definitions }, text);
  }

  /** Returns whether top-level actors may be started. */
  isOpen(openFor: OpenFor): boolean {
    if (!this.closing) return true;
    return openFor === OpenFor.WorkInFlight && this.clock.monotonicMs() < this.drainUntilMs;
  }

  #requireOpen(type: string, openFor: OpenFor): void {
    if (this.isOpen(openFor)) return;
    throw new LimelightError(`system ${this.name} is shut down and starts no ${type}`, {
      code: ErrorCode.SystemStopped,
    });
  }

  #requireFree(name: string): void {
    requireName("actor name", name);
    if (!this.names.has(name)) return;
    throw new UsageError(`the name ${name} is taken by ${this.names.get(name)?.actorId}`, {
      code: ErrorCode.NameTaken,
    });
  }

  #metricsOf(type: string): TypeMetrics {
    const name = this.#typeNames.admit(type);
    let metrics = this.#typeMetrics.get(name);
    if (metrics === undefined) {
      metrics = new TypeMetrics(this.book, name);
      this.#typeMetrics.set(name, metrics);
    }
    return metrics;
  }

  *#ownReadings(): Generator<ComputedPoint> {
    let overflows = this.#typeNames.overflows;
    for (const metrics of this.#typeMetrics.values()) overflows += metrics.overflows;
    const { Imbalances, Overflow } = Catalogue;
    yield { metric: Overflow, attributes: {}, key: Overflow.name, value: overflows };
    const value = this.book.imbalances.total;
    yield { metric: Imbalances, attributes: {}, key: Imbalances.name, value };
  }
}

/** Work in flight at a shutdown may still need children to complete. */
function requireAccepting(type: string, parent: ActorCell): void {
  if (parent.accepting) return;
  throw new LimelightError(`${parent.actorId} is stopping and starts no ${type}`, {
    code: ErrorCode.ActorStopped,
  });
}
