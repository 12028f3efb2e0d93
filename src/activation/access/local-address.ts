import {
  askFrom,
  type OutsideMessage as Message,
  tellFrom,
} from "../../actor/delivery/outside-ask.ts";
import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { context } from "../../telemetry/context/api.ts";
import type { KeyTarget } from "../activation/key-target.ts";
import { connectMessage } from "../connection/open-route.ts";
import { requestMessage } from "../connection/request-route.ts";
import { notOwner } from "../hosting/not-owner.ts";
import { queueMessage } from "../queue/outbox.ts";
import { metaKey, type Owner } from "../records/record-keys.ts";
import type { Activations } from "../residence/activations.ts";
import type {
  Answer,
  KeyAddress,
  OutsideMessage,
  OutsideQueueMessage,
  Sending,
} from "./actor-access.ts";

import type { ConnectAnswer, ConnectRequest, Link, Outlet } from "./link.ts";

/** Finds out whether actors exist. Looks at one key at a time are one, so that what follows them keeps its order. */
export class LookUps {
  readonly #activations: Activations;
  readonly #running = new Map<string, Promise<boolean>>();

  constructor(activations: Activations) {
    this.#activations = activations;
  }

  /** Returns `true` at once for an actor that is awake, and a promise otherwise. */
  exists(owner: Owner): true | Promise<boolean> {
    const key = metaKey(owner);
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const cell = this.#activations.find(owner.type, owner.keyText)?.cell;
    if (cell?.accepting === true) return true;
    const look = this.#look(key);
    this.#running.set(key, look);
    return look;
  }

  async #look(key: string): Promise<boolean> {
    try {
      const { entries } = await this.#activations.store.load({ keys: [key] });
      return entries.length > 0;
    } finally {
      this.#running.delete(key);
    }
  }
}

/** Gets the result of a message for a queue. The handler that puts it there is none of the definition. */
class QueueAnswer implements Answer {
  readonly #answer: Answer;
  #isStored = false;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  stored(id: string): void {
    this.#isStored = true;
    this.#answer.stored?.(id);
  }

  reply(value: unknown): void {
    this.#answer.reply(value);
  }

  fail(error: unknown): void {
    this.#answer.fail(error, this.#isStored);
  }
}

/**
 * Where messages to a key that is not awake in this process go, if keys may be in other processes.
 *
 * @enum
 */
export const Reach = {
  /** Nowhere: they are answered with `ERR_NOT_OWNER`. This is the door of the process. */
  Here: "here",
  /** To the process that has the key. */
  Everywhere: "everywhere",
} as const;
export type Reach = (typeof Reach)[keyof typeof Reach];

/** Something that is sent to a key. */
interface Sent {
  readonly name: string;
  readonly reach: Reach;
}

/** What a call does with the target of its key. */
type Send = (target: KeyTarget, message: Pick<Message, "context" | "timeoutMs" | "signal">) => void;

/** The address of a key in this process. */
export class LocalAddress implements KeyAddress {
  readonly #target: (input: unknown, mustExist: boolean) => KeyTarget;
  readonly #plain: KeyTarget;
  readonly #lookUps: LookUps;
  readonly #reach: Reach;

  /** @param target returns a target of the key */
  constructor(
    target: (input: unknown, mustExist: boolean) => KeyTarget,
    lookUps: LookUps,
    reach: Reach,
  ) {
    this.#reach = reach;
    this.#target = target;
    this.#plain = target(undefined, false);
    this.#lookUps = lookUps;
  }

  get key(): readonly string[] {
    return this.#plain.key;
  }

  async exists(): Promise<boolean> {
    return await this.#lookUps.exists(this.#plain.owner);
  }

  call({ kind, name, args }: OutsideMessage, sending: Sending, answer: Answer): void {
    const { type } = this.#plain;
    const route = (kind === "ask" ? type.asks : type.tells).get(name);
    if (route === undefined) {
      answer.fail(
        this.#error(ErrorCode.UnknownMessage, name, `${type.name} has no such message`),
        false,
      );
      return;
    }
    this.#send({ name, reach: this.#reach }, sending, answer, (target, message) => {
      const whole = { ...message, route, args };
      if (kind === "ask") askFrom(target.arrivalCell(), whole, answer);
      else tellFrom(target.arrivalCell(), whole, answer);
    });
  }

  send(queued: OutsideQueueMessage, sending: Sending, answer: Answer): void {
    const { type } = this.#plain;
    const name = `queue.${queued.queue}`;
    if (type.definition.settings.queues[queued.queue] === undefined) {
      answer.fail(
        this.#error(ErrorCode.UnknownMessage, name, `${type.name} has no such queue`),
        false,
      );
      return;
    }
    const outcome = new QueueAnswer(answer);
    const stored = (id: string): void => outcome.stored(id);
    this.#send({ name, reach: this.#reach }, sending, answer, (target, message) => {
      askFrom(target.arrivalCell(), { ...message, ...queueMessage(type, queued, stored) }, outcome);
    });
  }

  connect(request: ConnectRequest, outlet: Outlet, sending: Sending, answer: ConnectAnswer): void {
    const { type } = this.#plain;
    const outcome: Answer = {
      reply: (link) => answer.opened(link as Link),
      fail: (error, handled) => answer.fail(error, handled),
    };
    const reach = Reach.Here;
    this.#send({ name: "onConnect", reach }, sending, outcome, (target, message) => {
      askFrom(
        target.arrivalCell(),
        { ...message, ...connectMessage(type, request, outlet) },
        outcome,
      );
    });
  }

  request(request: Request, sending: Sending, answer: Answer): void {
    const { type } = this.#plain;
    if (type.definition.options.onRequest === undefined) {
      const text = `${type.name} answers no requests`;
      answer.fail(this.#error(ErrorCode.UnknownMessage, "onRequest", text), false);
      return;
    }
    const reach = Reach.Here;
    this.#send({ name: "onRequest", reach }, sending, answer, (target, message) => {
      askFrom(target.arrivalCell(), { ...message, ...requestMessage(type, request) }, answer);
    });
  }

  /** Sends at once, or when it is known that the actor exists, if it must. */
  #send(what: Sent, sending: Sending, answer: Answer, send: Send): void {
    const { name } = what;
    if (this.#isAway(what)) {
      answer.fail(notOwner(this.#plain.owner, name), false);
      return;
    }
    const exists = sending.create || this.#lookUps.exists(this.#plain.owner);
    if (exists === true) {
      this.#sendNow(what, sending, answer, send);
      return;
    }
    const { type } = this.#plain;
    exists.then(
      (found) => {
        if (found) this.#sendNow(what, sending, answer, send);
        else
          answer.fail(
            this.#error(ErrorCode.NoSuchActor, name, `there is no ${type.name} under this key`),
            false,
          );
      },
      (error: unknown) => answer.fail(error, false),
    );
  }

  #sendNow(what: Sent, sending: Sending, answer: Answer, send: Send): void {
    if (this.#isAway(what)) {
      answer.fail(notOwner(this.#plain.owner, what.name), false);
      return;
    }
    const { deadlineMs, input, create, signal } = sending;
    const { clock } = this.#plain.type.system;
    const timeoutMs = Math.max(0, Math.ceil(deadlineMs - clock.monotonicMs())); // it is in messages
    const target = input === undefined && create ? this.#plain : this.#target(input, !create);
    try {
      // In the context of the request, whose span is the parent of a start.
      context.with(sending.context, () => {
        send(target, { context: sending.context, timeoutMs, signal });
      });
    } catch (thrown) {
      answer.fail(thrown, false);
    }
  }

  /** Whether keys may be in other processes, and this one is not awake at the door of this process. */
  #isAway({ reach }: Sent): boolean {
    if (reach === Reach.Everywhere) return false;
    const { residence } = this.#plain.type;
    return residence.elsewhere !== undefined && this.#plain.awakeCell()?.accepting !== true;
  }

  #error(code: ErrorCode, messageType: string, text: string): DeliveryError {
    return new DeliveryError(text, { code, actorId: this.#plain.actorId, messageType });
  }
}
