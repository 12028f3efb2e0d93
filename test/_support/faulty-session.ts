import { ClusterError, ErrorCode } from "../../src/base/errors.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import type { KeyValue } from "../../src/cluster/engine/key-value.ts";
import type { Log } from "../../src/cluster/engine/log.ts";

/**
 * What becomes of one call of an engine: `lost` is done, but its caller does not learn of it; `ghost` is not done, but its
 * caller does not learn of that; `closed` closes the session.
 */
export type CallFate = "ok" | "lost" | "ghost" | "unavailable" | "closed";

/** Returns an object with the members of another one, getters included, bound to it. */
export function partsOf<Value extends object>(value: Value): Value {
  return new Proxy({} as Value, {
    get: (_target, name) => memberOf(value, name),
    has: (_target, name) => name in value,
    ownKeys: () => allNames(value),
    getOwnPropertyDescriptor: (_target, name) =>
      name in value
        ? { configurable: true, enumerable: true, value: memberOf(value, name) }
        : undefined,
  });
}

function memberOf(value: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(value, name, value);
  return typeof member === "function" ? member.bind(value) : member;
}

/** Names of the members of an object and its classes. */
function allNames(value: object): string[] {
  const names = new Set<string>();
  for (let at: object = value; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) if (name !== "constructor") names.add(name);
  }
  return [...names];
}

/** A session whose calls have the fates that a test decides. */
export class FaultySession {
  readonly calls: string[] = [];
  readonly #fateOf: (call: string, number: number) => CallFate;
  #isClosed = false;

  /** @param fateOf is given what is called, such as `runners.put`, and which call of all it is, from 1 on */
  constructor(fateOf: (call: string, number: number) => CallFate) {
    this.#fateOf = fateOf;
  }

  readonly wrap = (session: EngineSession): EngineSession => ({
    ...partsOf(session),
    placements: this.#keyValue("placements", session.placements),
    runners: this.#keyValue("runners", session.runners),
    leases: this.#keyValue("leases", session.leases),
    commands: this.#log("commands", session.commands),
    events: this.#log("events", session.events),
    deadLetters: this.#log("deadLetters", session.deadLetters),
  });

  #keyValue(name: string, keyValue: KeyValue): KeyValue {
    return {
      read: (key) => this.#call(`${name}.read`, () => keyValue.read(key)),
      put: (...args) => this.#call(`${name}.put`, () => keyValue.put(...args)),
      remove: (...args) => this.#call(`${name}.remove`, () => keyValue.remove(...args)),
      list: (...args) => this.#call(`${name}.list`, () => keyValue.list(...args)),
      watch: (...args) => keyValue.watch(...args),
    };
  }

  #log(name: string, log: Log): Log {
    return {
      ...partsOf(log),
      append: (message) => this.#call(`${name}.append`, () => log.append(message)),
      consume: (options) =>
        this.#call(`${name}.consume`, () =>
          log.consume({
            ...options,
            deliver: (delivery) =>
              options.deliver({
                ...partsOf(delivery),
                ack: () => this.#call(`${name}.ack`, () => delivery.ack()),
                reject: () => this.#call(`${name}.reject`, () => delivery.reject()),
              }),
          }),
        ),
    };
  }

  async #call<Value>(call: string, work: () => Promise<Value>): Promise<Value> {
    this.calls.push(call);
    const fate = this.#fateOf(call, this.calls.length);
    if (fate === "closed") this.#isClosed = true;
    if (this.#isClosed) throw failed(ErrorCode.EngineClosed);
    if (fate === "unavailable") throw failed(ErrorCode.EngineUnavailable);
    if (fate === "ghost") throw failed(ErrorCode.EngineUnknownOutcome);
    const value = await work();
    if (fate === "lost") throw failed(ErrorCode.EngineUnknownOutcome);
    return value;
  }
}

function failed(code: ErrorCode): ClusterError {
  return new ClusterError("an injected fault", { code });
}
