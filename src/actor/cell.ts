import { context as otel, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import type { Logger } from "pino";
import { DeliveryError, ErrorCode, UsageError } from "../base/errors.ts";
import { formatActorId, nextActorNumber } from "../base/ids.ts";
import { type ActorIdentity, ActorScope, ScopeKind, spanOf } from "../telemetry/actor-scope.ts";
import { hasContextManager } from "../telemetry/api-globals.ts";
import { ActorState, DeadLetterReason, StopReason } from "../telemetry/attributes.ts";
import { actorLogger } from "../telemetry/logger.ts";
import type { ActorType } from "./actor-type.ts";
import { CellContext } from "./cell-context.ts";
import { CellExtras } from "./cell-extras.ts";
import type { Runnable } from "./dispatcher.ts";
import type { Envelope } from "./envelope.ts";
import type { Family } from "./family.ts";
import { handle, handleInScope } from "./handling.ts";
import { kill } from "./killing.ts";
import { Mailbox } from "./mailbox.ts";
import { park } from "./parked-sends.ts";
import { PendingAsk } from "./pending-ask.ts";
import type { CallOptions } from "./ref.ts";
import { cancelTimers, finishStop } from "./stopping.ts";

/** How an actor that is to end goes about what is still queued. */
export const StopRequest = { None: 0, Drain: 1, Now: 2 } as const;
export type StopRequest = (typeof StopRequest)[keyof typeof StopRequest];

const DELIVERED: Promise<void> = Promise.resolve();

/**
 * The running actor behind its refs: takes messages in, and handles them one at a time.
 *
 * `starting`, `handling`, `failure`, `stopping` and `killing` tell the rest of its life and work on the
 * fields below. Everything an idle actor need not have is in `extras`.
 */
export class ActorCell extends Mailbox implements ActorIdentity, Runnable {
  readonly type: ActorType;
  readonly parent: ActorCell | undefined;
  readonly input: unknown;
  state: ActorState | "stopped" = ActorState.Starting;
  /** State and handle of the present life; a restart makes a new one. */
  life: CellContext;
  /** No message may be handled now: a handler awaits, or a hook is running. */
  blocked = false;
  /** The message being handled. */
  current: Envelope | undefined = undefined;
  stopRequest: StopRequest = StopRequest.None;
  stopReason: StopReason | undefined = undefined;
  /** The scope last entered, kept for messages of the same trace. */
  scope: ActorScope | undefined = undefined;
  /** The span opened for the message being handled; it ends with it. */
  span: Span | undefined = undefined;
  queued = false;
  nextQueued: Runnable | undefined = undefined;
  nextSibling: ActorCell | undefined = undefined;
  previousSibling: ActorCell | undefined = undefined;
  #extras: CellExtras | undefined = undefined;
  readonly #number: number = nextActorNumber();
  #id: string | undefined = undefined;

  constructor(type: ActorType, parent: ActorCell | undefined, input: unknown) {
    super();
    this.type = type;
    this.parent = parent;
    this.input = input;
    this.life = new CellContext(this);
  }

  get actorId(): string {
    this.#id ??= formatActorId(this.type.name, this.#number);
    return this.#id;
  }

  get actorType(): string {
    return this.type.name;
  }

  /** What only some actors have; made when first needed. */
  get extras(): CellExtras {
    this.#extras ??= new CellExtras();
    return this.#extras;
  }

  /** {@link extras} without making any. */
  get knownExtras(): CellExtras | undefined {
    return this.#extras;
  }

  get children(): Family | undefined {
    return this.#extras?.children;
  }

  /** The message being handled, for errors and people. */
  get currentMessage(): string | undefined {
    return this.current?.route.messageType;
  }

  get log(): Logger {
    const { extras } = this;
    extras.log ??= actorLogger(this.type.system.logger, this);
    return extras.log;
  }

  get accepting(): boolean {
    return this.stopRequest === StopRequest.None && this.state !== "stopped";
  }

  get runnable(): boolean {
    if (this.blocked || this.state === "stopped") return false;
    return this.depth > 0 || this.stopRequest !== StopRequest.None;
  }

  /** Takes a message without a reply in; see `ActorRef.tell`. */
  tell(envelope: Envelope, options: CallOptions | undefined): Promise<void> | undefined {
    this.#address(envelope);
    const waits = this.type.settings.whenFull === "wait";
    if (!this.accepting) {
      envelope.route.series.sent.value += 1;
      this.type.system.deadLetter(this, envelope, DeadLetterReason.Stopped);
    } else if (this.depth < this.type.settings.mailboxLimit) {
      this.accept(envelope);
    } else if (waits) {
      return park(this, envelope, options);
    } else {
      throw this.refuse(envelope);
    }
    return waits ? DELIVERED : undefined;
  }

  /** Takes a message in whose sender waits for the reply; see `ActorRef.ask`. */
  ask(envelope: Envelope, options: CallOptions | undefined): Promise<unknown> {
    this.#address(envelope);
    const { system, settings } = this.type;
    const { route } = envelope;
    const ask = new PendingAsk(this, route.messageType, options?.timeoutMs ?? system.askTimeoutMs);
    envelope.ask = ask;
    if (system.tracing.active) {
      const span = system.tracing.openAsk(
        this,
        envelope.context,
        envelope.span,
        route,
        settings.tracing,
      );
      if (span !== envelope.span) ask.under(span);
      envelope.span = span;
    }
    if (this.#isAskingItself(envelope)) {
      ask.reject(this.#selfAsk(route.messageType));
      envelope.route.series.sent.value += 1;
      system.deadLetter(this, envelope, DeadLetterReason.SelfAsk);
    } else if (!this.accepting) {
      ask.reject(this.ended(route.messageType));
      envelope.route.series.sent.value += 1;
      system.deadLetter(this, envelope, DeadLetterReason.Stopped);
    } else if (this.depth < settings.mailboxLimit) {
      this.accept(envelope);
      ask.startedAtMs = envelope.sentAtMs;
    } else if (settings.whenFull === "wait") {
      void park(this, envelope, options); // the ask carries the outcome
    } else {
      ask.reject(this.refuse(envelope));
    }
    if (options?.signal !== undefined) ask.abortOn(options.signal);
    return ask.promise;
  }

  /** Puts a message into the mailbox, whatever its depth. */
  accept(envelope: Envelope): void {
    const { series } = envelope.route;
    const { system, metrics } = this.type;
    series.sent.value += 1;
    if (system.timed && series.timing.due()) {
      const nowMs = system.clock.monotonicMs();
      envelope.sentAtMs = nowMs;
      series.timing.timedAt(nowMs);
    }
    this.enqueue(envelope);
    metrics.mailboxDepth.add(1);
    if (!this.blocked) system.dispatcher.schedule(this);
  }

  /** Counts a message that the full mailbox does not take, and says so. */
  refuse(envelope: Envelope): DeliveryError {
    const { messageType } = envelope.route;
    const { settings, system, metrics } = this.type;
    const { actorId } = this;
    envelope.route.series.sent.value += 1;
    metrics.rejected(ErrorCode.MailboxFull);
    const fields = { target_id: actorId, message_type: messageType, limit: settings.mailboxLimit };
    system.warn("actor.mailbox.full", this.actorType, fields, "mailbox refused a message");
    return new DeliveryError(`mailbox of ${actorId} is full (${settings.mailboxLimit} messages)`, {
      code: ErrorCode.MailboxFull,
      actorId,
      messageType,
    });
  }

  /** What a caller is told who asks an actor that has ended. */
  ended(messageType: string): DeliveryError {
    const { actorId, stopReason } = this;
    const code = stopReason === "killed" ? ErrorCode.ActorKilled : ErrorCode.ActorStopped;
    const why = this.state === "stopped" ? `has ended (${stopReason})` : "is stopping";
    const cause = this.#extras?.lastError;
    return new DeliveryError(`${actorId} ${why}`, { code, actorId, messageType, cause });
  }

  /** Moves the actor, and its contribution to the gauge of its type, to another state. */
  enter(state: ActorState | "stopped"): void {
    if (this.state === state) return;
    const { active } = this.type.metrics;
    if (this.state !== "stopped") active[this.state].add(-1);
    if (state !== "stopped") active[state].add(1);
    this.state = state;
  }

  /** Begins another life: no state yet, a context of its own. */
  renewLife(): void {
    this.life = new CellContext(this);
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

  runSlice(limit: number): number {
    const { system, metrics } = this.type;
    const direct = !hasContextManager() && !system.tracing.active;
    let taken = 0;
    system.running = this;
    while (taken < limit && !this.blocked && this.stopRequest !== StopRequest.Now) {
      const envelope = this.dequeue();
      if (envelope === undefined) break;
      taken += 1;
      this.#take(envelope, direct);
      if (envelope.sentAtMs !== undefined && system.dispatcher.pressed) break;
    }
    system.running = undefined;
    if (taken > 0) {
      metrics.mailboxDepth.add(-taken);
      this.#extras?.parked?.admit(this);
    }
    if (this.stopRequest !== StopRequest.None && !this.blocked) this.#stopIfDone();
    return taken;
  }

  #take(envelope: Envelope, direct: boolean): void {
    if (envelope.ask?.settled === true) {
      this.type.system.deadLetter(this, envelope, DeadLetterReason.Abandoned);
      return;
    }
    this.current = envelope;
    if (direct) handle(this, envelope);
    else handleInScope(this, envelope);
  }

  #requestStop(request: StopRequest, reason: StopReason): void {
    if (this.state === "stopped" || this.stopRequest >= request) return;
    this.stopRequest = request;
    this.stopReason ??= reason;
    if (this.type.system.tracing.active) this.extras.stopContext = otel.active();
    cancelTimers(this);
    if (!this.blocked) this.type.system.dispatcher.schedule(this);
  }

  #stopIfDone(): void {
    if (this.state === "stopped") return;
    if (this.stopRequest === StopRequest.Now || this.depth === 0) finishStop(this);
  }

  #address(envelope: Envelope): void {
    const context = otel.active();
    if (context === ROOT_CONTEXT) return;
    envelope.context = context;
    envelope.span = spanOf(context);
  }

  /** Whether the asker is this actor's own handler, which then could never answer. */
  #isAskingItself({ context }: Envelope): boolean {
    if (this.current === undefined) return false;
    if (this.type.system.running === this) return true;
    if (!(context instanceof ActorScope) || context.actor !== this) return false;
    return context.kind === ScopeKind.Handler;
  }

  #selfAsk(messageType: string): UsageError {
    return new UsageError(
      `${this.actorId} asks itself ${messageType} while it handles ${this.currentMessage ?? "a message"}: ` +
        "it would wait for ever; tell it, or ask from a task",
      { code: ErrorCode.SelfAsk },
    );
  }
}
