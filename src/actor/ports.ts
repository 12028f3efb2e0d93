import { DeliveryError, ErrorCode } from "../base/errors.ts";
import { MessageKind } from "../telemetry/attributes.ts";
import type { ActorCell } from "./cell.ts";
import { Envelope, type MessageRuntime } from "./envelope.ts";
import type { CallOptions } from "./ref.ts";

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
export function createPorts(messages: readonly MessageRuntime[]): Ports {
  return {
    ask: createPort(messages, askMethod, refuseUnknownAsk),
    tell: createPort(messages, tellMethod, refuseUnknownTell),
  };
}

function createPort(
  messages: readonly MessageRuntime[],
  method: (message: MessageRuntime) => PortMethod,
  refuse: (cell: ActorCell, name: string) => unknown,
): Ports["ask"] {
  const TypePort = class extends Port {};
  for (const message of messages) {
    Object.defineProperty(TypePort.prototype, message.messageType, { value: method(message) });
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
      // Promise resolution and serialisers look these up by themselves.
      if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
      return () => refuse(port[CELL], name);
    },
  });
}

function tellMethod(message: MessageRuntime): PortMethod {
  return function (this: Port, first?: unknown, second?: unknown): unknown {
    const envelope = new Envelope(message, MessageKind.Tell);
    // biome-ignore lint/complexity/noArguments: a rest parameter would be an array for each message
    pack(envelope, first, second, arguments);
    return this[CELL].tell(envelope, this[OPTIONS]);
  };
}

function askMethod(message: MessageRuntime): PortMethod {
  return function (this: Port, first?: unknown, second?: unknown): unknown {
    const envelope = new Envelope(message, MessageKind.Ask);
    // biome-ignore lint/complexity/noArguments: a rest parameter would be an array for each message
    pack(envelope, first, second, arguments);
    return this[CELL].ask(envelope, this[OPTIONS]);
  };
}

function pack(envelope: Envelope, first: unknown, second: unknown, args: IArguments): void {
  envelope.argumentCount = args.length;
  envelope.first = first;
  envelope.second = second;
  if (args.length > 2) envelope.all = Array.from(args);
}

function unknownMessage(cell: ActorCell, name: string): DeliveryError {
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  cell.type.system.refuseUnknown(cell);
  return new DeliveryError(`${cell.actorId} has no message ${JSON.stringify(shown)}`, {
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
