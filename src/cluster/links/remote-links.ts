import type { KeyAddress, Sending } from "../../activation/access/actor-access.ts";
import type { ConnectAnswer, ConnectRequest, Outlet } from "../../activation/access/link.ts";
import { originIn } from "../../activation/definition/caller.ts";
import { jsonFault } from "../../activation/records/json-fault.ts";
import type { Owner } from "../../activation/records/record-keys.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import type { Arrivals } from "../calls/arrivals.ts";
import { notJson } from "../calls/call-message.ts";
import { traceFieldsOf } from "../calls/trace-fields.ts";
import { addressOf } from "../protocol/address.ts";
import { isAgain, sendWhereverItIs } from "../routing/attempts.ts";
import type { OpenRouting } from "../routing/open-routing.ts";
import type { Route } from "../routing/route-cache.ts";
import { LinkFault } from "./link-fault.ts";
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
  /** Called for a link that was given up, except in order. */
  readonly faulted: (fault: LinkFault) => void;
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

const ARRIVAL_MS = 10_000;

/** The connections of the gateways of this process to actors of others. */
export class RemoteLinks {
  readonly #parts: RemoteLinksParts;
  readonly #byOutlet = new WeakMap<Outlet, LinkStream>();
  readonly #streams = new Set<LinkStream>();
  /** What ends the waits for actors that are about to start here. */
  readonly #waits = new Set<() => void>();

  constructor(parts: RemoteLinksParts) {
    this.#parts = parts;
    parts.opened.then(
      ({ runners }) => runners.onGone((runnerId, hasLeft) => this.#lose(runnerId, hasLeft)),
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
    for (const end of [...this.#waits]) end();
  }

  /** Tries until the deadline, for as long as it was not handled. */
  async #connect(connecting: Connecting): Promise<void> {
    const { opened } = this.#parts;
    const { owner, sending } = connecting;
    const routing = await opened;
    await requireConnectable(connecting, routing);
    const { context, deadlineMs, input, signal } = sending;
    await sendWhereverItIs(
      { ...this.#parts, routes: routing.routes },
      {
        owner,
        deadlineMs,
        input,
        trace: traceFieldsOf(context, spanOf(context)),
        isOver: () => signal?.aborted === true,
        send: (route) => this.#open(connecting, routing, route),
      },
    );
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
      let cancel = (): void => {};
      const end = (): void => {
        this.#waits.delete(end);
        cancel();
        reject(new ClusterError("the process ends", { code: ErrorCode.SystemStopped }));
      };
      this.#waits.add(end);
      cancel = this.#parts.arrivals.wait(address, route.generation, ARRIVAL_MS, () => {
        this.#waits.delete(end);
        connect();
      });
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
      ...stream.granted,
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
    const { clock, newId, faulted } = this.#parts;
    const { bus, capabilities } = session;
    const stream = new LinkStream({
      clock,
      bus,
      maxBytes: capabilities.maxMessageBytes,
      route,
      id: newId(),
      outlet,
      faulted,
      over: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    this.#byOutlet.set(outlet, stream);
    return stream;
  }

  #lose(runnerId: string, hasLeft: boolean): void {
    for (const stream of [...this.#streams]) {
      if (stream.route.runnerId !== runnerId) continue;
      stream.break(hasLeft ? undefined : LinkFault.RunnerLost);
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
