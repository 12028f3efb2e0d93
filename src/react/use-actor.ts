import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { type CallError, disconnected } from "../client/call-error.ts";
import type { Handles, ParamsOf } from "../client/client-types.ts";
import {
  type ActorConnection,
  type ConnectArguments,
  ConnectionStatus,
  type EventNames,
  type EventOf,
  type Resync,
} from "../client/connection-types.ts";
import type { LiveConnection } from "../client/live-connection.ts";
import { nameProxy } from "../client/name-proxy.ts";
import type { AnySends } from "../client/sender.ts";
import { CallOutcome } from "../wire/gateway-frames.ts";
import { connectionId, SharedConnection } from "./shared-connection.ts";

/** An actor in a component, made by {@link useActor}. */
export interface ActorHook<Seen> {
  /** As that of connections; `connecting` without a key. */
  readonly status: ConnectionStatus;
  /** The last error; of a connection that is closed, why. `undefined` while there was none. */
  readonly error: CallError | undefined;
  /** As those of connections. */
  readonly ask: ActorConnection<Seen>["ask"];
  /** As those of connections. */
  readonly tell: ActorConnection<Seen>["tell"];
  /** As those of connections. */
  readonly queue: ActorConnection<Seen>["queue"];
  /** Listens while the component is mounted. The listener may change with each render. A hook: call it unconditionally. */
  useEvent<Name extends EventNames<Seen>>(
    event: Name,
    listener: (body: EventOf<Seen, Name>) => unknown,
  ): void;
  /**
   * Calls `listener` whenever events are missing, and once after the component is mounted and connected, with the reason
   * `first`. The listener may change with each render. A hook: call it unconditionally.
   */
  useResync(listener: (resync: Resync) => unknown): void;
}

/**
 * Connects a component to an actor. Components with the same handles, key and params share one connection, which is
 * closed after the last of them has unmounted.
 *
 * @param key `undefined` connects to nothing yet: calls reject with `ERR_DISCONNECTED`
 * @example
 * ```ts
 * import { createElement, useState } from "react";
 * import { renderToString } from "react-dom/server";
 *
 * const room = defineKeyedActor("room", {
 *   state: () => ({ lines: [] as string[] }),
 *   events: { said: event<string>() },
 *   handlers: { lines: (c) => c.state.lines },
 * });
 * const actors = [expose(room, { calls: { lines: [] } })];
 *
 * // In the page: `import type { actors } from "./server.ts"`
 * const client = createClient<typeof actors>("http://127.0.0.1:3000");
 * function Lines() {
 *   const [lines, setLines] = useState<readonly string[]>([]);
 *   const lobby = useActor(client.room, "lobby");
 *   lobby.useEvent("said", (text) => setLines((before) => [...before, text]));
 *   lobby.useResync(async () => setLines(await lobby.ask.lines())); // first, and after a gap
 *   return createElement("pre", { "aria-busy": lobby.status !== "connected" }, lines.join("\n"));
 * }
 * renderToString(createElement(Lines)); // "<pre aria-busy=\"true\"></pre>"
 * ```
 */
export function useActor<Seen>(
  handles: Handles<Seen>,
  key: string | readonly string[] | undefined,
  ...[options]: ConnectArguments<ParamsOf<Seen>>
): ActorHook<Seen> {
  const id = key === undefined ? undefined : connectionId(key, options?.params);
  const actor = useMemo(
    () => new ComponentActor(id === undefined ? undefined : new SharedConnection(handles, id)),
    [handles, id],
  );
  const look = useSyncExternalStore(actor.subscribe, actor.look, lookOnServer);
  return useMemo(() => {
    const { ask, tell, queue } = actor;
    return { ...look, ask, tell, queue, ...hooksOf(actor) } as unknown as ActorHook<Seen>;
  }, [actor, look]);
}

/** What a component shows of a connection. */
interface Look {
  readonly status: ConnectionStatus;
  readonly error: CallError | undefined;
}
const NOTHING: Look = { status: ConnectionStatus.Connecting, error: undefined };
const lookOnServer = (): Look => NOTHING;

type Call = (...args: unknown[]) => Promise<unknown>;

/** An actor of one component. Uses the connection while the component is mounted, and for each call. */
class ComponentActor implements AnySends {
  readonly #shared: SharedConnection | undefined;
  readonly ask: AnySends["ask"];
  readonly tell: AnySends["tell"];
  readonly queue: AnySends["queue"];
  #look: Look = NOTHING;

  constructor(shared: SharedConnection | undefined) {
    this.#shared = shared;
    this.ask = nameProxy((name) => this.#call(({ ask }) => ask[name]));
    this.tell = nameProxy((name) => this.#call(({ tell }) => tell[name]));
    this.queue = nameProxy((name) => ({
      send: this.#call(({ queue }) => queue[name]?.send),
      ask: this.#call(({ queue }) => queue[name]?.ask),
    }));
  }

  /** Calls `onChange` with each change of the status. Connects. */
  readonly subscribe = (onChange: () => void): (() => void) =>
    this.during((connection) => connection.onStatus(onChange));

  /** Returns the same object until something has changed. */
  readonly look = (): Look => {
    const { status, error } = this.#shared?.present ?? NOTHING;
    if (status !== this.#look.status || error !== this.#look.error) this.#look = { status, error };
    return this.#look;
  };

  /** Uses the connection, if there is a key, until the returned function is called. */
  readonly during = (begin: (connection: LiveConnection) => () => void): (() => void) =>
    this.#shared?.during(begin) ?? (() => undefined);

  /** A call may be made while no component is mounted: by an effect of a child, or by what has outlived one. */
  #call(choose: (connection: LiveConnection) => Call | undefined): Call {
    return async (...args) => {
      if (this.#shared === undefined) throw disconnected(CallOutcome.NotHandled);
      const { connection, release } = this.#shared.use();
      try {
        const call = choose(connection) as Call; // there is one for every name
        return await call(...args);
      } finally {
        release();
      }
    };
  }
}

/** Returns a reference to the value of the last render that was committed. */
function useLatest<Value>(value: Value): { readonly current: Value } {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}

/** The hooks of an {@link ActorHook}, with any events. */
interface AnyHooks {
  useEvent(event: string, listener: (body: unknown) => unknown): void;
  useResync(listener: (resync: Resync) => unknown): void;
}

/** Returns the hooks of an actor. */
function hooksOf({ during }: ComponentActor): AnyHooks {
  return {
    useEvent(event, listener) {
      const latest = useLatest(listener);
      useEffect(
        () => during((connection) => connection.on(event, (body) => latest.current(body))),
        [during, event, latest],
      );
    },
    useResync(listener) {
      const latest = useLatest(listener);
      useEffect(
        () => during((connection) => connection.onResync((what) => latest.current(what))),
        [during, latest],
      );
    },
  };
}
