import { toError } from "../../base/errors.ts";
import { isThenable, toPromise } from "../../base/foreign-value.ts";
import { requireName } from "../../base/names.ts";
import { nextTurn } from "../../base/node-timers.ts";
import { numberOption, optionKeys, requireKnownKeys } from "../../base/options.ts";
import { MessageKind } from "../../telemetry/attributes.ts";
import { ActorScope, baseOf, ScopeKind, spanOf } from "../../telemetry/context/actor-scope.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Task } from "../definition/context.ts";
import type { PipeOptions } from "../definition/pipe-options.ts";
import { accept } from "../delivery/admission.ts";
import { sendingContext } from "../delivery/sending-context.ts";
import { unknownMessageError } from "../delivery/unknown-message.ts";
import { ABSENT, Envelope } from "../mailbox/envelope.ts";
import { type AnyHandler, Route } from "../mailbox/route.ts";
import { type ItemIterator, isPipeSource, openSource, unreadable } from "./pipe-source.ts";
import { spawnTask } from "./tasks.ts";

const DEFAULT_KIND = "pipe";
const PIPE_OPTIONS = optionKeys<PipeOptions>({
  kind: true,
  onEnd: true,
  onError: true,
  maxInFlight: true,
});
const MAX_IN_FLIGHT = { min: 1, max: 10_000, integer: true };

/** Number of items after which timers and I/O get a turn, even if the source never waits. */
const ITEMS_A_TURN = 256;

/** Returned in place of an item when the pipe has ended. */
const ENDED: unique symbol = Symbol("limelight.ended");

/** Routes of the messages a pipe sends. */
interface PipeRoutes {
  readonly item: Route;
  readonly end: Route | undefined;
  readonly error: Route | undefined;
}

/** Reads items from a source one at a time and sends them as messages while few enough are unhandled. */
class Pump {
  readonly #cell: ActorCell;
  readonly #source: unknown;
  readonly #routes: PipeRoutes;
  readonly #maxInFlight: number;
  #context: ActorScope;
  #inFlight = 0;
  /** Ends the pending wait because the pipe has ended. */
  #giveUp: (() => void) | undefined = undefined;
  /** Ends the wait for messages to be handled. */
  #onRoom: (() => void) | undefined = undefined;

  constructor(cell: ActorCell, source: unknown, messageType: string, options: PipeOptions) {
    const { maxInFlight, onEnd, onError } = options;
    if (!isPipeSource(source)) throw unreadable();
    this.#cell = cell;
    this.#source = source;
    this.#maxInFlight = numberOption("maxInFlight", maxInFlight, 16, MAX_IN_FLIGHT);
    this.#routes = {
      item: this.#countedRoute(tellRoute(cell, messageType)),
      end: onEnd === undefined ? undefined : tellRoute(cell, onEnd),
      error: onError === undefined ? undefined : tellRoute(cell, onError),
    };
    this.#context = scopeOf(cell);
  }

  /** Runs until the source ends or fails, or `signal` is aborted. Sends nothing afterwards. */
  async run(signal: AbortSignal): Promise<void> {
    this.#context = scopeOf(this.#cell); // the task's context
    signal.addEventListener("abort", () => this.#giveUp?.(), { once: true });
    const { end, error } = this.#routes;
    try {
      await this.#pump(openSource(this.#source, signal), signal);
      if (end !== undefined && !this.#over(signal)) this.#send(end, ABSENT);
    } catch (thrown) {
      if (error === undefined || this.#over(signal)) throw thrown;
      this.#send(error, toError(thrown));
    }
  }

  async #pump(iterator: ItemIterator, signal: AbortSignal): Promise<void> {
    for (let items = 1; ; items += 1) {
      if (items % ITEMS_A_TURN === 0) await this.#orEnd(nextTurn());
      if (this.#inFlight >= this.#maxInFlight) await this.#orEnd(this.#room());
      if (this.#over(signal)) {
        await iterator.return?.();
        return;
      }
      const result = await this.#orEnd(iterator.next());
      if (result === ENDED || this.#over(signal)) {
        void giveBack(iterator); // may only respond after the pending read, which cannot be cancelled
        return;
      }
      if (result.done === true) return;
      this.#inFlight += 1;
      this.#send(this.#routes.item, result.value);
    }
  }

  #over(signal: AbortSignal): boolean {
    return signal.aborted || !this.#cell.accepting;
  }

  /** Resolves like `promise`, or with `ENDED` if the pipe ends first. */
  #orEnd<Value>(promise: PromiseLike<Value>): Promise<Value | typeof ENDED> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => resolve(ENDED);
      Promise.resolve(promise).then(resolve, reject);
    });
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRoom = resolve;
    });
  }

  /** Ignores the mailbox limit, as timers do; `maxInFlight` limits these messages instead. */
  #send(route: Route, item: unknown): void {
    const envelope = new Envelope(route);
    envelope.first = item;
    envelope.address(this.#context);
    envelope.sender = this.#cell.type.sender;
    accept(this.#cell, envelope);
  }

  /** Returns a copy of the message's route that notifies the pump when an item has been handled. */
  #countedRoute({ actorType, messageType, handler }: Route): Route {
    const release = (): void => {
      this.#inFlight -= 1;
      this.#onRoom?.();
    };
    const counted: AnyHandler = (c, ...args) => {
      let result: unknown;
      try {
        result = handler(c, ...args);
      } catch (thrown) {
        release();
        throw thrown;
      }
      if (!isThenable(result)) {
        release();
        return result;
      }
      return toPromise(result).finally(release);
    };
    const { metrics } = this.#cell.type;
    return new Route({ actorType, messageType, kind: MessageKind.Tell, handler: counted, metrics });
  }
}

/** Closes a source before its end. The result is ignored. */
async function giveBack(iterator: ItemIterator): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The pipe has already ended and does not wait for the source.
  }
}

/** Returns the scope of the actor as the sender of its own messages; they start traces that link to it. */
function scopeOf(cell: ActorCell): ActorScope {
  const active = sendingContext(cell.type.system);
  if (active instanceof ActorScope && active.actor === cell) return active;
  return new ActorScope(baseOf(active), spanOf(active), cell, ScopeKind.Task);
}

function tellRoute(cell: ActorCell, messageType: unknown): Route {
  const route = cell.type.tells.get(messageType as string);
  if (route !== undefined) return route;
  throw unknownMessageError(cell, messageType, " to pipe into");
}

/** Sends the items of `source` to `cell` as messages; see `ActorContext.pipe`. */
export function startPipe(
  cell: ActorCell,
  source: unknown,
  messageType: string,
  options: PipeOptions,
): Task {
  requireKnownKeys("`pipe`", options, PIPE_OPTIONS);
  const { kind = DEFAULT_KIND } = options;
  requireName("task kind", kind);
  const pump = new Pump(cell, source, messageType, options);
  const task = spawnTask(cell, kind, (signal) => pump.run(signal));
  const { endings } = cell.ensureExtras();
  endings.add(task);
  void task.over.then(() => endings.delete(task)); // never rejects
  return task;
}
