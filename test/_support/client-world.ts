import assert from "node:assert/strict";
import type { EventDefinition } from "../../src/activation/definition/event-types.ts";
import type { Faceted, Facets } from "../../src/activation/definition/facets.ts";
import type { QueueDefinition } from "../../src/activation/definition/queue-types.ts";
import { createPlatformClient } from "../../src/client/create-client.ts";
import { type Platform, systemPlatform } from "../../src/client/platform.ts";
import {
  type ActorConnection,
  CallError,
  type CallOutcome,
  type Client,
  type ClientOptions,
} from "../../src/client.ts";
import { ManualClock } from "../../src/testing.ts";
import type { WireError } from "../../src/wire/gateway-frames.ts";
import type { ScriptedGateway, ScriptedSocket } from "./scripted-gateway.ts";

interface RoomMessages {
  lines(c: never): string[];
  say(c: never, text: string, at?: Date): void;
  sleep(c: never): void;
}
/** What clients of these tests see of a room. */
type RoomSeen = Facets<
  RoomMessages,
  { readonly files: QueueDefinition<{ path: string }, number> },
  { readonly said: EventDefinition<{ text: string }>; readonly typing: EventDefinition<string> },
  { readonly name: string } | undefined,
  { readonly size: number }
>;
/** A list of definitions, as `expose` would type them. */
type RoomActors = readonly [{ readonly type: "room" } & Faceted<RoomSeen>];

/** A platform whose time is moved by hand. Delays that are random have half of their length. */
export function manualPlatform(clock: ManualClock, report: (error: unknown) => void): Platform {
  return {
    ...systemPlatform,
    nowMs: () => clock.monotonicMs(),
    schedule(callback, delayMs) {
      const timer = clock.schedule(callback, delayMs);
      return () => timer.cancel();
    },
    random: () => 0.5,
    report,
  };
}

/** A client whose time is moved by hand. */
export class ClientWorld {
  readonly clock: ManualClock = new ManualClock();
  readonly client: Client<RoomActors>;
  /** What listeners have thrown. */
  readonly reported: unknown[] = [];
  readonly #wakes = new Set<() => void>();

  constructor(url: string, options: ClientOptions = {}) {
    const platform = {
      ...manualPlatform(this.clock, (error) => void this.reported.push(error)),
      onWake: (callback: () => void) => {
        this.#wakes.add(callback);
        return () => void this.#wakes.delete(callback);
      },
    };
    this.client = createPlatformClient<RoomActors>(platform, url, options);
  }

  /** The network is back, or the page is visible again. */
  wake(): void {
    for (const callback of this.#wakes) callback();
  }
}

/** An answer that is an error of a gateway. */
export function failure(
  status: number,
  code: string,
  outcome: CallOutcome,
  more: Partial<WireError> = {},
): { readonly status: number; readonly body: { readonly error: WireError } } {
  const error = { code, outcome, message: "it failed", requestId: "request-1", ...more };
  return { status, body: { error } };
}

/** Resolves with the error that a call rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<CallError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CallError, String(error));
  return error;
}

/** A connection that is open, and both ends of its socket. */
export interface Connected {
  readonly world: ClientWorld;
  readonly room: ActorConnection<RoomSeen>;
  readonly socket: ScriptedSocket;
  /** Number of the connection. */
  readonly c: number;
}

/** Opens a connection. Its events have `a` 7. */
export async function connected(
  gateway: ScriptedGateway,
  options?: ClientOptions,
): Promise<Connected> {
  const world = new ClientWorld(gateway.url, options);
  const room = world.client.room.get("a").connect();
  const socket = await gateway.socket(0);
  await socket.welcome();
  const { c } = await socket.open({ a: 7 });
  await room.ready();
  return { world, room, socket, c };
}
