import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { ClockTimer } from "../../base/clock.ts";
import { Deferred } from "../../base/deferred.ts";
import { keepShape } from "../../base/shapes.ts";
import type { RestartWindow } from "../../supervision/restart-window.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import type { Cancellable } from "../definition/context.ts";
import type { RestartSettings } from "../definition/definition.ts";
import type { ParkedSends } from "../delivery/parked-sends.ts";
import type { HeldReplies } from "../delivery/replies.ts";
import type { WaitNotes } from "../delivery/wait-note.ts";
import type { BackOff } from "../lifecycle/back-off.ts";
import type { Links } from "../lifecycle/links.ts";
import type { RestartOrder } from "../lifecycle/restarting.ts";
import type { ActorTask } from "../work/tasks.ts";
import type { ActorTimer } from "../work/timers.ts";
import { Family } from "./family.ts";

/** What an actor has only once it uses it: an idle actor does without. */
export class CellExtras {
  readonly children: Family = new Family();
  readonly tasks: Set<ActorTask> = new Set();
  readonly timers: Set<ActorTimer> = new Set();
  name: string | undefined = undefined;
  log: Logger | undefined = undefined;
  parked: ParkedSends | undefined = undefined;
  /** Replies the actor has kept for later. */
  heldReplies: HeldReplies | undefined = undefined;
  /** Actors that wait until this one runs, or has ended. */
  startWaits: WaitNotes | undefined = undefined;
  stopWaits: WaitNotes | undefined = undefined;
  restarts = 0;
  restartWindow: RestartWindow | undefined = undefined;
  /** A restart that waits until the handler or hook under way has ended. */
  pendingRestart: RestartOrder | undefined = undefined;
  /** A pool puts another in its place when it ends, so that its parent need not answer for it. */
  replaceable = false;
  /** The restart that is under way. */
  restartOrder: RestartOrder | undefined = undefined;
  /** What differs from the definition for this child. */
  restartSettings: RestartSettings | undefined = undefined;
  /** The restarts of all children that still count. */
  childRestarts: RestartWindow | undefined = undefined;
  links: Links | undefined = undefined;
  backOff: BackOff | undefined = undefined;
  /** Kills the actor when its stop takes too long. */
  stopDeadline: ClockTimer | undefined = undefined;
  /** Kills what a restart waits for too long. */
  restartDeadline: ClockTimer | undefined = undefined;
  /** It has never run: its first start failed, or was cut short. */
  neverStarted = false;
  /** The last failure: the cause callers are given once the actor has ended. */
  lastError: Error | undefined = undefined;
  /** Where the stop was asked for: the parent of the stop's span. */
  stopContext: Context = ROOT_CONTEXT;
  #subscriptions: Set<Cancellable> | undefined;
  #endings: Set<Cancellable> | undefined;
  #ready: Deferred<void> | undefined;
  #stopped: Deferred<StopReason> | undefined;

  /** What is called off when the actor begins to end or to restart, besides timers and tasks. */
  get endings(): Set<Cancellable> {
    this.#endings ??= new Set();
    return this.#endings;
  }

  /** The endings, if there are any yet. */
  get endingsIfAny(): ReadonlySet<Cancellable> | undefined {
    return this.#endings;
  }

  /** What is cancelled when the actor has ended, and not before: a restart keeps it. */
  get subscriptions(): Set<Cancellable> {
    this.#subscriptions ??= new Set();
    return this.#subscriptions;
  }

  /** The subscriptions, if there are any yet. */
  get subscriptionsIfAny(): ReadonlySet<Cancellable> | undefined {
    return this.#subscriptions;
  }

  /** Settles when the actor runs or has failed to start. */
  get ready(): Deferred<void> {
    if (this.#ready === undefined) {
      this.#ready = new Deferred();
      this.#ready.promise.catch(() => {}); // each caller of `whenReady()` has a promise of its own
    }
    return this.#ready;
  }

  /** Settles when the actor has ended. */
  get stopped(): Deferred<StopReason> {
    this.#stopped ??= new Deferred();
    return this.#stopped;
  }

  /** Tells those who wait, if any. */
  announceReady(error?: Error): void {
    if (error === undefined) this.#ready?.resolve();
    else this.#ready?.reject(error);
  }

  /** Tells those who wait, if any. */
  announceStopped(reason: StopReason): void {
    this.#stopped?.resolve(reason);
  }
}

keepShape(new CellExtras());
