import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { isReservedName, quote } from "../../base/names.ts";
import { RootDraw } from "../../telemetry/actor-tracing.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { CallOptions } from "../definition/ref.ts";
import { ABSENT } from "../mailbox/envelope.ts";
import type { Route } from "../mailbox/route.ts";
import { ask, askWithEnvelope, pack, tell, tellWithEnvelope } from "./sending.ts";

/** Symbols, because every string is a possible message name. */
const CELL = Symbol("limelight.cell");
const OPTIONS = Symbol("limelight.options");

/** What stands behind `ref.ask` and `ref.tell`; its prototype holds one method a message. */
class Port {
  readonly [CELL]: ActorCell;
  readonly [OPTIONS]: CallOptions | undefined;

  constructor(cell: ActorCell, options: CallOptions | undefined) {
    this[CELL] = cell;
    this[OPTIONS] = options;
  }
}

/** The `ask` and `tell` sides of one actor type. */
export interface Ports {
  readonly ask: new (cell: ActorCell, options: CallOptions | undefined) => object;
  readonly tell: new (cell: ActorCell, options: CallOptions | undefined) => object;
}

type PortMethod = (this: Port, ...args: never[]) => unknown;

/** Makes the methods once per type: a call on `ref.ask` goes through no proxy. */
export function createPorts(asks: readonly Route[], tells: readonly Route[]): Ports {
  return {
    ask: createPort(asks, askMethod, refuseUnknownAsk),
    tell: createPort(tells, tellMethod, refuseUnknownTell),
  };
}

function createPort(
  routes: readonly Route[],
  method: (route: Route) => PortMethod,
  refuse: (cell: ActorCell, name: string) => unknown,
): Ports["ask"] {
  const TypePort = class extends Port {};
  for (const route of routes) {
    Object.defineProperty(TypePort.prototype, route.messageType, { value: method(route) });
  }
  Object.setPrototypeOf(TypePort.prototype, unknownMessages(refuse));
  return TypePort;
}

/**
 * What a port's look-ups reach when no message has the name, as only untyped callers can: they get a
 * coded error instead of "is not a function". It lies behind the methods, so known messages never pay.
 */
function unknownMessages(refuse: (cell: ActorCell, name: string) => unknown): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, name, port: Port) {
      // Promise resolution, serialisers and string conversion look these up by themselves.
      if (typeof name === "symbol" || isReservedName(name)) return undefined;
      return () => refuse(port[CELL], name);
    },
  });
}

// `arguments` below, because a rest parameter would be an array for each message.

function tellMethod(route: Route): PortMethod {
  const [bare, one, two] = route.plain;
  return function (this: Port, first?: unknown, second?: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: see above
    const { length } = arguments;
    if (length > 2) {
      // biome-ignore lint/complexity/noArguments: see above
      const envelope = pack(route, ABSENT, ABSENT, Array.from(arguments));
      return tellWithEnvelope(this[CELL], envelope, this[OPTIONS]);
    }
    if (length === 1) return tell(this[CELL], one, first, ABSENT, this[OPTIONS]);
    if (length === 0) return tell(this[CELL], bare, ABSENT, ABSENT, this[OPTIONS]);
    return tell(this[CELL], two, first, second, this[OPTIONS]);
  };
}

function askMethod(route: Route): PortMethod {
  return function (this: Port, first?: unknown, second?: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: see above
    const { length } = arguments;
    if (length > 2) {
      // biome-ignore lint/complexity/noArguments: see above
      const envelope = pack(route, ABSENT, ABSENT, Array.from(arguments));
      return askWithEnvelope(this[CELL], envelope, this[OPTIONS], RootDraw.Due);
    }
    const a = length > 0 ? first : ABSENT;
    const b = length > 1 ? second : ABSENT;
    return ask(this[CELL], route, a, b, this[OPTIONS]);
  };
}

/** Counts a message that no handler has the name of, and says so. */
export function unknownMessage(cell: ActorCell, name: string): DeliveryError {
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  cell.type.system.refuseUnknown(cell);
  return new DeliveryError(`${cell.actorId} has no message ${quote(shown)}`, {
    code: ErrorCode.UnknownMessage,
    actorId: cell.actorId,
    messageType: shown,
  });
}

function refuseUnknownAsk(cell: ActorCell, name: string): Promise<never> {
  return Promise.reject(unknownMessage(cell, name));
}

function refuseUnknownTell(cell: ActorCell, name: string): never {
  throw unknownMessage(cell, name);
}
