import type { KeyAddress, Sending } from "../../activation/access/actor-access.ts";
import type { ConnectAnswer, ConnectRequest, Outlet } from "../../activation/access/link.ts";
import { originIn } from "../../activation/definition/caller.ts";
import { jsonFault } from "../../activation/records/json-fault.ts";
import type { Owner } from "../../activation/records/record-keys.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import type { Arrivals } from "../calls/arrivals.ts";
import { notJson } from "../calls/call-message.ts";
import { traceFieldsOf } from "../calls/trace-fields.ts";
import { wait } from "../engine/wait.ts";
import { addressOf } from "../protocol/address.ts";
import { PlacementReason } from "../protocol/placement-record.ts";
import type { OpenRouting } from "../routing/open-routing.ts";
import type { Route } from "../routing/route-cache.ts";
import { LinkStream } from "./link-stream.ts";

/** What {@link RemoteLinks} work with. */
export interface RemoteLinksParts {
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  readonly newId: () => string;
  /** Resolves when the engine is open; rejects when it will not open. */
  readonly opened: Promise<OpenRouting>;
  /** Returns the id of the runner that this process is; `undefined` while it is none. */
  readonly runnerId: () => string | undefined;
  readonly arrivals: Arrivals;
}

/** A client that wants to connect. */
export interface Connecting {
  readonly owner: Owner;
  /** The address of the key at this process alone. */
  readonly here: KeyAddress;
  readonly request: ConnectRequest;
  readonly outlet: Outlet;
  readonly sending: Sending;
  readonly answer: ConnectAnswer;
}

const BACKOFF = { initialMs: 20, factor: 2, maxMs: 500, jitter: 0.5 };
const PLACE_MS = 2_000;
const ARRIVAL_MS = 10_000;
const AGAIN: ReadonlySet<string> = new Set([
  ErrorCode.EngineNoListener,
  ErrorCode.EngineUnavailable,
  ErrorCode.NoRunner,
  ErrorCode.NotOwner,
  ErrorCode.PlacementOverloaded,
  ErrorCode.RunnerDraining,
]);

/** The connections of the gateways of this process to actors of others. */
export class RemoteLinks {
  readonly #parts: RemoteLinksParts;
  readonly #byOutlet = new WeakMap<Outlet, LinkStream>();
  readonly #streams = new Set<LinkStream>();

  constructor(parts: RemoteLinksParts) {
    this.#parts = parts;
    parts.opened.then(
      ({ runners }) => runners.onGone((runnerId) => this.#lose(runnerId)),
      () => {}, // whoever connects is told
    );
  }

  /** Opens a connection wherever the actor is. Never throws. */
  connect(connecting: Connecting): void {
    const { answer } = connecting;
    this.#connect(connecting).catch((error: unknown) => answer.fail(error, false));
  }

  close(): void {
    for (const stream of [...this.#streams]) stream.break();
  }

  /** Tries until the deadline, for as long as it was not handled. */
  async #connect(connecting: Connecting): Promise<void> {
    const { clock, luck, opened } = this.#parts;
    const { owner, sending } = connecting;
    const routing = await opened;
    await requireConnectable(connecting, routing);
    let notAt: Route | undefined;
    for (let attempt = 1; sending.signal?.aborted !== true; attempt += 1) {
      const leftMs = sending.deadlineMs - clock.monotonicMs();
      try {
        notAt = await this.#place(connecting, routing, Math.min(leftMs, PLACE_MS), notAt);
        await this.#open(connecting, routing, notAt);
        return;
      } catch (error) {
        if (notAt !== undefined) routing.routes.drop(addressOf(owner), notAt);
        const delayMs = backoffDelayMs(BACKOFF, attempt, luck());
        if (!isAgain(error) || leftMs <= delayMs) throw error;
        await wait(clock, delayMs);
      }
    }
  }

  async #place(
    { owner, sending }: Connecting,
    { routes }: OpenRouting,
    limitMs: number,
    notAt: Route | undefined,
  ): Promise<Route> {
    const { context, input } = sending;
    const waitMs = Math.max(1, limitMs);
    const trace = traceFieldsOf(context, spanOf(context));
    return await routes.place(owner, {
      reason: PlacementReason.Wanted,
      input,
      waitMs,
      notAt,
      trace,
    });
  }

  async #open(connecting: Connecting, routing: OpenRouting, route: Route): Promise<void> {
    if (route.runnerId === this.#parts.runnerId()) await this.#openHere(connecting, route);
    else await this.#openThere(connecting, routing, route);
  }

  /** Rejects if the actor is not here after all. */
  #openHere(
    { owner, here, request, outlet, sending, answer }: Connecting,
    route: Route,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const connect = (): void => {
        here.connect(request, outlet, sending, {
          opened: (link) => {
            answer.opened(link);
            resolve();
          },
          fail: (error, handled) => {
            if (!handled && isAgain(error)) reject(error);
            else {
              answer.fail(error, handled);
              resolve();
            }
          },
        });
      };
      const address = addressOf(owner);
      this.#parts.arrivals.wait(address, route.generation, ARRIVAL_MS, connect);
    });
  }

  async #openThere(
    { owner, request, outlet, sending, answer }: Connecting,
    routing: OpenRouting,
    route: Route,
  ): Promise<void> {
    const stream = this.#streamOf(outlet, routing, route);
    const origin = originIn(sending.context);
    const open = {
      kind: "open",
      link: stream.id,
      inbox: stream.inbox,
      address: addressOf(owner),
      generation: route.generation,
      timeoutMs: Math.max(1, Math.ceil(sending.deadlineMs - this.#parts.clock.monotonicMs())),
      mustExist: !sending.create,
      request,
      trace: traceFieldsOf(sending.context, spanOf(sending.context)),
      ...(origin === undefined ? {} : { origin }),
    } as const;
    await stream.connect(open, answer);
  }

  /** An outlet is for one actor; if that has moved, its connections have ended, and the next ones are on another stream. */
  #streamOf(outlet: Outlet, { session }: OpenRouting, route: Route): LinkStream {
    const known = this.#byOutlet.get(outlet);
    const isSame =
      known?.route.runnerId === route.runnerId && known.route.generation === route.generation;
    if (known !== undefined && isSame && !known.isOver) return known;
    known?.break();
    const { clock, newId } = this.#parts;
    const { bus, capabilities } = session;
    const stream = new LinkStream({
      clock,
      bus,
      maxBytes: capabilities.maxMessageBytes,
      route,
      id: newId(),
      outlet,
      over: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    this.#byOutlet.set(outlet, stream);
    return stream;
  }

  #lose(runnerId: string): void {
    for (const stream of [...this.#streams]) {
      if (stream.route.runnerId === runnerId) stream.break();
    }
  }
}

/** Rejects with `ERR_STATE_INVALID` for parameters that JSON would change, and with `ERR_NO_SUCH_ACTOR`. */
async function requireConnectable(
  { owner, request, sending }: Connecting,
  { operations }: OpenRouting,
): Promise<void> {
  const fault = jsonFault("params", request.params);
  if (fault !== undefined) throw notJson(`onConnect of ${owner.type}`, fault);
  if (sending.create || (await operations.exists(owner))) return;
  const text = `there is no ${owner.type} under this key`;
  throw new ClusterError(text, { code: ErrorCode.NoSuchActor });
}

function isAgain(error: unknown): boolean {
  return LimelightError.is(error) && AGAIN.has(error.code);
}
