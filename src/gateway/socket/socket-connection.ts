import { randomBytes } from "node:crypto";
import type { SpanContext } from "@opentelemetry/api";
import type { KeyAddress } from "../../activation/access/actor-access.ts";
import type { Link, LinkEnding, LinkFigures, Outlet } from "../../activation/access/link.ts";
import type { Caller } from "../../activation/definition/caller.ts";
import { DisconnectReason } from "../../activation/definition/connection-types.ts";
import { WhenSlow } from "../../activation/definition/event-types.ts";
import { runInMicrotask } from "../../base/node-timers.ts";
import { context } from "../../telemetry/context/api.ts";
import { CallOutcome, type ClientMessage, type Gap, GapReason } from "../../wire/gateway-frames.ts";
import type { Failure } from "../call/outside-request.ts";
import { type ActorEvents, directedOf } from "../events/actor-events.ts";
import { DirectedEvents } from "../events/directed.ts";
import { Subscriber } from "../events/subscriber.ts";
import { closedFrame, failFrame, messageText, replyFrame, wireError } from "./frame-write.ts";
import { MessageRecord } from "./message-span.ts";
import type { Outbox } from "./outbox.ts";
import { NOT_CONNECTED, reportRefusal } from "./socket-failures.ts";
import type { SocketParts } from "./socket-parts.ts";

/** What a connection needs of its socket. */
export interface ConnectionOwner {
  readonly outbox: Outbox;
  readonly caller: Caller | undefined;
  /** When anything was last received, in milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** Of the span of the handshake. */
  readonly linked: SpanContext | undefined;
  /** Whether another connection of the socket uses this number of an actor. */
  usesNumber(a: number): boolean;
  /** It has ended, or was refused. */
  left(connection: SocketConnection): void;
}

/** What waits for a connection to be open. */
export interface Opening {
  opened(isOpen: boolean): void;
}

type OpenMessage = ClientMessage & { readonly t: "open" };

const ID_BYTES = 16;
const ENDED_TEXT = "the connection was closed";

/** One connection of a socket, from `open` to `closed`. */
export class SocketConnection {
  readonly #parts: SocketParts;
  readonly #owner: ConnectionOwner;
  readonly #message: OpenMessage;
  readonly #record: MessageRecord;
  readonly #caller: Caller | undefined;
  readonly #abort = new AbortController();
  readonly connectionId: string = randomBytes(ID_BYTES).toString("base64url");
  /** Wait for the message before them, in order. `undefined`: nothing is under way. */
  #waiting: Opening[] | undefined = [];
  #events: ActorEvents | undefined;
  #link: Link | undefined;
  #subscriber: Subscriber | undefined;
  /** Set when it has ended, or is about to. */
  #isOver = false;

  constructor(parts: SocketParts, owner: ConnectionOwner, message: OpenMessage) {
    const { type } = message;
    this.#parts = parts;
    this.#owner = owner;
    this.#message = message;
    this.#caller = owner.caller;
    this.#record = new MessageRecord(
      parts,
      { kind: "open", type, name: "open", isExposed: parts.exposed.get(type) !== undefined },
      message,
      { connectionId: this.connectionId, linked: owner.linked },
    );
  }

  get c(): number {
    return this.#message.c;
  }

  get type(): string {
    return this.#message.type;
  }

  get key(): readonly string[] {
    return this.#message.key;
  }

  /** For calls that create the actor anew. */
  get input(): unknown {
    return this.#message.input;
  }

  /** Number of the actor in its events. */
  get a(): number | undefined {
    return this.#subscriber?.a;
  }

  /** Of the span of `open`. */
  get linked(): SpanContext | undefined {
    return this.#record.span.spanContext;
  }

  open(): void {
    const { connections, host, settings } = this.#parts;
    const { type, key, params, input, sub = [], last } = this.#message;
    const position = last === undefined ? undefined : { connectionId: last.id, position: last.at };
    const request = {
      type,
      key,
      params,
      input,
      events: sub,
      last: position,
      connectionId: this.connectionId,
      caller: this.#caller,
      requestId: this.#record.requestId,
      context: this.#record.span.context,
      deadlineMs: host.clock.monotonicMs() + settings.limits.callTimeoutMs,
      signal: this.#abort.signal,
    };
    const outletOf = (address: KeyAddress): Outlet => {
      // The key as it is after its check.
      if (this.#events === undefined) {
        this.#events = this.#parts.events.of(type, address.key);
        this.#events.opening += 1;
      }
      return this.#events;
    };
    context.with(request.context, () => {
      connections.open(request, outletOf, {
        opened: (link) => this.#opened(link),
        fail: (failure) => this.refuse(failure),
      });
    });
  }

  /** Ends it before it was open. */
  refuse(failure: Failure): void {
    this.#release();
    if (this.#isOver) {
      this.#record.abandon(this.#caller?.id);
      return;
    }
    this.#record.end(failure, this.#caller?.id, 0);
    this.#isOver = true;
    const again = failure.retryAfterMs !== undefined || failure.outcome === CallOutcome.Unknown;
    this.#tellClosed(again, undefined, failure);
    this.#leave();
  }

  /** Calls `opening` when everything before it is done. */
  whenOpen(opening: Opening): void {
    if (this.#waiting === undefined) opening.opened(!this.#isOver);
    else this.#waiting.push(opening);
  }

  /** Sends the events that were given before now. */
  catchUp(): void {
    this.#subscriber?.advance(true);
  }

  subscribe(i: number, events: readonly string[]): void {
    this.whenOpen({
      opened: (isOpen) => {
        if (!isOpen) this.#failSubscribe(i, NOT_CONNECTED);
        else void this.#checkAndSubscribe(i, events); // never rejects
      },
    });
  }

  unsubscribe(i: number, events: readonly string[]): void {
    this.whenOpen({
      opened: (isOpen) => {
        if (isOpen) this.#subscriber?.unsubscribe(events);
        this.#owner.outbox.send(replyFrame(i, undefined, undefined));
      },
    });
  }

  /** Its client closes it. */
  close(): void {
    if (this.#isOver) return;
    const at = this.#position();
    void this.end(DisconnectReason.Client).then(() => {
      this.#owner.outbox.send(closedFrame(this.c, false, at, undefined));
    });
  }

  /** Ends it for its client to open it again, elsewhere or later. */
  async drain(): Promise<void> {
    if (this.#isOver) return;
    this.catchUp();
    const at = this.#position();
    await this.end(DisconnectReason.Drained);
    this.#owner.outbox.send(closedFrame(this.c, true, at, undefined));
  }

  /** Ends it without a word to its client. Resolves when `onDisconnect` has run. Never rejects. */
  async end(reason: DisconnectReason): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const link = this.#link;
    const subscriber = this.#subscriber;
    this.#abort.abort();
    if (subscriber !== undefined) {
      this.#events?.remove(subscriber, reason !== DisconnectReason.Client);
      this.#logClosed(reason);
    }
    this.#leave();
    if (link === undefined) return;
    try {
      await link.close(reason);
    } catch (error) {
      this.#parts.log.internal(error, this.#record.requestId, `${this.type}/close`);
    }
  }

  #opened(link: Link): void {
    this.#release();
    this.#link = link;
    const events = this.#events;
    if (this.#isOver || events === undefined) {
      this.#record.abandon(this.#caller?.id);
      // Not in this turn of the actor.
      runInMicrotask(() => void link.close(DisconnectReason.Lost).catch(() => undefined));
      return;
    }
    const { last, sub = [] } = this.#message;
    const { outbox } = this.#owner;
    const isContinued = last !== undefined && link.gap === undefined;
    const resent = this.#resume(link, events, isContinued);
    const points = this.#parts.events.pointsOf(this.type);
    const definition = this.#parts.exposed.get(this.type)?.definition;
    const subscriber = new Subscriber(
      {
        link,
        sink: outbox,
        c: this.c,
        a: this.#owner.usesNumber(events.a) ? this.#parts.events.nextA() : events.a,
        frames: events.frames,
        whenSlow: (name) => definition?.settings.events[name]?.whenSlow ?? WhenSlow.Close,
        directed: resent.directed,
        counts: points,
        callerId: this.#caller?.id,
      },
      sub,
    );
    this.#subscriber = subscriber;
    events.add({
      subscriber,
      onEnded: (ending) => this.#ended(ending),
      figures: () => this.#figures(subscriber),
    });
    const at = link.feed.position(link.start);
    const { gap } = resent;
    outbox.send(
      messageText({
        t: "opened",
        c: this.c,
        id: this.connectionId,
        a: subscriber.a,
        at,
        resumed: isContinued && gap === undefined,
        ...(gap === undefined ? {} : { gap }),
      }),
    );
    if (gap !== undefined) points.resynced(gap.reason);
    for (const text of resent.texts) outbox.send(text);
    this.#record.end(undefined, this.#caller?.id, 0);
    this.#log("gateway.connection_opened", { resumed: isContinued }, "connection opened");
    subscriber.advance(false);
    runInMicrotask(() => this.#proceed()); // not in this turn of the actor
  }

  /** Returns what the client is sent again of the events to it alone, or that it has missed some. */
  #resume(
    link: Link,
    events: ActorEvents,
    isContinued: boolean,
  ): {
    readonly directed: DirectedEvents;
    readonly texts: readonly string[];
    readonly gap: Gap | undefined;
  } {
    const { last } = this.#message;
    const known = directedOf(events.lost, last, this.#caller?.id, isContinued);
    if (!isContinued || last === undefined) {
      return { directed: new DirectedEvents(), texts: [], gap: gapOf(link) };
    }
    const texts = known?.after(last.d, this.c);
    if (known !== undefined && texts !== undefined)
      return { directed: known, texts, gap: undefined };
    // Where no actor of the type has sent any, none is missing.
    const isMissed = known !== undefined || this.#parts.events.hasDirected(this.type);
    if (!isMissed) return { directed: new DirectedEvents(last.d), texts: [], gap: undefined };
    const gap = { reason: GapReason.EventsLost };
    return { directed: new DirectedEvents(), texts: [], gap };
  }

  #figures({ sent, dropped }: Subscriber): LinkFigures {
    const { receivedAtMs, outbox } = this.#owner;
    const callerId = this.#parts.settings.logCallers ? this.#caller?.id : undefined;
    return { callerId, receivedAtMs, sent, dropped, bufferedBytes: outbox.bufferedBytes };
  }

  /** The actor has ended it. */
  #ended({ reason, again, text }: LinkEnding): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const at = this.#position();
    if (this.#subscriber !== undefined) this.#events?.remove(this.#subscriber, again);
    this.#tellClosed(again, at, again ? undefined : endFailure(reason, text));
    this.#logClosed(reason);
    this.#leave();
  }

  async #checkAndSubscribe(i: number, events: readonly string[]): Promise<void> {
    this.#waiting = [];
    const { requestId } = this.#record;
    const { type, key } = this.#message;
    const caller = this.#owner.caller;
    const failure = await this.#parts.connections.checkEvents({
      type,
      key,
      events,
      caller,
      requestId,
    });
    if (failure !== undefined) this.#failSubscribe(i, failure);
    else {
      this.#subscriber?.subscribe(events);
      this.#owner.outbox.send(replyFrame(i, undefined, undefined));
    }
    this.#proceed();
  }

  #failSubscribe(i: number, failure: Failure): void {
    reportRefusal(this.#parts, failure, "sub", this.#record.requestId);
    this.#owner.outbox.send(failFrame(i, failure, this.#record));
  }

  /** Goes on with what has waited, up to what is under way for longer. */
  #proceed(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (let at = 0; at < waiting.length; at += 1) {
      waiting[at]?.opened(!this.#isOver);
      // By a subscription whose check is under way.
      const further = this.#waiting as Opening[] | undefined;
      if (further !== undefined) {
        this.#waiting = [...further, ...waiting.slice(at + 1)];
        return;
      }
    }
  }

  #tellClosed(again: boolean, at: string | undefined, failure: Failure | undefined): void {
    const error = failure === undefined ? undefined : wireError(failure, this.#record);
    this.#owner.outbox.send(closedFrame(this.c, again, at, error));
  }

  #position(): string | undefined {
    const feed = this.#link?.feed;
    return feed?.position(feed.last);
  }

  #release(): void {
    if (this.#events !== undefined && this.#link === undefined) this.#events.opening -= 1;
  }

  #leave(): void {
    this.#owner.left(this);
    this.#proceed();
  }

  #logClosed(reason: DisconnectReason): void {
    this.#log("gateway.connection_closed", { reason }, "connection closed");
  }

  #log(event: string, fields: object, text: string): void {
    const { connectionId, type } = this;
    const about = { type, connection_id: connectionId, request_id: this.#record.requestId };
    this.#parts.log.connection({ event, ...about, ...fields }, text);
  }
}

function gapOf({ gap }: Link): Gap | undefined {
  if (gap === undefined) return undefined;
  const { reason, missed } = gap;
  return missed === undefined ? { reason } : { reason, missed };
}

function endFailure(reason: DisconnectReason, text: string | undefined): Failure {
  const isDestroyed = reason === DisconnectReason.Ended;
  const code = isDestroyed ? "ERR_ACTOR_DESTROYED" : "ERR_DISCONNECTED";
  const message = text ?? (isDestroyed ? "the actor was destroyed" : ENDED_TEXT);
  return { status: 503, code, message, outcome: CallOutcome.NotHandled };
}
