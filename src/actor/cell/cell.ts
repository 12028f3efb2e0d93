import { type Context, context as otel, type Span } from "@opentelemetry/api";
import type { Logger } from "pino";
import { DeliveryError, ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { formatActorId, nextActorNumber } from "../../base/ids.ts";
import { keepShape } from "../../base/shapes.ts";
import type { ActorIdentity, ActorScope } from "../../telemetry/actor-scope.ts";
import { ActorState, AwakeReason, isAbnormal, StopReason } from "../../telemetry/attributes.ts";
import { actorLogger } from "../../telemetry/logger.ts";
import type { ActorContext } from "../definition/context.ts";
import type { RestartSettings } from "../definition/definition.ts";
import type { Target } from "../delivery/target.ts";
import type { Runnable } from "../dispatch/dispatcher.ts";
import { takeTurn } from "../dispatch/turn.ts";
import { cancelTimers } from "../lifecycle/dependants.ts";
import { decide } from "../lifecycle/failure.ts";
import type { FailureReport } from "../lifecycle/failure-report.ts";
import { restart } from "../lifecycle/restarting.ts";
import { setStopDeadline } from "../lifecycle/stop-deadline.ts";
import { StopRequest } from "../lifecycle/stop-request.ts";
import { finishStop } from "../lifecycle/stopping.ts";
import { carryOut } from "../lifecycle/verdict.ts";
import type { Envelope } from "../mailbox/envelope.ts";
import { Mailbox } from "../mailbox/mailbox.ts";
import type { BareMessage } from "../mailbox/message-queue.ts";
import type { ActorType } from "./actor-type.ts";
import { awakeReason } from "./awake-reason.ts";
import { CellContext } from "./cell-context.ts";
import { CellExtras } from "./cell-extras.ts";
import type { Family } from "./family.ts";
import { kill } from "./killing.ts";

/** One life of an actor: its `c`, and how its signal is aborted. */
export interface Life extends ActorContext<unknown> {
  /** Aborts `signal`, with an error that says why. */
  abort(reason: Error): void;
}

/**
 * The running actor behind its refs: takes messages in, and handles them one at a time.
 *
 * `starting`, `handling`, `failure`, `stopping` and `killing` tell the rest of its life and work on the
 * fields below. Everything an idle actor need not have is in `extras`.
 */
export class ActorCell extends Mailbox implements ActorIdentity, Runnable, Target {
  readonly type: ActorType;
  readonly parent: ActorCell | undefined;
  readonly input: unknown;
  state: ActorState | "stopped" = ActorState.Starting;
  /** State and handle of the present life; a restart makes a new one. */
  life: Life;
  /** No message may be handled now: a handler awaits, or a hook is running. */
  blocked = false;
  /** The message being handled. */
  current: Envelope | BareMessage | undefined = undefined;
  stopRequest: StopRequest = StopRequest.None;
  stopReason: StopReason | undefined = undefined;
  /** The scope last entered, kept for messages of the same trace. */
  scope: ActorScope | undefined = undefined;
  /** The sender's context from which a message leads to that scope without a further look. */
  scopeSource: Context | undefined = undefined;
  /** The span opened for the message being handled; it ends with it. */
  span: Span | undefined = undefined;
  /** Messages taken from the mailbox so far; during a handler its number. */
  taken = 0;
  queued = false;
  nextQueued: Runnable | undefined = undefined;
  nextSibling: ActorCell | undefined = undefined;
  previousSibling: ActorCell | undefined = undefined;
  #extras: CellExtras | undefined = undefined;
  /** Actors of one process are numbered in the order they are created. */
  readonly number: number;
  /** Made of type and number when first needed. */
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

  /** An actor is the target of its own refs, through restarts and after its end. */
  cell(): ActorCell {
    return this;
  }

  get actorId(): string {
    this.#id ??= formatActorId(this.type.name, this.number);
    return this.#id;
  }

  get actorType(): string {
    return this.type.name;
  }

  /** What only some actors have; made when first needed. */
  ensureExtras(): CellExtras {
    this.#extras ??= new CellExtras();
    return this.#extras;
  }

  /** The extras, if the actor has any yet. */
  get extrasIfAny(): CellExtras | undefined {
    return this.#extras;
  }

  /** The definition's, or what its parent gave this one. */
  get restartSettings(): RestartSettings {
    return this.#extras?.restartSettings ?? this.type.settings.restart;
  }

  get children(): Family | undefined {
    return this.#extras?.children;
  }

  /** The message being handled, for errors and people. */
  get currentMessage(): string | undefined {
    return this.current?.route.messageType;
  }

  get log(): Logger {
    const extras = this.ensureExtras();
    extras.log ??= actorLogger(this.type.system.logger, this);
    return extras.log;
  }

  /** It has ended: nothing it does or is told has any effect. */
  get isStopped(): boolean {
    return this.state === "stopped";
  }

  /** Whether it takes messages: its end has not been requested. */
  get accepting(): boolean {
    return this.stopRequest === StopRequest.None;
  }

  get runnable(): boolean {
    if (this.blocked || this.isStopped) return false;
    if (this.depth > 0 || this.stopRequest !== StopRequest.None) return true;
    return this.#extras?.pendingRestart !== undefined;
  }

  /** What a caller is told who asks an actor that has ended. */
  stoppedError(messageType: string): DeliveryError {
    const { actorId, stopReason } = this;
    const code = stopReason === StopReason.Killed ? ErrorCode.ActorKilled : ErrorCode.ActorStopped;
    const why = this.isStopped ? `has ended (${stopReason})` : "is stopping";
    const cause = this.#extras?.lastError;
    return new DeliveryError(`${actorId} ${why}`, { code, actorId, messageType, cause });
  }

  /** What the actor failed with, where its end was a failure. */
  get causeOfEnd(): Error | undefined {
    const { stopReason } = this;
    if (stopReason === undefined || stopReason === StopReason.Killed) return undefined;
    return isAbnormal(stopReason) ? this.#extras?.lastError : undefined;
  }

  /** What those who waited for it to run are told of an actor that has ended before it ever did. */
  startFailedError(): LimelightError {
    const { actorId, stopReason } = this;
    const failed = stopReason === StopReason.StartFailed || stopReason === StopReason.Failed;
    if (!failed) return this.stoppedError("ready");
    const cause = this.#extras?.lastError;
    return new LimelightError(`${actorId} could not start`, { code: ErrorCode.StartFailed, cause });
  }

  /** Moves the actor, and its contribution to the gauge of its type, to another state. */
  enter(state: ActorState | "stopped"): void {
    if (this.state === state) return;
    const { active } = this.type.metrics;
    if (this.state !== "stopped") active[this.state].add(-1);
    if (state !== "stopped") active[state].add(1);
    this.state = state;
    if (state === "stopped") this.type.system.hooks.stopped.emit(this);
  }

  /** Begins another life: no state yet, a context of its own. */
  renewLife(): void {
    this.life = this.type.createContext(this);
  }

  /** Tells those who listen when nothing keeps the actor awake; called where the last reason may have gone. */
  noticeIdle(): void {
    const { idle } = this.type.system.hooks;
    if (idle.used && this.accepting && awakeReason(this) === AwakeReason.Idle) idle.emit(this);
  }

  /** Ends the actor when what is queued has been handled. */
  drainAndStop(reason: StopReason): void {
    this.#requestStop(StopRequest.Drain, reason);
  }

  /** Ends the actor after the message it is handling. */
  stopNow(reason: StopReason = StopReason.Normal): void {
    this.#requestStop(StopRequest.Now, reason);
  }

  kill(reason: StopReason): void {
    kill(this, reason);
  }

  /** Something of the actor failed: supervision decides what that leads to, and it is carried out. */
  fail(report: FailureReport): void {
    carryOut(this, decide(this, report), report);
  }

  runSlice(limit: number): number {
    if (this.#restartIfOwed()) return 0;
    const spent = takeTurn(this, limit);
    if (this.stopRequest !== StopRequest.None && !this.blocked) this.#stopIfDone();
    return spent;
  }

  /** Ends the actor: after a fault of the runtime its own accounts cannot be trusted. */
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
    void restart(this, pending); // rejects never
    return true;
  }

  #requestStop(request: StopRequest, reason: StopReason): void {
    if (this.isStopped || this.stopRequest >= request) return;
    this.stopRequest = request;
    this.stopReason ??= reason;
    if (this.type.system.tracing.active) this.ensureExtras().stopContext = otel.active();
    cancelTimers(this);
    this.#extras?.backOff?.cancel();
    // An idle actor ends in its next turn, without a deadline.
    if (this.blocked || this.depth > 0 || this.current !== undefined) setStopDeadline(this);
    if (!this.blocked) this.type.system.dispatcher.schedule(this);
  }

  #stopIfDone(): void {
    if (this.isStopped) return;
    if (this.stopRequest >= StopRequest.Now || this.depth === 0) finishStop(this);
  }
}

const typeOfExample: Pick<ActorType, "createContext"> = {
  createContext: (cell) => new CellContext(cell),
};
keepShape(new ActorCell(typeOfExample as ActorType, undefined, undefined, 0));
