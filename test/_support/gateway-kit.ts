import { type Logger, pino } from "pino";
import type { OutsideCalls, OutsideRequest } from "../../src/gateway/call/outside-request.ts";
import { type Exposed, expose } from "../../src/gateway/expose/expose.ts";
import { unchecked } from "../../src/gateway/expose/unchecked.ts";
import type { Gateway } from "../../src/gateway/gateway-facade.ts";
import type { GatewayOptions } from "../../src/gateway/gateway-options.ts";
import { openGateway } from "../../src/gateway/open-gateway.ts";
import {
  createSystem,
  defineKeyedActor,
  type MonitoredSystem,
  queue,
  type SystemOptions,
} from "../../src/index.ts";
import { expectBooks } from "../../src/testing.ts";

const cart = defineKeyedActor("cart", {
  state: () => ({ lines: {} as Record<string, number> }),
  queues: { orders: queue<{ item: string }, number>() },
  handlers: {
    add(c, item: string, quantity: number) {
      c.state.lines[item] = (c.state.lines[item] ?? 0) + quantity;
      return c.state.lines;
    },
    nothing: () => undefined,
    audit: (c) => c.state, // not exposed
  },
});

const exposed: readonly Exposed<string, unknown>[] = [
  expose(cart, { calls: { add: unchecked, nothing: unchecked }, queues: { orders: unchecked } }),
];

export type LogLine = Readonly<Record<string, unknown>>;

/** A gateway with a system, whose calls are answered by a function of the test. */
export interface GatewayKit extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly system: MonitoredSystem;
  /** Everything that was logged. */
  readonly lines: LogLine[];
  /** The calls that have reached the part behind HTTP. */
  readonly calls: OutsideRequest[];
  readonly url: string;
  readonly port: number;
}

export interface KitOptions {
  readonly gateway?: Partial<GatewayOptions>;
  readonly system?: SystemOptions;
  /** Default: replies with the arguments. */
  readonly answer?: OutsideCalls["call"];
}

const echo: OutsideCalls["call"] = ({ kind, args }, answer) =>
  answer.reply(kind === "tell" ? undefined : JSON.stringify(args));

/** Opens a gateway on a free port, or mounted with `port: undefined`. */
export async function openKit(options: KitOptions = {}): Promise<GatewayKit> {
  const lines: LogLine[] = [];
  const calls: OutsideRequest[] = [];
  const system = createSystem({ actors: [cart], logger: logInto(lines), ...options.system });
  const { answer = echo } = options;
  const call: OutsideCalls["call"] = (request, replies) => {
    calls.push(request);
    answer(request, replies);
  };
  const given = { actors: exposed, port: 0, ...options.gateway };
  const gateway = await openGateway(system, given, () => ({ call }));
  return {
    gateway,
    system,
    lines,
    calls,
    url: gateway.url ?? "",
    port: gateway.port ?? 0,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await system.shutdown();
      expectBooks(system);
    },
  };
}

/** Returns a logger whose lines are kept. */
export function logInto(lines: LogLine[]): Logger {
  const write = (line: string): void => void lines.push(JSON.parse(line));
  return pino({ level: "debug", base: null }, { write });
}

/** Sends JSON. */
export function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** Returns the code of an answer that is an error. */
export async function codeOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { readonly error: { readonly code: string } };
  return error.code;
}
