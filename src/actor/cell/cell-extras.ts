import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Logger } from "pino";
import { Deferred } from "../../base/async/deferred.ts";
import type { ClockTimer } from "../../base/clock.ts";
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
import { TaskSet } from "../work/task-set.ts";
import type { ActorTask } from "../work/tasks.ts";
import type { ActorTimer } from "../work/timers.ts";
import { Family } from "./family.ts";

/** State that an actor has only once it is used. An idle actor has none. */
export class CellExtras {
  readonly children: Family = new Family();
  readonly tasks: TaskSet<ActorTask> = new TaskSet();
  readonly timers: Set<ActorTimer> = new Set();
  name: string | undefined = undefined;
  log: Logger | undefined = undefined;
  parked: ParkedSends | undefined = undefined;
  /** Replies the actor has delegated. */
  heldReplies: HeldReplies | undefined = undefined;
  /** Actors that wait until this one runs, or has ended. */
  startWaits: WaitNotes | undefined = undefined;
  stopWaits: WaitNotes | undefined = undefined;
  restarts = 0;
  restartWindow: RestartWindow | undefined = undefined;
  /** A restart that waits for the current handler or hook to end. */
  pendingRestart: RestartOrder | undefined = undefined;
  /** Whether a pool replaces the actor when it ends, so that its parent does not fail. */
  replaceable = false;
  /** The restart in progress. */
  restartOrder: RestartOrder | undefined = undefined;
  /** Overrides of the definition for this child. */
  restartSettings: RestartSettings | undefined = undefined;
  /** Restarts of all children within the window. */
  childRestarts: RestartWindow | undefined = undefined;
  links: Links | undefined = undefined;
  backOff: BackOff | undefined = undefined;
  /** Kills the actor when its stop takes too long. */
  stopDeadline: ClockTimer | undefined = undefined;
  /** Kills the actor or its children when a restart waits for them too long. */
  restartDeadline: ClockTimer | undefined = undefined;
  /** Whether it has never run: its first start failed or was interrupted. */
  neverStarted = false;
  /** The last failure: the cause of errors for callers once the actor has ended. */
  lastError: Error | undefined = undefined;
  /** Context of the stop request: the parent of the stop's span. */
  stopContext: Context = ROOT_CONTEXT;
  #subscriptions: Set<Cancellable> | undefined;
  #endings: Set<Cancellable> | undefined;
  #ready: Deferred<void> | undefined;
  #stopped: Deferred<StopReason> | undefined;

  /** Cancelled when the actor begins to end or restart, in addition to timers and tasks. */
  get endings(): Set<Cancellable> {
    this.#endings ??= new Set();
    return this.#endings;
  }

  /** The endings, if any. */
  get endingsIfAny(): ReadonlySet<Cancellable> | undefined {
    return this.#endings;
  }

  /** Cancelled only when the actor has ended; a restart keeps them. */
  get subscriptions(): Set<Cancellable> {
    this.#subscriptions ??= new Set();
    return this.#subscriptions;
  }

  /** The subscriptions, if any. */
  get subscriptionsIfAny(): ReadonlySet<Cancellable> | undefined {
    return this.#subscriptions;
  }

  /** Settles when the actor runs or has failed to start. */
  get ready(): Deferred<void> {
    if (this.#ready === undefined) {
      this.#ready = new Deferred();
      this.#ready.promise.catch(() => {}); // each caller of `whenReady()` has its own promise
    }
    return this.#ready;
  }

  /** Settles when the actor has ended. */
  get stopped(): Deferred<StopReason> {
    this.#stopped ??= new Deferred();
    return this.#stopped;
  }

  /** Settles the pending `whenReady()` promises, if any. */
  announceReady(error?: Error): void {
    if (error === undefined) this.#ready?.resolve();
    else this.#ready?.reject(error);
  }

  /** Settles the pending `whenStopped()` promises, if any. */
  announceStopped(reason: StopReason): void {
    this.#stopped?.resolve(reason);
  }
}

keepShape(new CellExtras());
