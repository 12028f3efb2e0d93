import { DeliveryError, ErrorCode, UsageError } from "../../base/errors.ts";
import { requireName } from "../../base/names.ts";
import { choiceOption, optionKeys, requireKnownKeys, requireNumber } from "../../base/options.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { ActorDefinition } from "../definition/definition.ts";
import type { AnyHandlers, Asks, Tells, WhenFull } from "../definition/messages.ts";
import {
  type Broadcast,
  type BroadcastAsks,
  type BroadcastTells,
  type PoolOptions,
  type PoolRef,
  PoolRoute,
} from "../definition/pool-ref.ts";
import type { ActorRef, CallOptions } from "../definition/ref.ts";
import { callPort } from "../delivery/calls.ts";
import { CellRef } from "../delivery/cell-ref.ts";
import type { SystemRuntime } from "../system/system-runtime.ts";
import { PoolRouter } from "./pool-routing.ts";
import { PoolWorkers } from "./pool-workers.ts";

const MAX_SIZE = 1_000;
const POOL_OPTIONS = optionKeys<PoolOptions & { readonly input: unknown }>({
  size: true,
  route: true,
  name: true,
  input: true,
});

/** State shared by all refs of one pool. */
interface PoolCore<Messages, Full extends WhenFull> {
  readonly type: string;
  readonly size: number;
  readonly workers: PoolWorkers<Messages, Full>;
  readonly router: PoolRouter;
}

class Pool<Messages, Full extends WhenFull> implements PoolRef<Messages, Full> {
  readonly ask: Asks<Messages>;
  readonly tell: Tells<Messages, Full>;
  readonly broadcast: Broadcast<Messages, Full>;
  readonly #core: PoolCore<Messages, Full>;
  readonly #options: CallOptions | undefined;

  constructor(core: PoolCore<Messages, Full>, options: CallOptions | undefined) {
    this.#core = core;
    this.#options = options;
    const { calls: Calls, waitsWhenFull } = (core.workers.cells[0] as ActorCell).type;
    // The prototype of `Calls` is created from the same handlers as the type `Messages`.
    this.ask = new Calls((name, args) => callPort(this.pick().ask, name, args)) as Asks<Messages>;
    this.tell = new Calls((name, args) => callPort(this.pick().tell, name, args)) as Tells<
      Messages,
      Full
    >;
    const askAll = new Calls((name, args) => this.#askAll(name, args));
    const tellAll = new Calls((name, args) => {
      const told = this.#tellAll(name, args);
      return waitsWhenFull ? countFulfilled(told) : told.length;
    });
    this.broadcast = {
      ask: askAll as BroadcastAsks<Messages>,
      tell: tellAll as BroadcastTells<Messages, Full>,
    };
  }

  /** Not a plain object, see `CellRef`. */
  get [Symbol.toStringTag](): string {
    return "PoolRef";
  }

  get type(): string {
    return this.#core.type;
  }

  get size(): number {
    return this.#core.size;
  }

  get refs(): readonly ActorRef<Messages, Full>[] {
    return this.#core.workers.living().map((ref) => this.#addressed(ref));
  }

  pick(): ActorRef<Messages, Full> {
    const { router, workers } = this.#core;
    return this.#addressed(workers.ref(router.choose(workers.cells)));
  }

  with(options: CallOptions): PoolRef<Messages, Full> {
    this.#core.workers.ref(0).with(options); // throws for invalid options
    return new Pool(this.#core, { ...this.#options, ...options });
  }

  stop(): Promise<void> {
    return this.#core.workers.stop();
  }

  kill(): void {
    this.#core.workers.kill();
  }

  #addressed(ref: CellRef<Messages, Full>): ActorRef<Messages, Full> {
    return this.#options === undefined ? ref : ref.with(this.#options);
  }

  #askAll(name: string, args: readonly unknown[]): Promise<PromiseSettledResult<unknown>[]> {
    return Promise.allSettled(this.refs.map((ref) => callPort(ref.ask, name, args)));
  }

  /** Tells all workers. Returns the results of those whose mailboxes did not refuse the message. */
  #tellAll(name: string, args: readonly unknown[]): unknown[] {
    const told: unknown[] = [];
    for (const ref of this.refs) {
      try {
        told.push(callPort(ref.tell, name, args));
      } catch (error) {
        if (!(error instanceof DeliveryError && error.code === ErrorCode.MailboxFull)) throw error;
      }
    }
    return told;
  }
}

async function countFulfilled(promises: readonly unknown[]): Promise<number> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.filter(({ status }) => status === "fulfilled").length;
}

/**
 * Starts a pool of workers.
 *
 * @param parent the actor the workers are children of; `undefined` for a top-level pool
 */
export function spawnPool<State, Input, Messages extends AnyHandlers, Full extends WhenFull>(
  system: SystemRuntime,
  parent: ActorCell | undefined,
  definition: ActorDefinition<State, Input, Messages, Full>,
  options: PoolOptions & { readonly input?: unknown },
): PoolRef<Messages, Full> {
  const { type, size, route, name, input } = settle(definition, options);
  const workers = new PoolWorkers<Messages, Full>(system, parent, size, (index) => {
    const named = name === undefined ? {} : { name: `${name}.${index + 1}` };
    const ref = system.spawn(definition, { ...named, input }, parent);
    return [ref, CellRef.cellOf(ref) as ActorCell];
  });
  return new Pool({ type, size, workers, router: new PoolRouter(route) }, undefined);
}

interface PoolSettings {
  readonly type: string;
  readonly size: number;
  readonly route: PoolRoute;
  readonly name: string | undefined;
  readonly input: unknown;
}

/** Checks the options, which untyped callers may pass wrongly. */
function settle(
  definition: { readonly type: string } | undefined,
  options: (PoolOptions & { readonly input?: unknown }) | undefined,
): PoolSettings {
  if (typeof definition?.type !== "string" || !("settings" in definition)) {
    throw new UsageError("a pool needs a definition made by `defineActor`", {
      code: ErrorCode.InvalidOption,
    });
  }
  requireKnownKeys(`spawnPool of ${definition.type}`, options, POOL_OPTIONS);
  const name = options?.name;
  if (name !== undefined) requireName("pool name", name);
  return {
    type: definition.type,
    size: requireNumber("size", options?.size, { min: 1, max: MAX_SIZE, integer: true }),
    route: choiceOption<PoolRoute>(
      "route",
      options?.route,
      PoolRoute.LeastLoaded,
      Object.values(PoolRoute),
    ),
    name,
    input: options?.input,
  };
}
