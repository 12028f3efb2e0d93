import { ClusterError, ErrorCode } from "../../src/base/errors.ts";
import type { Bus } from "../../src/cluster/engine/bus.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import type { KeyValue } from "../../src/cluster/engine/key-value.ts";
import type { Delivery, Log } from "../../src/cluster/engine/log.ts";

/** What happens to a call of the engine. */
export type Fate =
  /** Nothing unusual. */
  | "works"
  /** It has no effect, and its caller does not know. */
  | "lost"
  /** It has its effect, and its caller does not know. */
  | "unanswered"
  /** Neither it nor any later call has an effect: the process has ended. */
  | "crash";

/** One call of an engine. */
export interface EngineCall {
  /** From 1 on. */
  readonly number: number;
  /** Such as `placements.put`. */
  readonly name: string;
  readonly isWrite: boolean;
  /** Key, subject or filter. */
  readonly what: string;
}

/** A session whose calls can fail, in every way in which those of an engine may. */
export class CrashingSession implements EngineSession {
  readonly calls: EngineCall[] = [];
  /** Decides about each call, now or later. */
  fateOf: (call: EngineCall) => Fate | Promise<Fate> = () => "works";
  isCrashed = false;
  readonly capabilities: EngineSession["capabilities"];
  readonly connection: EngineSession["connection"];
  readonly placements: KeyValue;
  readonly runners: KeyValue;
  readonly leases: KeyValue;
  readonly commands: Log;
  readonly events: Log;
  readonly deadLetters: Log;
  readonly bus: Bus;
  readonly store: EngineSession["store"];
  readonly #session: EngineSession;

  constructor(session: EngineSession) {
    this.#session = session;
    this.capabilities = session.capabilities;
    this.connection = session.connection;
    this.placements = this.#keyValue("placements", session.placements);
    this.runners = this.#keyValue("runners", session.runners);
    this.leases = this.#keyValue("leases", session.leases);
    this.commands = this.#log("commands", session.commands);
    this.events = this.#log("events", session.events);
    this.deadLetters = this.#log("deadLetters", session.deadLetters);
    this.bus = this.#bus(session.bus);
    this.store = session.store;
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #call<Value>(
    name: string,
    what: string,
    isWrite: boolean,
    work: () => Promise<Value>,
  ): Promise<Value> {
    if (this.isCrashed) throw crashed();
    const call = { number: this.calls.length + 1, name, isWrite, what };
    this.calls.push(call);
    switch (await this.fateOf(call)) {
      case "works":
        return await work();
      case "lost":
        throw unknown();
      case "unanswered":
        await work();
        throw unknown();
      case "crash":
        this.isCrashed = true;
        throw crashed();
    }
  }

  #keyValue(name: string, of: KeyValue): KeyValue {
    return {
      read: (key) => this.#call(`${name}.read`, key, false, () => of.read(key)),
      put: (key, value, condition) =>
        this.#call(`${name}.put`, key, true, () => of.put(key, value, condition)),
      remove: (key, condition) =>
        this.#call(`${name}.remove`, key, true, () => of.remove(key, condition)),
      list: (prefix, page) =>
        this.#call(`${name}.list`, prefix, false, () => of.list(prefix, page)),
      watch: (prefix, listener) =>
        this.#call(`${name}.watch`, prefix, false, () =>
          of.watch(prefix, {
            changed: (entry) => this.isCrashed || listener.changed(entry),
            removed: (key) => this.isCrashed || listener.removed(key),
            current: () => this.isCrashed || listener.current(),
          }),
        ),
    };
  }

  #log(name: string, of: Log): Log {
    return {
      append: (message) =>
        this.#call(`${name}.append`, message.subject, true, () => of.append(message)),
      consume: (options) =>
        this.#call(`${name}.consume`, options.filter, false, () =>
          of.consume({
            ...options,
            deliver: (delivery) => {
              if (!this.isCrashed) options.deliver(this.#delivery(name, delivery));
            },
          }),
        ),
      read: (options) => this.#call(`${name}.read`, options.filter, false, () => of.read(options)),
      delete: (sequence) =>
        this.#call(`${name}.delete`, String(sequence), true, () => of.delete(sequence)),
      purge: (filter) => this.#call(`${name}.purge`, filter, true, () => of.purge(filter)),
      state: () => this.#call(`${name}.state`, "", false, () => of.state()),
    };
  }

  #delivery(name: string, delivery: Delivery): Delivery {
    const { subject } = delivery;
    return {
      ...delivery,
      ack: () => this.#call(`${name}.ack`, subject, true, () => delivery.ack()),
      reject: () => this.#call(`${name}.reject`, subject, true, () => delivery.reject()),
      retry: (delayMs) => {
        if (!this.isCrashed) delivery.retry(delayMs);
      },
    };
  }

  #bus(of: Bus): Bus {
    return {
      request: (subject, message, options) =>
        this.#call("bus.request", subject, false, () => of.request(subject, message, options)),
      publish: (subject, message, replyTo) =>
        !this.isCrashed && of.publish(subject, message, replyTo),
      subscribe: (subject, receive) =>
        of.subscribe(subject, (message) => {
          if (!this.isCrashed) receive(message);
        }),
      inbox: () => of.inbox(),
    };
  }
}

function unknown(): ClusterError {
  return new ClusterError("no answer", { code: ErrorCode.EngineUnknownOutcome });
}

function crashed(): ClusterError {
  return new ClusterError("the process has ended", { code: ErrorCode.EngineClosed });
}
