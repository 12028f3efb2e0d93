import { Deferred } from "../../src/base/async/deferred.ts";
import type { BusMessage } from "../../src/cluster/engine/bus.ts";
import { noReply } from "../../src/cluster/nats-client/pending-requests.ts";
import type { Uplink, UplinkSubscription } from "../../src/cluster/nats-client/uplink.ts";

type Request = Parameters<Uplink["request"]>;
type Subscribe = Parameters<Uplink["subscribe"]>;

/**
 * What happens to a request.
 *
 * @enum
 */
export const Fault = {
  None: "none",
  /** The server handles it, and its answer is lost. */
  LoseReply: "lose_reply",
  /** It is lost on its way to the server. */
  LoseRequest: "lose_request",
  /** It is not answered in time, and arrives when {@link NatsFaults.release} is called. */
  Delay: "delay",
} as const;
export type Fault = (typeof Fault)[keyof typeof Fault];

/** A connection whose requests a test lets fail, without a wait. Everything else is passed on. */
export class NatsFaults {
  /** Decides over each request; all pass by default. */
  decide: (subject: string) => Fault = () => Fault.None;
  readonly uplink: Uplink;
  readonly #target: Uplink;
  readonly #delayed: (() => Promise<BusMessage>)[] = [];
  /** Settles when a request was lost. */
  #lost = new Deferred<void>();
  /** Messages of subscriptions that are held back; `undefined`: they pass. */
  #held: (() => void)[] | undefined;
  #holding = new Deferred<void>();

  constructor(target: Uplink) {
    this.#target = target;
    const request = (...args: Request): Promise<BusMessage> => this.#request(...args);
    const subscribe = (...args: Subscribe): UplinkSubscription => this.#subscribe(...args);
    this.uplink = new Proxy(target, {
      get(uplink, name) {
        if (name === "request") return request;
        if (name === "subscribe") return subscribe;
        const value: unknown = Reflect.get(uplink, name, uplink);
        return typeof value === "function" ? value.bind(uplink) : value;
      },
    });
  }

  /** The next `count` requests to subjects with `part` fail. */
  next(part: string, fault: Fault, count = 1): void {
    let left = count;
    this.decide = (subject) => {
      if (!subject.includes(part) || left === 0) return Fault.None;
      left -= 1;
      return fault;
    };
  }

  /** Resolves when the next request has failed. */
  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  /** Sends what was delayed, and returns the texts of the answers. */
  async release(): Promise<readonly string[]> {
    const answers = await Promise.all(this.#delayed.splice(0).map((send) => send()));
    return answers.map(({ body }) => Buffer.from(body).toString());
  }

  /** Holds back the messages of subscriptions. Resolves when the first one is held. */
  hold(): Promise<void> {
    this.#held = [];
    this.#holding = new Deferred<void>();
    return this.#holding.promise;
  }

  /** Lets messages of subscriptions pass, those held back first. */
  letPass(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const pass of held) pass();
  }

  /** Loses what is held back; later messages pass. */
  drop(): void {
    this.#held = undefined;
  }

  #subscribe(...[subject, receive]: Subscribe): UplinkSubscription {
    return this.#target.subscribe(subject, (message) => {
      if (this.#held === undefined) {
        receive(message);
        return;
      }
      this.#held.push(() => receive(message));
      this.#holding.resolve();
    });
  }

  async #request(...[message, waiting]: Request): Promise<BusMessage> {
    const { subject } = message;
    const send = (): Promise<BusMessage> => this.#target.request(message, waiting);
    const fault = this.decide(subject);
    switch (fault) {
      case Fault.None:
        return await send();
      case Fault.LoseReply:
        await send();
        break;
      case Fault.LoseRequest:
        break;
      case Fault.Delay:
        this.#delayed.push(send);
        break;
    }
    const lost = this.#lost;
    this.#lost = new Deferred<void>();
    lost.resolve();
    throw noReply(subject, "no reply in time");
  }
}
