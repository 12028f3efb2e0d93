import { ErrorCode, UsageError } from "../../base/errors.ts";
import { numberOption } from "../../base/options.ts";
import { keepShape } from "../../base/shapes.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Asks, Tells, WhenFull } from "../definition/messages.ts";
import type { ActorRef, CallOptions } from "../definition/ref.ts";
import { stopPromise } from "./self-waiting.ts";
import { noteStopWait, noteWait, WaitNotes } from "./wait-note.ts";

const MAX_TIMEOUT_MS = 86_400_000;

/** By what it can do, since a test environment may bring an `AbortSignal` of its own. */
function requireSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || typeof signal?.addEventListener === "function") return;
  throw new UsageError(`\`signal\` must be an AbortSignal, not ${typeof signal}`, {
    code: ErrorCode.InvalidOption,
  });
}

function endOf(cell: ActorCell): Promise<StopReason> {
  if (cell.state === "stopped") return Promise.resolve(cell.stopReason ?? "normal");
  return cell.extras.stopped.promise;
}

/** The address of one cell. */
export class CellRef<Messages, Full extends WhenFull> implements ActorRef<Messages, Full> {
  readonly #cell: ActorCell;
  readonly #options: CallOptions | undefined;
  #ask: Asks<Messages> | undefined = undefined;
  #tell: Tells<Messages, Full> | undefined = undefined;

  /** The actor behind a ref of this copy of limelight; `undefined` for anything else. */
  static cellOf(ref: unknown): ActorCell | undefined {
    return typeof ref === "object" && ref !== null && #cell in ref ? ref.#cell : undefined;
  }

  constructor(cell: ActorCell, options: CallOptions | undefined) {
    this.#cell = cell;
    this.#options = options;
  }

  get id(): string {
    return this.#cell.actorId;
  }

  get type(): string {
    return this.#cell.actorType;
  }

  get ask(): Asks<Messages> {
    // The port's prototype was made from the same handlers as the type `Messages`.
    this.#ask ??= new this.#cell.type.ports.ask(this.#cell, this.#options) as Asks<Messages>;
    return this.#ask;
  }

  get tell(): Tells<Messages, Full> {
    this.#tell ??= new this.#cell.type.ports.tell(this.#cell, this.#options) as Tells<
      Messages,
      Full
    >;
    return this.#tell;
  }

  with(options: CallOptions): ActorRef<Messages, Full> {
    numberOption("timeoutMs", options.timeoutMs, 0, { min: 0, max: MAX_TIMEOUT_MS });
    requireSignal(options.signal);
    return new CellRef(this.#cell, { ...this.#options, ...options });
  }

  async ready(): Promise<void> {
    const cell = this.#cell;
    const unborn = cell.knownExtras?.unborn === true;
    if (cell.state !== "starting" && !unborn) return undefined;
    if (cell.state === "stopped") throw cell.neverRan();
    const { extras } = cell;
    extras.startWaits ??= new WaitNotes();
    extras.startWaits.add(noteWait(cell));
    return extras.ready.promise;
  }

  stop(): Promise<void> {
    this.#cell.drainAndStop("normal");
    return stopPromise(this.#cell, endOf(this.#cell));
  }

  kill(): void {
    this.#cell.kill("killed");
  }

  stopped(): Promise<StopReason> {
    const cell = this.#cell;
    return cell.state === "stopped" ? endOf(cell) : noteStopWait(cell, endOf(cell));
  }

  toString(): string {
    return this.id;
  }

  toJSON(): string {
    return this.id;
  }
}

keepShape(new CellRef(undefined as never, undefined));
