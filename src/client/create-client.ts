import type { ActorKey } from "../actor/definition/keyed-address.ts";
import { type ClientSettings, clientSettings } from "./client-settings.ts";
import type { Client, ClientOptions } from "./client-types.ts";
import { type ActorName, Handle } from "./handle.ts";
import { LiveConnection } from "./live-connection.ts";
import { nameProxy } from "./name-proxy.ts";
import type { Platform } from "./platform.ts";
import { Session } from "./session.ts";

/**
 * Creates the client of a gateway, for browsers, Node, Bun and Deno. Nothing is sent before the first call; a socket is
 * opened with the first connection, and closed with the last.
 *
 * The type parameter is that of the list of what `expose` has returned: `createClient<typeof actors>(url)`, with
 * `import type`.
 *
 * @param url of the gateway, with its `basePath`; relative to the page in browsers
 * @throws {@link CallError} `ERR_INVALID_OPTION`
 * @example
 * ```ts
 * const counter = defineKeyedActor("counter", {
 *   state: () => ({ count: 0 }),
 *   handlers: { add: (c, by: number) => (c.state.count += by) },
 * });
 * const actors = [expose(counter, { calls: { add: unchecked } })];
 * const gateway = await createGateway(system, { actors, port: 0 });
 *
 * // In the page: `import type { actors } from "./server.ts"`
 * const client = createClient<typeof actors>(gateway.url ?? "", { timeoutMs: 5_000 });
 * const visits = client.counter.get("visits");
 * await visits.ask.add(2); // 2
 * await visits.with({ timeoutMs: 500, idempotent: true }).ask.add(1); // 3
 * await client.$close();
 * await gateway.close();
 * ```
 */
export function createClient<Actors>(
  url: string | URL,
  options: ClientOptions = {},
): Client<Actors> {
  return createClientOn(clientSettings(url, options)) as Client<Actors>;
}

/** Creates a client on another platform, for tests. */
export function createPlatformClient<Actors>(
  platform: Platform,
  url: string | URL,
  options: ClientOptions = {},
): Client<Actors> {
  return createClientOn(clientSettings(url, options, platform)) as Client<Actors>;
}

function createClientOn(client: ClientSettings): unknown {
  const session = new Session(client);
  const connect = (
    name: ActorName,
    { params }: { readonly params?: unknown },
    settings: ClientSettings["calls"],
  ): LiveConnection => new LiveConnection(session, name, params, settings);
  return nameProxy<unknown>((type) => {
    if (type === "$close") return () => session.close();
    return {
      get(key: ActorKey, { input }: { readonly input?: unknown } = {}) {
        const name = {
          type,
          key: typeof key === "string" ? [key] : Array.from(Object(key) as string[]),
          input,
        };
        return new Handle(client, name, client.calls, connect);
      },
    };
  });
}
