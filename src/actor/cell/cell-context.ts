import type { Logger } from "pino";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { ignoreRejection } from "../../base/foreign-value.ts";
import type { ActorSystem } from "../definition/actor-system.ts";
import type { Cancellable, Task } from "../definition/context.ts";
import type { ActorDefinition, SpawnChildArguments } from "../definition/definition.ts";
import type { DelegatedReply, Forwards } from "../definition/later-reply.ts";
import type { AnyHandlers, UntypedHandlers, WhenFull } from "../definition/messages.ts";
import type { PipeOptions, PipeSource } from "../definition/pipe-options.ts";
import type { PoolArguments, PoolRef } from "../definition/pool-ref.ts";
import type { ActorRef, AnyActorRef } from "../definition/ref.ts";
import { CellRef } from "../delivery/cell-ref.ts";
import { forwardTo } from "../delivery/forwarding.ts";
import { delegateReply } from "../delivery/replies.ts";
import { ABORT, ABORTED, CLOSE, PRESENT } from "../lifecycle/life-keys.ts";
import { link, unlink, unwatch, watch } from "../lifecycle/links.ts";
import { spawnPool } from "../pool/pool.ts";
import { startPipe } from "../work/pipe.ts";
import { spawnTask } from "../work/tasks.ts";
import { setTimer, TimerMode } from "../work/timers.ts";
import type { ActorCell, Life } from "./cell.ts";

/** One life of an actor: its state and the operations of its handlers. A restart begins another life. */
class BaseContext implements Life {
  state: unknown = undefined;
  readonly #cell: ActorCell;
  #abort: AbortController | undefined = undefined;
  #closed = false;

  constructor(cell: ActorCell) {
    this.#cell = cell;
  }

  /** Not a plain object, see `CellRef`. */
  get [Symbol.toStringTag](): string {
    return "ActorContext";
  }

  get id(): string {
    return this.#cell.actorId;
  }

  get type(): string {
    return this.#cell.actorType;
  }

  get self(): ActorRef<UntypedHandlers> {
    return new CellRef(this.#cell, undefined);
  }

  get system(): ActorSystem {
    return this.#cell.type.system.facade;
  }

  get log(): Logger {
    return this.#cell.log;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  get [ABORTED](): boolean {
    return this.#abort?.signal.aborted === true;
  }

  [CLOSE](): void {
    this.#closed = true;
  }

  [ABORT](reason: Error): void {
    this.#abort ??= new AbortController();
    this.#abort.abort(reason);
  }

  spawnChild<ChildState, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<ChildState, Input, Messages, Full>,
    ...options: SpawnChildArguments<Input>
  ): ActorRef<Messages, Full> {
    return this[PRESENT]().type.system.spawn(definition, options[0], this.#cell);
  }

  spawnPool<ChildState, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<ChildState, Input, Messages, Full>,
    ...options: PoolArguments<Input>
  ): PoolRef<Messages, Full> {
    const cell = this[PRESENT]();
    return spawnPool(cell.type.system, cell, definition, options[0]);
  }

  spawnTask(kind: string, task: (signal: AbortSignal) => Promise<unknown> | unknown): Task {
    return spawnTask(this[PRESENT](), kind, task);
  }

  pipe<Item>(source: PipeSource<Item>, messageType: string, options: PipeOptions = {}): Task {
    try {
      return startPipe(this[PRESENT](), source, messageType, options);
    } catch (error) {
      // The caller gets this error. The rejection of a promise that is not read must not end the process, too.
      ignoreRejection(source);
      throw error;
    }
  }

  after(kind: string, delayMs: number, action: () => unknown): Cancellable {
    return setTimer(this[PRESENT](), kind, delayMs, TimerMode.Once, action);
  }

  every(kind: string, periodMs: number, action: () => unknown): Cancellable {
    return setTimer(this[PRESENT](), kind, periodMs, TimerMode.Repeating, action);
  }

  forward<Messages, Full extends WhenFull>(ref: ActorRef<Messages, Full>): Forwards<Messages> {
    // Created from the same handlers as the type `Messages`.
    return forwardTo(this.#cell, this, ref) as Forwards<Messages>;
  }

  delegateReply<Value>(): DelegatedReply<Value> {
    // The brand of the type exists at compile time only.
    return delegateReply(this.#cell, this) as unknown as DelegatedReply<Value>;
  }

  link(ref: AnyActorRef): void {
    link(this[PRESENT](), ref);
  }

  unlink(ref: AnyActorRef): void {
    unlink(this[PRESENT](), ref);
  }

  watch(ref: AnyActorRef): void {
    watch(this[PRESENT](), ref);
  }

  unwatch(ref: AnyActorRef): void {
    unwatch(this[PRESENT](), ref);
  }

  stop(): void {
    this[PRESENT]().stopNow();
  }

  [PRESENT](): ActorCell {
    const cell = this.#cell;
    if (cell.life === this && !this.#closed) return cell;
    throw new LimelightError(`this context of ${cell.actorId} is of a life before its restart`, {
      code: ErrorCode.LifeOver,
    });
  }
}

/** The context of a life; kinds of actors with further members extend it. */
export const CellContext: new (cell: ActorCell) => Life = BaseContext;

/** Creates the context of a life; its state is empty. */
export function createContext(cell: ActorCell): Life {
  return new BaseContext(cell);
}
