import type { CallOptions } from "../../actor/definition/ref.ts";
import { requireCallOptions } from "../../actor/delivery/call-options.ts";
import { takeReply } from "../../actor/delivery/replies.ts";
import { askWithEnvelope, pack } from "../../actor/delivery/sending.ts";
import { PRESENT } from "../../actor/lifecycle/life-keys.ts";
import { ABSENT } from "../../actor/mailbox/envelope.ts";
import { type AnyHandler, Route } from "../../actor/mailbox/route.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { MessageKind } from "../../telemetry/attributes.ts";
import { RootDecision } from "../../telemetry/traces/actor-tracing.ts";
import type { Activation } from "../activation/activation.ts";
import type { KeyTarget } from "../activation/key-target.ts";
import type { KeyedLife } from "../activation/keyed-life.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import type { Outbox } from "../definition/queue-types.ts";
import type { SizedText } from "../records/state-text.ts";
import { bodyText } from "./queue-body.ts";
import { queuesOf } from "./queue-part.ts";

/** A queue message on its way to the actor. Its body is text, which neither side can change. */
export class Parcel {
  readonly queue: string;
  readonly text: SizedText;
  /** Whether the sender waits for the reply, or only until the message is stored. */
  readonly awaitsReply: boolean;
  /** Called once the message is stored, if the reply is awaited and the sender wants to know. */
  readonly stored: ((id: string) => void) | undefined;

  constructor(queue: string, text: SizedText, awaitsReply: boolean, stored?: (id: string) => void) {
    this.queue = queue;
    this.text = text;
    this.awaitsReply = awaitsReply;
    this.stored = stored;
  }

  /** Adds the message to its queue, as a message that the actor handles. */
  deliver(life: KeyedLife): void {
    const cell = life[PRESENT]();
    const queues = queuesOf(cell.input as Activation);
    if (queues === undefined) {
      throw new LimelightError(`${cell.actorId} has no queues`, { code: ErrorCode.LifeOver });
    }
    const id = queues.receive(this.queue, this.text);
    const { ask } = takeReply(cell, life, "receive a queue message");
    if (ask === undefined) return;
    if (!this.awaitsReply) {
      queues.confirm(id, ask);
      return;
    }
    queues.await(this.queue, id, ask, this.stored);
    ask.queueUp(() => queues.forget(id)); // also when its time is over
  }
}

const deliver: AnyHandler = (life, parcel) => (parcel as Parcel).deliver(life as KeyedLife);

/** The routes on which the messages of queues reach their actors, by queue. */
const routes = new WeakMap<KeyedType, ReadonlyMap<string, Route>>();

function routesOf(type: KeyedType): ReadonlyMap<string, Route> {
  let known = routes.get(type);
  if (known === undefined) {
    const { name: actorType, metrics } = type;
    const queues = Object.keys(type.definition.settings.queues);
    const route = (queue: string): Route => {
      const messageType = `queue.${queue}`;
      return new Route({
        actorType,
        messageType,
        kind: MessageKind.Ask,
        handler: deliver,
        metrics,
      });
    };
    known = new Map(queues.map((queue) => [queue, route(queue)]));
    routes.set(type, known);
  }
  return known;
}

/**
 * Returns a message for a queue as the actor gets it.
 *
 * @param stored called once the message is stored, if the reply is awaited
 * @throws LimelightError `ERR_STATE_INVALID` with the path, `ERR_QUEUE_MESSAGE_TOO_LARGE`
 */
export function queueMessage(
  type: KeyedType,
  message: { readonly queue: string; readonly body: unknown; readonly awaitsReply: boolean },
  stored: ((id: string) => void) | undefined,
): { readonly route: Route; readonly args: readonly unknown[] } {
  const { queue, body, awaitsReply } = message;
  const maxBytes = type.definition.settings.queues[queue]?.maxBytes ?? 0;
  const route = routesOf(type).get(queue) as Route; // the caller has checked the name
  return { route, args: [new Parcel(queue, bodyText(body, maxBytes), awaitsReply, stored)] };
}

/** What others do with one queue of a key. */
class KeyOutbox implements Outbox<unknown, unknown> {
  readonly #target: KeyTarget;
  readonly #queue: string;
  readonly #route: Route;
  /** Of the ref that it is a part of. */
  readonly #options: CallOptions | undefined;
  readonly #maxBytes: number;

  constructor(target: KeyTarget, queue: string, route: Route, options: CallOptions | undefined) {
    this.#options = options;
    this.#target = target;
    this.#queue = queue;
    this.#route = route;
    this.#maxBytes = target.type.definition.settings.queues[queue]?.maxBytes ?? 0;
  }

  async send(body: unknown): Promise<string> {
    return (await this.#send(body, false, this.#options)) as string;
  }

  async ask(body: unknown, options?: CallOptions): Promise<unknown> {
    if (options === undefined) return this.#send(body, true, this.#options);
    requireCallOptions("`ask` of a queue", options);
    return this.#send(body, true, { ...this.#options, ...options });
  }

  #send(body: unknown, awaitsReply: boolean, options: CallOptions | undefined): Promise<unknown> {
    const parcel = new Parcel(this.#queue, bodyText(body, this.#maxBytes), awaitsReply);
    const { system } = this.#target.type;
    const envelope = pack(system, this.#route, parcel, ABSENT, undefined);
    return askWithEnvelope(this.#target.cell(), envelope, options, RootDecision.Pending);
  }
}

/** Returns what others do with the queues of a key, by queue. */
export function outboxesOf(
  target: KeyTarget,
  options: CallOptions | undefined,
): Readonly<Record<string, Outbox<unknown, unknown>>> {
  const outboxes: Record<string, KeyOutbox> = Object.create(null);
  for (const [queue, route] of routesOf(target.type)) {
    outboxes[queue] = new KeyOutbox(target, queue, route, options);
  }
  return Object.freeze(outboxes);
}
