import type { ActorSystem } from "../actor/definition/actor-system.ts";
import { defineActor } from "../actor/definition/definition.ts";
import type { ActorRef } from "../actor/definition/ref.ts";

/** The only message of a probe. */
export interface ProbeMessages<Message> {
  /** Records `message`. */
  readonly receive: (c: never, message: Message) => void;
}

/**
 * An actor that records the messages it receives, so that tests can read them and wait for them.
 *
 * @example
 * ```ts
 * const probe = createProbe<string>(system);
 * const greeter = defineActor("greeter", {
 *   handlers: {
 *     greet: (_c, to: ActorRef<ProbeMessages<string>>) => to.tell.receive("hello"),
 *   },
 * });
 * system.spawn(greeter).tell.greet(probe.ref);
 * await probe.next(); // "hello"
 * probe.received; // ["hello"]
 * ```
 */
export class Probe<Message> {
  /** Send messages with `probe.ref.tell.receive(message)`. */
  readonly ref: ActorRef<ProbeMessages<Message>>;
  readonly #received: Message[] = [];
  readonly #waiting: ((message: Message) => void)[] = [];
  #taken = 0;

  constructor(system: ActorSystem) {
    const definition = defineActor("probe", {
      handlers: { receive: (_c, message: Message) => this.#receive(message) },
    });
    this.ref = system.spawn(definition);
  }

  /** All messages received so far, in order. */
  get received(): readonly Message[] {
    return this.#received;
  }

  /** Returns the next message not returned before; waits for one if necessary. */
  next(): Promise<Message> {
    if (this.#taken < this.#received.length) {
      const message = this.#received[this.#taken] as Message;
      this.#taken += 1;
      return Promise.resolve(message);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #receive(message: Message): void {
    this.#received.push(message);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    this.#taken += 1;
    waiting(message);
  }
}

/**
 * Spawns a {@link Probe}.
 *
 * @example
 * ```ts
 * const probe = createProbe<number>(system);
 * createTopic<number>("prices").subscribe(probe.ref, "receive");
 * probe.ref.tell.receive(1_999);
 * await probe.next(); // 1999
 * ```
 */
export function createProbe<Message>(system: ActorSystem): Probe<Message> {
  return new Probe<Message>(system);
}
