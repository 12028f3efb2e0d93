import {
  type BroadcastMessage,
  CallOutcome,
  type ClosedMessage,
  type DirectedMessage,
  type Gap,
  type GapMessage,
  GapReason,
  type LastReceived,
  type MessageOrigin,
  type OpenedMessage,
} from "../wire/gateway-frames.ts";
import { backoffMs, STABLE_MS } from "./backoff.ts";
import { CallError, disconnected, gatewayError } from "./call-error.ts";
import { callSettings } from "./client-settings.ts";
import type { CallOptions } from "./client-types.ts";
import { ConnectionStatus, type EventMeta, type Resync } from "./connection-types.ts";
import { messageOf, originOf, resultOf } from "./frame-calls.ts";
import type { ActorName } from "./handle.ts";
import { Listeners } from "./listeners.ts";
import { type Attempt, type CallSettings, callWithRepeats, isPassing } from "./repeated-call.ts";
import { Resyncs } from "./resyncs.ts";
import { type AnySends, type CallRequest, type Sender, sendsOf } from "./sender.ts";
import type { Session } from "./session.ts";
import { Subscriptions } from "./subscriptions.ts";

/** A connection that ended although its socket did not is opened again within this time. */
const REOPEN_MS = 1_000;
/** After this time events are subscribed to again that could not be. */
const RESUBSCRIBE_MS = 1_000;

/** A connection to an actor, through all the sockets and connections of the gateway that it takes. */
export class LiveConnection implements AnySends, Sender {
  readonly key: readonly string[];
  readonly ask: AnySends["ask"];
  readonly tell: AnySends["tell"];
  readonly queue: AnySends["queue"];
  readonly #session: Session;
  readonly #name: ActorName;
  readonly #params: unknown;
  readonly #settings: CallSettings;
  readonly #subscriptions: Subscriptions;
  readonly #statusListeners: Listeners<[status: ConnectionStatus]>;
  readonly #resyncs: Resyncs;
  /** What goes on once this is connected or closed. */
  readonly #waiting = new Set<() => void>();
  /** Of the call of `connect`; for the first `open` only. */
  #origin: MessageOrigin;
  #status: ConnectionStatus = ConnectionStatus.Connecting;
  #error: CallError | undefined;
  /** Number on the present socket; `undefined` before `open` was sent. */
  #c: number | undefined;
  #isOpening = false;
  /** Set when a reply came that may be newer than events which are still to come. */
  #late: Gap | undefined;
  #last: LastReceived | undefined;
  #openedAtMs = 0;
  #reopens = 0;
  #cancelReopen: () => void = () => undefined;
  #cancelSubscribe: () => void = () => undefined;

  constructor(session: Session, name: ActorName, params: unknown, settings: CallSettings) {
    const { platform } = session.client;
    this.#session = session;
    this.#name = name;
    this.#params = params;
    this.#settings = settings;
    this.#origin = originOf(session.client.inject());
    this.#subscriptions = new Subscriptions(platform, () => this.#subscribe());
    this.#statusListeners = new Listeners(platform.report);
    const isConnected = (): boolean => this.#status === ConnectionStatus.Connected;
    this.#resyncs = new Resyncs(platform, isConnected);
    const sends = sendsOf(this, settings);
    this.key = name.key;
    this.ask = sends.ask;
    this.tell = sends.tell;
    this.queue = sends.queue;
    session.join(this);
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  get error(): CallError | undefined {
    return this.#error;
  }

  with(options: CallOptions): AnySends {
    return sendsOf(this, callSettings(this.#settings, options));
  }

  on(event: string, listener: (body: unknown, meta: EventMeta) => unknown): () => void {
    return this.#subscriptions.on(event, listener);
  }

  once(event: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        off();
        offStatus();
        signal?.removeEventListener("abort", abort);
      };
      const abort = (): void => {
        const cause = signal?.reason;
        end();
        reject(new CallError("the wait was aborted", { code: "ERR_ABORTED", cause }));
      };
      const check = (): void => {
        if (this.#status !== ConnectionStatus.Closed) return;
        end();
        reject(this.#closedError());
      };
      const off = this.on(event, (body) => {
        end();
        resolve(body);
      });
      const offStatus = this.onStatus(check);
      signal?.addEventListener("abort", abort);
      check();
      if (signal?.aborted === true) abort();
    });
  }

  onStatus(listener: (status: ConnectionStatus) => unknown): () => void {
    return this.#statusListeners.add(listener);
  }

  onResync(listener: (resync: Resync) => unknown): () => void {
    return this.#resyncs.add(listener);
  }

  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (this.#status === ConnectionStatus.Connected) resolve();
        else if (this.#status === ConnectionStatus.Closed) reject(this.#closedError());
        else this.#waiting.add(check);
      };
      check();
    });
  }

  async close(): Promise<void> {
    if (this.#status === ConnectionStatus.Closed) return;
    const c = this.#c;
    this.#end(undefined);
    await this.#session.leave(this, c);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  call(request: CallRequest): Promise<unknown> {
    const { client } = this.#session;
    const origin = originOf(client.inject());
    return callWithRepeats(client.platform, request.settings, (attempt) =>
      this.#attempt(request, origin, attempt),
    );
  }

  /** Sends `open` soon, so that it has the subscriptions of listeners which are added right after `connect`. */
  open(): void {
    if (this.#c !== undefined || this.#isOpening) return;
    this.#cancelReopen();
    this.#isOpening = true;
    this.#session.client.platform.soon(() => {
      this.#isOpening = false;
      if (this.#session.isOpen && this.#status !== ConnectionStatus.Closed) this.#sendOpen();
    });
  }

  opened(message: OpenedMessage): void {
    const { id, at, resumed, gap } = message;
    this.#last = { id, at, d: resumed ? (this.#last?.d ?? 0) : 0 };
    this.#origin = {};
    this.#openedAtMs = this.#session.client.platform.nowMs();
    this.#subscribe();
    this.#change(ConnectionStatus.Connected, undefined);
    this.#resyncs.connected(gap ?? this.#late);
    this.#late = undefined;
  }

  closed({ again, at, error: wire }: ClosedMessage): void {
    const { platform } = this.#session.client;
    const error = gatewayError(wire) ?? disconnected(CallOutcome.Unknown);
    this.#received({ at });
    if (!again) {
      this.end(error);
      return;
    }
    if (
      this.#status === ConnectionStatus.Connected &&
      platform.nowMs() - this.#openedAtMs >= STABLE_MS
    ) {
      this.#reopens = 0;
    }
    this.down(error);
    const random = platform.random();
    const delayMs = this.#reopens === 0 ? random * REOPEN_MS : backoffMs(this.#reopens, random);
    this.#reopens += 1;
    const laterMs = Math.max(delayMs, error.retryAfterMs ?? 0);
    this.#cancelReopen = platform.schedule(() => this.open(), laterMs);
  }

  event(message: BroadcastMessage | DirectedMessage): void {
    let position: string;
    if ("n" in message) {
      position = message.n;
      this.#received({ at: position });
    } else {
      position = `${this.#last?.id}.${message.d}`;
      this.#received({ d: message.d });
    }
    this.#subscriptions.emit(message.e, message.b, { position, trace: message.tp });
  }

  gap({ at, gap }: GapMessage): void {
    this.#received({ at });
    this.#resyncs.missed(gap);
  }

  /** The connection is lost, with its socket or alone. */
  down(error: CallError): void {
    this.#leaveSocket();
    const isFirst = this.#status === ConnectionStatus.Connecting;
    this.#change(isFirst ? ConnectionStatus.Connecting : ConnectionStatus.Reconnecting, error);
  }

  /** The connection is closed for good. */
  end(error: CallError): void {
    this.#end(error);
    // Nothing of it is left at the gateway.
    void this.#session.leave(this, undefined);
  }

  #end(error: CallError | undefined): void {
    this.#leaveSocket();
    this.#change(ConnectionStatus.Closed, error);
  }

  #leaveSocket(): void {
    this.#c = undefined;
    this.#cancelReopen();
    this.#cancelSubscribe();
    this.#resyncs.disconnected();
    this.#subscriptions.end();
  }

  #sendOpen(): void {
    const { type, key, input } = this.#name;
    const last = this.#last === undefined ? {} : { last: this.#last };
    const sub = this.#subscriptions.begin();
    const params = this.#params;
    try {
      const open = { t: "open", type, key, params, input, sub, ...last, ...this.#origin } as const;
      this.#c = this.#session.open(this, (c) => ({ ...open, c }));
    } catch (error) {
      this.end(error as CallError);
    }
  }

  #subscribe(): void {
    const c = this.#c;
    if (c === undefined || !this.#session.isOpen) return;
    for (const change of this.#subscriptions.changes()) {
      this.#session.request((i) => ({ ...change, c, i }), {
        reply: () => undefined,
        fail: (error) => {
          if (c === this.#c) this.#notSubscribed(change.e, error);
        },
      });
    }
  }

  /** Tries again if that may help. Otherwise the connection has an error, and stays. */
  #notSubscribed(events: readonly string[], error: CallError): void {
    const { platform } = this.#session.client;
    if (isPassing(error)) {
      this.#subscriptions.forget(events);
      this.#cancelSubscribe();
      const delayMs = error.retryAfterMs ?? RESUBSCRIBE_MS;
      this.#cancelSubscribe = platform.schedule(() => this.#subscribe(), delayMs);
    } else {
      this.#subscriptions.refuse(events);
      this.#change(this.#status, error);
    }
  }

  #received({ at, d }: { readonly at?: string | undefined; readonly d?: number }): void {
    if (this.#last === undefined) return;
    this.#last = { ...this.#last, at: at ?? this.#last.at, d: d ?? this.#last.d };
  }

  #change(status: ConnectionStatus, error: CallError | undefined): void {
    if (this.#status === status && this.#error === error) return;
    this.#status = status;
    this.#error = error;
    if (status === ConnectionStatus.Connected || status === ConnectionStatus.Closed) {
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const goOn of waiting) goOn();
    }
    this.#statusListeners.emit(status);
  }

  #attempt(request: CallRequest, origin: MessageOrigin, attempt: Attempt): () => void {
    const c = this.#c;
    const session = this.#session;
    const nothing = (): void => undefined;
    if (this.#status === ConnectionStatus.Closed) {
      attempt.give(this.#closedError());
      return nothing;
    }
    if (this.#status !== ConnectionStatus.Connected || c === undefined) {
      return this.#wait(request, origin, attempt);
    }
    if (session.isDraining) {
      attempt.fail(new CallError("the gateway stops", { code: "ERR_DRAINING" }));
      return nothing;
    }
    // A listener that was added before the call gets the events after its reply.
    this.#subscribe();
    attempt.sent();
    return session.request((i) => ({ ...messageOf(request, attempt.leftMs()), ...origin, c, i }), {
      reply: (value) => {
        if (c !== this.#c) this.#lateReply();
        attempt.reply(resultOf(request, value));
      },
      fail: attempt.fail,
    });
  }

  /**
   * A reply to a call that was made before the connection ended: the actor has answered it in its next activation, and
   * the events of that time come later. What they tell may be in the reply already, so everything is read again.
   */
  #lateReply(): void {
    const gap = { reason: GapReason.ActorRestarted } as const;
    if (this.#status === ConnectionStatus.Connected) this.#resyncs.missed(gap);
    else this.#late = gap;
  }

  /** Goes on with an attempt once this is connected, or fails it: calls in a gap are not kept in silence. */
  #wait(request: CallRequest, origin: MessageOrigin, attempt: Attempt): () => void {
    const isLost = this.#status === ConnectionStatus.Reconnecting && !this.#session.isOpen;
    if (isLost && attempt.number === 0 && !request.settings.idempotent) {
      attempt.give(disconnected(CallOutcome.NotHandled, this.#error));
      return () => undefined;
    }
    if (this.#session.isOpen) this.open();
    let cancel = (): void => undefined;
    const goOn = (): void => {
      cancel = this.#attempt(request, origin, attempt);
    };
    this.#waiting.add(goOn);
    return () => {
      this.#waiting.delete(goOn);
      cancel();
    };
  }

  #closedError(): CallError {
    return this.#error ?? disconnected(CallOutcome.NotHandled);
  }
}
