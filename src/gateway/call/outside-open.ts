import type { Context } from "@opentelemetry/api";
import type { ActorAccess, KeyAddress, Sending } from "../../activation/access/actor-access.ts";
import type { ConnectRequest, Link, Outlet } from "../../activation/access/link.ts";
import { type Caller, withOrigin } from "../../activation/definition/caller.ts";
import type { Clock } from "../../base/clock.ts";
import type { ExposedType } from "../expose/expose.ts";
import { AccessKind } from "../expose/expose-options.ts";
import type { ExposedTypes } from "../expose/exposed-types.ts";
import { checkValue } from "../expose/schema-check.ts";
import { callInput } from "./call-input.ts";
import { NOT_FOUND } from "./failures.ts";
import type { Failure, OutsideCalls } from "./outside-request.ts";
import { checkedOf, forbidden, isDestroyed, Refused, refusalOf, toldOf } from "./refused.ts";
import { isAllowed } from "./rights.ts";

/** A client that wants to connect to an actor. Names, key and values are as they came. */
export interface OutsideOpen {
  readonly type: string;
  readonly key: readonly string[];
  readonly params: unknown;
  readonly input: unknown;
  readonly events: readonly string[];
  readonly last: ConnectRequest["last"];
  /** Of the new connection. */
  readonly connectionId: string;
  readonly caller: Caller | undefined;
  readonly requestId: string;
  /** Has the span of the request. */
  readonly context: Context;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Gets the outcome of an {@link OutsideOpen}, once. Its methods must neither throw nor call actors. */
export interface OpenAnswer {
  /** In the turn of the actor: events to the connection alone follow. */
  opened(link: Link): void;
  fail(failure: Failure): void;
}

/** Opens connections from outside to actors, if they are exposed and allowed. */
export interface OutsideConnections {
  /** @param outletOf returns where the events of an actor go */
  open(request: OutsideOpen, outletOf: (address: KeyAddress) => Outlet, answer: OpenAnswer): void;
  /** Resolves with why a connection may not subscribe to `events`; `undefined` if it may. */
  checkEvents(
    request: Pick<OutsideOpen, "type" | "key" | "events" | "caller" | "requestId">,
  ): Promise<Failure | undefined>;
}

/** The ways from outside to actors. */
export interface OutsideWays extends OutsideCalls {
  /** Default: no connection is opened. */
  readonly connections?: OutsideConnections;
}

/** Opens no connection. */
export const NO_CONNECTIONS: OutsideConnections = {
  open: (_request, _outletOf, answer) => answer.fail(NOT_FOUND),
  checkEvents: () => Promise.resolve(NOT_FOUND),
};

/** Parts of {@link ExposedConnections}. */
export interface ExposedConnectionsParts {
  readonly exposed: ExposedTypes;
  readonly access: ActorAccess;
  readonly clock: Clock;
  /** Whether callers are told what schemas say of their parameters. */
  readonly issueMessages: boolean;
  /** Gets errors that callers are told nothing of. */
  readonly onFault: (error: unknown, requestId: string, what: string) => void;
}

/** What has passed all checks. */
interface Passed {
  readonly address: KeyAddress;
  readonly connect: ConnectRequest;
  readonly sending: Sending;
}

/** Opens connections. Each one is checked before its actor is looked at. */
export class ExposedConnections implements OutsideConnections {
  readonly #parts: ExposedConnectionsParts;

  constructor(parts: ExposedConnectionsParts) {
    this.#parts = parts;
  }

  open(request: OutsideOpen, outletOf: (address: KeyAddress) => Outlet, answer: OpenAnswer): void {
    const onFault = this.#faultsOf(request);
    this.#check(request).then(
      (passed) => this.#connect(passed, outletOf, answer, onFault),
      (error: unknown) => answer.fail(refusalOf(error, onFault)),
    );
  }

  async checkEvents(
    request: Pick<OutsideOpen, "type" | "key" | "events" | "caller" | "requestId">,
  ): Promise<Failure | undefined> {
    try {
      await this.#requireEvents(this.#exposedOf(request.type), request);
      return undefined;
    } catch (error) {
      return refusalOf(error, this.#faultsOf(request));
    }
  }

  async #check(request: OutsideOpen): Promise<Passed> {
    const { access, clock, issueMessages } = this.#parts;
    const exposed = this.#exposedOf(request.type);
    const address = access.resolve(exposed.definition, request.key);
    const { caller, context, deadlineMs, signal, requestId, connectionId } = request;
    const { key } = address;
    if (!(await isAllowed(exposed, { kind: AccessKind.Connect, name: "", key, caller }, clock))) {
      throw forbidden();
    }
    await this.#requireEvents(exposed, request);
    const params = checkedOf(
      await checkValue(exposed.params, request.params, clock),
      "`params`",
      issueMessages,
    );
    const input = await checkValue(exposed.input, request.input, clock);
    const creation = callInput(exposed, request.input, input, issueMessages);
    const origin = { requestId, caller, connectionId };
    return {
      address,
      connect: { connectionId, params, events: [...new Set(request.events)], last: request.last },
      sending: { context: withOrigin(context, origin), deadlineMs, signal, ...creation },
    };
  }

  #connect(
    { address, connect, sending }: Passed,
    outletOf: (address: KeyAddress) => Outlet,
    answer: OpenAnswer,
    onFault: (error: unknown) => void,
    isAgain = false,
  ): void {
    address.connect(connect, outletOf(address), sending, {
      opened: (link) => answer.opened(link),
      fail: (error) => {
        if (!isAgain && isDestroyed(error)) {
          void Promise.resolve().then(() =>
            this.#connect({ address, connect, sending }, outletOf, answer, onFault, true),
          ); // never throws
        } else answer.fail(toldOf(error, false, onFault));
      },
    });
  }

  /** @throws {@link Refused}, also as a rejection */
  async #requireEvents(
    exposed: ExposedType,
    { events, key, caller }: Pick<OutsideOpen, "events" | "key" | "caller">,
  ): Promise<void> {
    for (const name of new Set(events)) {
      if (!exposed.events.has(name)) throw new Refused(NOT_FOUND);
      const access = { kind: AccessKind.Subscribe, name, key, caller };
      if (!(await isAllowed(exposed, access, this.#parts.clock))) throw forbidden();
    }
  }

  #exposedOf(type: string): ExposedType {
    const exposed = this.#parts.exposed.get(type);
    if (exposed === undefined) throw new Refused(NOT_FOUND);
    return exposed;
  }

  #faultsOf({
    type,
    requestId,
  }: Pick<OutsideOpen, "type" | "requestId">): (error: unknown) => void {
    return (error) => this.#parts.onFault(error, requestId, `connect ${type}`);
  }
}
