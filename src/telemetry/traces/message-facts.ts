import type { Attributes } from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";
import { Attribute, MessageKind } from "../attributes.ts";
import type { ActorIdentity } from "../context/actor-scope.ts";
import type { AttributeSource } from "../spans/lean-span.ts";

/** What the spans of messages say, kept as it is known: the attributes are composed from it when they are read. */
export class MessageFacts implements AttributeSource {
  readonly #actorId: string;
  readonly #actorType: string;
  readonly #actorKey: string | undefined;
  readonly #generation: number | undefined;
  readonly #messageType: string;
  readonly #kind: MessageKind;
  readonly #senderId: string | undefined;
  readonly #requestId: string | undefined;
  readonly #waitMs: number | undefined;

  /**
   * @param waitMs how long it has waited in the mailbox, in milliseconds; `undefined` if it is not timed, or an ask
   */
  constructor(
    actor: ActorIdentity,
    messageType: string,
    kind: MessageKind,
    senderId: string | undefined,
    requestId: string | undefined,
    waitMs: number | undefined,
  ) {
    this.#actorId = actor.actorId;
    this.#actorType = actor.actorType;
    this.#actorKey = actor.actorKey;
    this.#generation = actor.generation; // it changes with the activation
    this.#messageType = messageType;
    this.#kind = kind;
    this.#senderId = senderId;
    this.#requestId = requestId;
    this.#waitMs = waitMs;
  }

  attributes(): Attributes {
    const attributes: Attributes = {
      [Attribute.ActorId]: this.#actorId,
      [Attribute.ActorType]: this.#actorType,
    };
    if (this.#actorKey !== undefined) {
      attributes[Attribute.ActorKey] = this.#actorKey;
      if (this.#generation !== undefined) attributes[Attribute.Generation] = this.#generation;
    }
    attributes[Attribute.MessageType] = this.#messageType;
    attributes[Attribute.MessageKind] = this.#kind;
    if (this.#senderId !== undefined) attributes[Attribute.SenderId] = this.#senderId;
    if (this.#requestId !== undefined) attributes[Attribute.RequestId] = this.#requestId;
    if (this.#waitMs !== undefined) attributes[Attribute.WaitMs] = this.#waitMs;
    return attributes;
  }
}

const NOBODY: ActorIdentity = { actorId: "", actorType: "" };
keepShape(new MessageFacts(NOBODY, "", MessageKind.Ask, undefined, undefined, undefined));
