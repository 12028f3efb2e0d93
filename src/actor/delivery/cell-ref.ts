import { inspect } from "node:util";
import { keepShape } from "../../base/shapes.ts";
import { ActorState, StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Asks, Tells, WhenFull } from "../definition/messages.ts";
import type { ActorRef, CallOptions } from "../definition/ref.ts";
import { requireCallOptions } from "./call-options.ts";
import { stopPromise } from "./self-waiting.ts";
import type { Target } from "./target.ts";
import { noteStopWait, noteWait, WaitNotes } from "./wait-note.ts";

function endOf(cell: ActorCell): Promise<StopReason> {
  if (cell.isStopped) return Promise.resolve(cell.stopReason ?? StopReason.Normal);
  return cell.ensureExtras().stopped.promise;
}

/** The address of a target: an actor, or a target that selects an actor for each message. */
export class CellRef<Messages, Full extends WhenFull> implements ActorRef<Messages, Full> {
  readonly #target: Target;
  readonly #options: CallOptions | undefined;
  #ask: Asks<Messages> | undefined = undefined;
  #tell: Tells<Messages, Full> | undefined = undefined;

  /** Returns the target of a ref created by this copy of limelight; `undefined` for any other value. */
  static targetOf(ref: unknown): Target | undefined {
    return typeof ref === "object" && ref !== null && #target in ref ? ref.#target : undefined;
  }

  /** Returns the actor that receives a message sent to `ref` now; see {@link CellRef.targetOf}. */
  static cellOf(ref: unknown): ActorCell | undefined {
    return CellRef.targetOf(ref)?.cell();
  }

  /** Returns the call options of a ref, for classes of refs that would otherwise keep them a second time. */
  protected static optionsOf<Messages, Full extends WhenFull>(
    ref: CellRef<Messages, Full>,
  ): CallOptions | undefined {
    return ref.#options;
  }

  constructor(target: Target, options: CallOptions | undefined) {
    this.#target = target;
    this.#options = options;
  }

  get id(): string {
    return this.#target.actorId;
  }

  get type(): string {
    return this.#target.type.name;
  }

  get ask(): Asks<Messages> {
    // The port's prototype is created from the same handlers as the type `Messages`.
    this.#ask ??= new this.#target.type.ports.ask(this.#target, this.#options) as Asks<Messages>;
    return this.#ask;
  }

  get tell(): Tells<Messages, Full> {
    this.#tell ??= new this.#target.type.ports.tell(this.#target, this.#options) as Tells<
      Messages,
      Full
    >;
    return this.#tell;
  }

  with(options: CallOptions): ActorRef<Messages, Full> {
    requireCallOptions("`with`", options);
    return this.withOptions({ ...this.#options, ...options });
  }

  /** Returns a ref to the same target, of the same class. */
  protected withOptions(options: CallOptions): ActorRef<Messages, Full> {
    return new CellRef(this.#target, options);
  }

  async whenReady(): Promise<void> {
    const cell = this.#target.cell();
    const neverStarted = cell.extrasIfAny?.neverStarted === true;
    if (cell.state !== ActorState.Starting && !neverStarted) return undefined;
    if (cell.isStopped) throw cell.startFailedError();
    const extras = cell.ensureExtras();
    const { promise } = extras.ready; // before the clock is read, which may end the actor
    const note = noteWait(cell);
    if (note !== undefined) {
      extras.startWaits ??= new WaitNotes();
      extras.startWaits.add(note);
    }
    return promise;
  }

  stop(): Promise<void> {
    const cell = this.#target.cell();
    cell.drainAndStop(StopReason.Normal);
    return stopPromise(
      cell,
      endOf(cell).then(() => {}),
    );
  }

  kill(): void {
    this.#target.cell().kill(StopReason.Killed);
  }

  whenStopped(): Promise<StopReason> {
    const cell = this.#target.cell();
    return cell.isStopped ? endOf(cell) : noteStopWait(cell, endOf(cell));
  }

  /** Tells libraries that wrap or copy plain objects that this is none: its private fields would be missing. */
  get [Symbol.toStringTag](): string {
    return "ActorRef";
  }

  toString(): string {
    return this.id;
  }

  toJSON(): string {
    return this.id;
  }
}

Object.defineProperty(CellRef.prototype, inspect.custom, {
  value(this: ActorRef<unknown>): string {
    return `ActorRef ${this.id}`;
  },
});

keepShape(new CellRef(undefined as never, undefined));
