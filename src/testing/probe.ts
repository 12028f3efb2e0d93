import type { ActorSystem } from "../actor/definition/actor-system.ts";
import { defineActor } from "../actor/definition/definition.ts";
import type { ActorRef } from "../actor/definition/ref.ts";

/** The one message a probe takes. */
export interface ProbeMessages<Message> {
  readonly receive: (c: never, message: Message) => void;
}

/** An actor that keeps what it is told, for tests to look at and wait for. */
export class Probe<Message> {
  /** `probe.ref.tell.receive(message)` */
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

  /** All messages so far, in order. */
  get received(): readonly Message[] {
    return this.#received;
  }

  /** The next message nobody has taken yet; waits for one if there is none. */
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

/** Spawns a {@link Probe}. */
export function createProbe<Message>(system: ActorSystem): Probe<Message> {
  return new Probe<Message>(system);
}
