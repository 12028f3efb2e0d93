import { OTHER_NAME } from "../base/names.ts";
import type { TypeMetrics } from "../telemetry/type-metrics.ts";
import type { ActorDefinition, ActorOptions, ActorSettings } from "./definition.ts";
import type { AnyHandler, MessageRuntime } from "./envelope.ts";
import type { Handlers, WhenFull } from "./messages.ts";
import { createPorts, type Ports } from "./ports.ts";
import type { SystemRuntime } from "./system-runtime.ts";

/** A definition whose state, input and messages the runtime need not know. */
export type AnyOptions = ActorOptions<unknown, unknown, Handlers<unknown>, WhenFull>;

/** One actor definition at work in one system: what all of its actors share. */
export class ActorType {
  readonly name: string;
  readonly system: SystemRuntime;
  readonly options: AnyOptions;
  readonly settings: ActorSettings;
  readonly metrics: TypeMetrics;
  readonly ports: Ports;
  readonly #messages = new Map<string, MessageRuntime>();
  #unknown: MessageRuntime | undefined;

  constructor(
    system: SystemRuntime,
    definition: ActorDefinition<unknown, unknown, Handlers<unknown>, WhenFull>,
    metrics: TypeMetrics,
  ) {
    this.name = definition.type;
    this.system = system;
    this.options = definition.options;
    this.settings = definition.settings;
    this.metrics = metrics;
    for (const [name, handler] of Object.entries(this.options.handlers)) {
      this.#messages.set(name, this.#createMessage(name, handler as AnyHandler));
    }
    this.ports = createPorts([...this.#messages.values()]);
  }

  /** The message by which timers of `kind` run: its argument is what is to be done. */
  timerMessage(kind: string): MessageRuntime {
    const name = `timer ${kind}`;
    let message = this.#messages.get(name);
    if (message === undefined) {
      message = this.#createMessage(kind, (_c, action) => (action as () => unknown)());
      this.#messages.set(name, message);
    }
    return message;
  }

  /** Stands for all messages the definition does not have; its handler is never reached. */
  get unknownMessage(): MessageRuntime {
    this.#unknown ??= this.#createMessage(OTHER_NAME, () => undefined);
    return this.#unknown;
  }

  #createMessage(name: string, handler: AnyHandler): MessageRuntime {
    return {
      handler,
      metrics: this.metrics.message(name),
      handlerName: `${this.name}.${name}`,
      askName: `ask ${this.name}.${name}`,
      actorType: this.name,
      messageType: name,
    };
  }
}
