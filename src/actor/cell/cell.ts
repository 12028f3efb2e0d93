import type { Context, Span } from "@opentelemetry/api";
import type { Logger } from "pino";
import { DeliveryError, ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { errorMessage } from "../../base/foreign-value.ts";
import { nextActorNumber } from "../../base/ids.ts";
import { keepShape } from "../../base/shapes.ts";
import { ActorState, AwakeReason, isAbnormal, StopReason } from "../../telemetry/attributes.ts";
import type { ActorIdentity, ActorScope } from "../../telemetry/context/actor-scope.ts";
import { context as otel } from "../../telemetry/context/api.ts";
import { requestOf } from "../../telemetry/context/request-origin.ts";
import { actorLogger } from "../../telemetry/logs/logger.ts";
import type { ActorContext } from "../definition/context.ts";
import type { RestartSettings } from "../definition/definition.ts";
import type { Target } from "../delivery/target.ts";
import type { Runnable } from "../dispatch/dispatcher.ts";
import { takeTurn } from "../dispatch/turn.ts";
import { cancelTimers } from "../lifecycle/dependants.ts";
import { decide } from "../lifecycle/failure.ts";
import type { FailureReport } from "../lifecycle/failure-report.ts";
import type { ABORT, ABORTED, CLOSE, PRESENT } from "../lifecycle/life-keys.ts";
import { restart } from "../lifecycle/restarting.ts";
import { setStopDeadline } from "../lifecycle/stop-deadline.ts";
import { StopRequest } from "../lifecycle/stop-request.ts";
import { finishStop } from "../lifecycle/stopping.ts";
import { carryOut, type Escalation } from "../lifecycle/verdict.ts";
import { Envelope } from "../mailbox/envelope.ts";
import { Mailbox } from "../mailbox/mailbox.ts";
import type { BareMessage } from "../mailbox/message-queue.ts";
import type { ActorType } from "./actor-type.ts";
import { awakeReason } from "./awake-reason.ts";
import { createContext } from "./cell-context.ts";
import { CellExtras } from "./cell-extras.ts";
import type { Family } from "./family.ts";
import { kill } from "./killing.ts";

/** Maximum length of the cause's message within the error of a failed start. */
const MAX_REASON = 500;

/** One life of an actor: its `c`, and what ends it. */
export interface Life extends ActorContext<unknown> {
  /** Whether `signal` is aborted. */
  readonly [ABORTED]: boolean;
  /** Aborts `signal` with `reason`. */
  [ABORT](reason: Error): void;
  /**
   * Returns the actor if this is its current life: code of a former life must not affect the next one.
   *
   * @throws {@link LimelightError} `ERR_LIFE_OVER`
   */
  [PRESENT](): ActorCell;
  /** Ends the life: what is left of its code can start nothing that would outlive it. */
  [CLOSE](): void;
}

/**
 * The running actor behind its refs. Receives messages and handles them one at a time.
 *
 * The rest of its life cycle is in `starting`, `handling`, `failure`, `stopping` and `killing`, which use the
 * fields below. Everything an idle actor does not need is in `extras`.
 */
export class ActorCell extends Mailbox implements ActorIdentity, Runnable, Target {
  readonly type: ActorType;
  readonly parent: ActorCell | undefined;
  readonly input: unknown;
  state: ActorState | "stopped" = ActorState.Starting;
  /** State and context of the current life; replaced at a restart. */
  life: Life;
  /** Whether no message may be handled now: a handler awaits, or a hook is running. */
  blocked = false;
  /** The message being handled. */
  current: Envelope | BareMessage | undefined = undefined;
  stopRequest: StopRequest = StopRequest.None;
  stopReason: StopReason | undefined = undefined;
  /** The scope last entered, kept for messages of the same trace. */
  scope: ActorScope | undefined = undefined;
  /** The sender's context for which that scope can be reused without further checks. */
  scopeSource: Context | undefined = undefined;
  /** The span opened for the message being handled or the hook that is running; ends with it, or with a kill. */
  span: Span | undefined = undefined;
  /** Number of messages taken from the mailbox so far; identifies the current handler. */
  taken = 0;
  queued = false;
  nextQueued: Runnable | undefined = undefined;
  nextSibling: ActorCell | undefined = undefined;
  previousSibling: ActorCell | undefined = undefined;
  #extras: CellExtras | undefined = undefined;
  /** Actors of one process are numbered in order of creation. */
  readonly number: number;
  /** Derived from type and number when first needed. */
  #id: string | undefined = undefined;

  constructor(
    type: ActorType,
    parent: ActorCell | undefined,
    input: unknown,
    number: number = nextActorNumber(),
  ) {
    super();
    this.number = number;
    this.type = type;
    this.parent = parent;
    this.input = input;
    this.life = type.createContext(this);
  }

  /** Returns itself: an actor is the target of its own refs, through restarts and after its end. */
  cell(): ActorCell {
    return this;
  }

  get actorId(): string {
    this.#id ??= this.type.idOf(this);
    return this.#id;
  }

  get actorType(): string {
    return this.type.name;
  }

  get actorKey(): string | undefined {
    return this.type.keyOf(this);
  }

  /** Whether it only stands for an actor of another process. */
  get elsewhere(): boolean {
    return this.type.isElsewhere(this);
  }

  get generation(): number | undefined {
    return this.type.generationOf(this);
  }

  get requestId(): string | undefined {
    const { current } = this;
    return current instanceof Envelope ? requestOf(current.context)?.requestId : undefined;
  }

  /** Returns the extras, created when first needed. */
  ensureExtras(): CellExtras {
    this.#extras ??= new CellExtras();
    return this.#extras;
  }

  /** The extras, if they exist. */
  get extrasIfAny(): CellExtras | undefined {
    return this.#extras;
  }

  /** The restart settings of the definition, or the overrides set by its parent. */
  get restartSettings(): RestartSettings {
    return this.#extras?.restartSettings ?? this.type.settings.restart;
  }

  get children(): Family | undefined {
    return this.#extras?.children;
  }

  /** Name of the message being handled, for errors and display. */
  get currentMessage(): string | undefined {
    return this.current?.route.messageType;
  }

  get log(): Logger {
    const extras = this.ensureExtras();
    extras.log ??= actorLogger(this.type.system.logger, this);
    return extras.log;
  }

  /** Whether it has ended; operations have no effect any more. */
  get isStopped(): boolean {
    return this.state === "stopped";
  }

  /** Whether it accepts messages: its end has not been requested. */
  get accepting(): boolean {
    return this.stopRequest === StopRequest.None;
  }

  get runnable(): boolean {
    if (this.blocked || this.isStopped) return false;
    if (this.depth > 0 || this.stopRequest !== StopRequest.None) return true;
    return this.#extras?.pendingRestart !== undefined;
  }

  /** Returns the error for an ask of an ended actor. */
  stoppedError(messageType: string): DeliveryError {
    const { actorId, stopReason } = this;
    const code = stopReason === StopReason.Killed ? ErrorCode.ActorKilled : ErrorCode.ActorStopped;
    const why = this.isStopped ? `has ended (${stopReason})` : "is stopping";
    const cause = this.#extras?.lastError;
    return new DeliveryError(`${actorId} ${why}`, { code, actorId, messageType, cause });
  }

  /** The error with which the actor failed, if it ended by a failure. */
  get causeOfEnd(): Error | undefined {
    const { stopReason } = this;
    if (stopReason === undefined || stopReason === StopReason.Killed) return undefined;
    return isAbnormal(stopReason) ? this.#extras?.lastError : undefined;
  }

  /** Returns the rejection of `whenReady()` for an actor that has ended before it ran. */
  startFailedError(): LimelightError {
    const { actorId, stopReason } = this;
    const failed = stopReason === StopReason.StartFailed || stopReason === StopReason.Failed;
    if (!failed) return this.stoppedError("ready");
    const cause = this.#extras?.lastError;
    const why = cause === undefined ? "" : `: ${errorMessage(cause).slice(0, MAX_REASON)}`;
    const text = `${actorId} could not start${why}`;
    return new LimelightError(text, { code: ErrorCode.StartFailed, cause });
  }

  /** Changes the state of the actor and updates the gauge of its type. */
  enter(state: ActorState | "stopped"): void {
    if (this.state === state) return;
    const { active } = this.type.metrics;
    if (this.state !== "stopped") active[this.state].add(-1);
    if (state !== "stopped") active[state].add(1);
    this.state = state;
    if (state === "stopped") this.type.system.hooks.stopped.emit(this);
  }

  /** Begins another life with a new context and no state yet. */
  renewLife(): void {
    this.life = this.type.createContext(this);
  }

  /**
   * Notifies listeners if the actor's kind sleeps and nothing keeps it awake. Called when the last reason may have
   * ended.
   */
  noticeIdle(): void {
    if (!this.type.sleeps) return;
    const { idle } = this.type.system.hooks;
    if (idle.used && this.accepting && awakeReason(this) === AwakeReason.Idle) idle.emit(this);
  }

  /** Ends the actor after the queued messages. */
  drainAndStop(reason: StopReason): void {
    this.#requestStop(StopRequest.Drain, reason);
  }

  /** Ends the actor after the message being handled. */
  stopNow(reason: StopReason = StopReason.Normal): void {
    this.#requestStop(StopRequest.Now, reason);
  }

  kill(reason: StopReason): void {
    kill(this, reason);
  }

  /**
   * Reports a failure of the actor: supervision decides how to handle it, and the decision is applied. A failure
   * may climb further than the stack is deep, so each parent's turn comes after its child's.
   */
  fail(report: FailureReport): void {
    let failure: Escalation | undefined = { cell: this, report };
    while (failure !== undefined) {
      failure = carryOut(failure.cell, decide(failure.cell, failure.report), failure.report);
    }
  }

  runSlice(limit: number): number {
    if (this.#restartIfOwed()) return 0;
    const spent = takeTurn(this, limit);
    if (this.stopRequest !== StopRequest.None && !this.blocked) this.#stopIfDone();
    return spent;
  }

  /** Ends the actor, because its own counts are unreliable after a fault of the runtime. */
  onRuntimeFault(error: unknown): void {
    const { system } = this.type;
    system.reportFault(error, this.actorId);
    this.ensureExtras().lastError = toError(error);
    try {
      kill(this, StopReason.Failed);
    } catch (further) {
      system.reportFault(further, this.actorId);
    }
  }

  #restartIfOwed(): boolean {
    const pending = this.#extras?.pendingRestart;
    if (pending === undefined || this.blocked || this.stopRequest >= StopRequest.Now) return false;
    void restart(this, pending); // never rejects
    return true;
  }

  #requestStop(request: StopRequest, reason: StopReason): void {
    if (this.isStopped || this.stopRequest >= request) return;
    this.stopRequest = request;
    // A stop requested before does not hide that the start has failed: its messages must not go to another start.
    if (this.#extras?.neverStarted === true) this.stopReason = reason;
    this.stopReason ??= reason;
    if (this.type.system.tracing.active) this.ensureExtras().stopContext = otel.active();
    cancelTimers(this);
    this.#extras?.backOff?.cancel();
    if (this.isStopped) return; // killed by an abort listener of a pipe
    // An idle actor ends in its next turn and needs no deadline.
    if (this.blocked || this.depth > 0 || this.current !== undefined) setStopDeadline(this);
    if (!this.blocked) this.type.system.dispatcher.schedule(this);
  }

  #stopIfDone(): void {
    if (this.isStopped) return;
    if (this.stopRequest >= StopRequest.Now || this.depth === 0) finishStop(this);
  }
}

const typeOfExample: Pick<ActorType, "createContext"> = { createContext };
keepShape(new ActorCell(typeOfExample as ActorType, undefined, undefined, 0));
