import { toError } from "../../base/errors.ts";
import { isThenable, toPromise } from "../../base/foreign-value.ts";
import { requireName } from "../../base/names.ts";
import { nextTurn } from "../../base/node-timers.ts";
import { numberOption, optionKeys, requireKnownKeys } from "../../base/options.ts";

import { ActorScope, baseOf, ScopeKind, spanOf } from "../../telemetry/actor-scope.ts";
import { MessageKind } from "../../telemetry/attributes.ts";
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

/** After so many items timers and I/O get their turn, even if the source never waits for anything. */
const ITEMS_A_TURN = 256;

/** Stands for what a source would have given, had the pipe not ended first. */
const ENDED: unique symbol = Symbol("limelight.ended");

/** The messages a pipe sends. */
interface PipeRoutes {
  readonly item: Route;
  readonly end: Route | undefined;
  readonly error: Route | undefined;
}

/** Takes items from a source, one at a time, and makes messages of them while few enough wait. */
class Pump {
  readonly #cell: ActorCell;
  readonly #source: unknown;
  readonly #routes: PipeRoutes;
  readonly #maxInFlight: number;
  #context: ActorScope;
  #inFlight = 0;
  /** Ends the wait that is under way, because the pipe has ended. */
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

  /** Runs until the source ends or fails, or `signal` is aborted; then sends nothing more. */
  async run(signal: AbortSignal): Promise<void> {
    this.#context = scopeOf(this.#cell); // now the task's
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
        void giveBack(iterator); // it may answer only after the wait that nobody can end
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

  /** What `promise` gives, unless the pipe ends first. */
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

  /** Past the mailbox's limit, like a timer's: `maxInFlight` is the limit of these messages. */
  #send(route: Route, item: unknown): void {
    const envelope = new Envelope(route);
    envelope.first = item;
    envelope.address(this.#context);
    accept(this.#cell, envelope);
  }

  /** The route of items: the message's own, but it tells the pump when one has been handled. */
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

/** Lets a source go that is in the middle of something; how that ends makes no difference any more. */
async function giveBack(iterator: ItemIterator): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The pipe has ended; whoever ended it does not wait for this.
  }
}

/** The actor as the sender of what it sends itself: such messages start traces that link to here. */
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

/** Makes messages of `cell` of the items of `source`; see `ActorContext.pipe`. */
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
  void task.over.then(() => endings.delete(task)); // it never rejects
  return task;
}
