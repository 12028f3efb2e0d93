import type { Context, Span } from "@opentelemetry/api";
import { Deferred } from "../../base/async/deferred.ts";
import type { Published } from "../access/event-feed.ts";
import type { ConnectRequest, LinkEnding, Outlet } from "../access/link.ts";
import type { Caller } from "../definition/caller.ts";
import type { DisconnectReason } from "../definition/connection-types.ts";
import type { AnyConnection } from "./open-connection.ts";

/** What a {@link ConnectionRecord} begins with. */
export interface ConnectionParts {
  readonly request: ConnectRequest;
  readonly outlet: Outlet;
  readonly caller: Caller | undefined;
  /** What `onBeforeConnect` has returned. */
  readonly state: unknown;
  readonly openedAtMs: number;
  /** Where its messages come from, without a span. */
  readonly context: Context;
  /** The span in which it was opened. */
  readonly span: Span | undefined;
}

/** One connection as the runtime has it. Hooks and handlers hold an `OpenConnection` instead. */
export class ConnectionRecord {
  readonly id: string;
  readonly request: ConnectRequest;
  readonly outlet: Outlet;
  readonly caller: Caller | undefined;
  readonly state: unknown;
  readonly openedAtMs: number;
  readonly context: Context;
  readonly span: Span | undefined;
  readonly subscriptions: Set<string>;
  /** The same object in all hooks and handlers. */
  readonly connection: AnyConnection;
  /** Number of the last event before it was opened. */
  start = 0;
  /** Whether its gateway has it. */
  opened = false;
  /** Why it ends; `undefined` until that is decided. */
  closing: DisconnectReason | undefined = undefined;
  /** Whether its gateway knows that it ends: it has closed it itself, or was told. */
  told = false;
  readonly #ended = new Deferred<void>();
  #directed = 0;
  /** What its gateway gets as soon as it has the connection. */
  #early: (() => void)[] = [];

  /** @param expose returns what hooks and handlers hold */
  constructor(parts: ConnectionParts, expose: (record: ConnectionRecord) => AnyConnection) {
    const { request, outlet, caller, state, openedAtMs, context, span } = parts;
    this.id = request.connectionId;
    this.request = request;
    this.outlet = outlet;
    this.caller = caller;
    this.state = state;
    this.openedAtMs = openedAtMs;
    this.context = context;
    this.span = span;
    this.subscriptions = new Set(request.events);
    this.connection = expose(this);
  }

  /** Resolves when it has ended, and its hook with it. */
  get whenEnded(): Promise<void> {
    return this.#ended.promise;
  }

  /** Hands the connection over to its gateway, then what was sent to it since. */
  open(handOver: () => void): void {
    this.opened = true;
    handOver();
    const early = this.#early;
    this.#early = [];
    for (const give of early) give();
  }

  /** Sends an event to its client. */
  direct(event: Omit<Published, "number">): void {
    this.#directed += 1;
    const published = { number: this.#directed, ...event };
    this.#whenOpen(() => this.outlet.direct(this.id, published));
  }

  /** Tells its gateway that it ends, unless the gateway knows. */
  end(ending: LinkEnding): void {
    this.#whenOpen(() => {
      if (this.told) return;
      this.told = true;
      this.outlet.ended([this.id], ending);
    });
  }

  /** Marks it as ended. */
  conclude(): void {
    this.#early = [];
    this.#ended.resolve();
  }

  #whenOpen(give: () => void): void {
    if (this.opened) give();
    else this.#early.push(give);
  }
}
