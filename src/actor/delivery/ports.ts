import { inspect } from "node:util";
import { RootDecision } from "../../telemetry/traces/actor-tracing.ts";
import type { CallOptions } from "../definition/ref.ts";
import { ABSENT } from "../mailbox/envelope.ts";
import type { Route } from "../mailbox/route.ts";
import { ask, askWithEnvelope, pack, tell, tellWithEnvelope } from "./sending.ts";
import type { Target } from "./target.ts";
import { refuseUnknown, unknownNames } from "./unknown-message.ts";

/** Symbols, because every string is a possible message name. */
const TARGET = Symbol("limelight.target");
const OPTIONS = Symbol("limelight.options");

/** Not a plain object, see `CellRef`. */
const TAG = "ActorMessages";

/** Base of `ref.ask` and `ref.tell`; its prototype has one method for each message. */
class Port {
  readonly [TARGET]: Target;
  readonly [OPTIONS]: CallOptions | undefined;

  constructor(target: Target, options: CallOptions | undefined) {
    this[TARGET] = target;
    this[OPTIONS] = options;
  }
}

/** The `ask` and `tell` classes of one actor type. */
export interface Ports {
  readonly ask: new (target: Target, options: CallOptions | undefined) => object;
  readonly tell: new (target: Target, options: CallOptions | undefined) => object;
}

type PortMethod = (this: Port, ...args: never[]) => unknown;

/** Creates the methods once per type, so that a call on `ref.ask` needs no proxy. */
export function createPorts(asks: readonly Route[], tells: readonly Route[]): Ports {
  return {
    ask: createPort(asks, askMethod, refuseUnknownAsk),
    tell: createPort(tells, tellMethod, refuseUnknownTell),
  };
}

function createPort(
  routes: readonly Route[],
  method: (route: Route) => PortMethod,
  refuse: (target: Target, name: string) => unknown,
): Ports["ask"] {
  const TypePort = class extends Port {};
  for (const route of routes) {
    Object.defineProperty(TypePort.prototype, route.messageType, { value: method(route) });
  }
  Object.defineProperty(TypePort.prototype, Symbol.toStringTag, { value: TAG });
  Object.defineProperty(TypePort.prototype, inspect.custom, { value: describe });
  const refuseName = (port: Port, name: string) => () => refuse(port[TARGET], name);
  Object.setPrototypeOf(TypePort.prototype, unknownNames(refuseName));
  return TypePort;
}

/** What `console.log(ref.ask)` shows, instead of the runtime. */
function describe(this: Port): string {
  return `${TAG} of ${this[TARGET].actorId}`;
}

// The methods below use `arguments`, because a rest parameter would allocate an array for each message.

function tellMethod(route: Route): PortMethod {
  const [bare, one, two] = route.bareTells;
  return function (this: Port, first?: unknown, second?: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: see above
    const { length } = arguments;
    if (length > 2) {
      // biome-ignore lint/complexity/noArguments: see above
      const envelope = pack(this[TARGET].type.system, route, ABSENT, ABSENT, Array.from(arguments));
      return tellWithEnvelope(this[TARGET].cell(), envelope, this[OPTIONS]);
    }
    if (length === 1) return tell(this[TARGET].cell(), one, first, ABSENT, this[OPTIONS]);
    if (length === 0) return tell(this[TARGET].cell(), bare, ABSENT, ABSENT, this[OPTIONS]);
    return tell(this[TARGET].cell(), two, first, second, this[OPTIONS]);
  };
}

function askMethod(route: Route): PortMethod {
  return function (this: Port, first?: unknown, second?: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: see above
    const { length } = arguments;
    if (length > 2) {
      // biome-ignore lint/complexity/noArguments: see above
      const envelope = pack(this[TARGET].type.system, route, ABSENT, ABSENT, Array.from(arguments));
      return askWithEnvelope(this[TARGET].cell(), envelope, this[OPTIONS], RootDecision.Pending);
    }
    const a = length > 0 ? first : ABSENT;
    const b = length > 1 ? second : ABSENT;
    return ask(this[TARGET].cell(), route, a, b, this[OPTIONS]);
  };
}

function refuseUnknownAsk(target: Target, name: string): Promise<never> {
  return Promise.reject(refuseUnknown(target, name));
}

function refuseUnknownTell(target: Target, name: string): never {
  throw refuseUnknown(target, name);
}
