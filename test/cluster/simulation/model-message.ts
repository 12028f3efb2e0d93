import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import type {
  Answer,
  KeyAddress,
  OutsideMessage,
  OutsideQueueMessage,
  Sending,
} from "../../../src/activation/access/actor-access.ts";
import type { ConnectAnswer, ConnectRequest, Outlet } from "../../../src/activation/access/link.ts";
import type {
  ForwardedMessage,
  ForwardedQueueMessage,
} from "../../../src/activation/placement/forwarded-message.ts";
import type { Owner } from "../../../src/activation/records/record-keys.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../../src/base/clock.ts";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import type { MessageKind } from "./model-actor.ts";
import type { ModelHost } from "./model-host.ts";

/** Name of the only queue of a model. */
const QUEUE = "jobs";

/** How a message has ended. */
export type ModelOutcome =
  | { readonly kind: "reply"; readonly version: number }
  | { readonly kind: "failed"; readonly error: Error; readonly isHandled: boolean };

/** What a client sends to an actor. */
export interface ModelRequest {
  readonly owner: Owner;
  readonly kind: MessageKind;
  /** Of the operation; of a queue message, of the attempt to send it. */
  readonly id: string;
  /** Called once a queue message is stored whose reply is waited for. */
  readonly stored: () => void;
}

/** A message of a client to an actor, wherever it is: what `ForwardedMessage` is for the messages of a system. */
export class ModelMessage {
  readonly owner: Owner;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kind = "ask";
  readonly queued: ForwardedQueueMessage | undefined;
  readonly input = undefined;
  readonly mustExist = false;
  readonly context: Context = ROOT_CONTEXT;
  readonly span = undefined;
  readonly senderId = undefined;
  readonly type: { readonly name: string };
  readonly deadlineMs: number;
  readonly outcome: Promise<ModelOutcome>;
  readonly #host: ModelHost | undefined;
  readonly #id: string;
  readonly #kind: MessageKind;
  readonly #onStored: () => void;
  readonly #timer: ClockTimer;
  #settle: (outcome: ModelOutcome) => void = () => {};
  #listener: (() => void) | undefined;
  #hasEnded = false;

  /** @param host the actors of the process of the client; `undefined` if it runs none */
  constructor(
    parts: {
      readonly clock: Clock;
      readonly host: ModelHost | undefined;
      readonly timeoutMs: number;
    },
    request: ModelRequest,
  ) {
    const { owner, kind, id } = request;
    const isQueued = kind === "send" || kind === "send_wait";
    this.owner = owner;
    this.name = isQueued ? `queue.${QUEUE}` : kind;
    this.args = isQueued ? [] : [id];
    this.queued = isQueued ? this.#queued(request) : undefined;
    this.#kind = kind;
    this.#onStored = request.stored;
    this.type = { name: owner.type };
    this.#id = id;
    this.#host = parts.host;
    this.deadlineMs = parts.clock.monotonicMs() + parts.timeoutMs;
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const error = new ClusterError("no reply in time", { code: ErrorCode.AskTimeout });
    this.#timer = parts.clock.schedule(
      () => this.#end({ kind: "failed", error, isHandled: true }),
      parts.timeoutMs,
      KeepAlive.No,
    );
  }

  /** As what the routing takes. It uses no more of a message than this class has. */
  forwarded(): ForwardedMessage {
    return this as unknown as ForwardedMessage;
  }

  get ended(): boolean {
    return this.#hasEnded;
  }

  get room(): undefined {
    return undefined;
  }

  onEnded(listener: () => void): void {
    if (this.#hasEnded) listener();
    else this.#listener = listener;
  }

  reply(value: unknown): void {
    const { version } = value as { readonly version: number };
    this.#end({ kind: "reply", version });
  }

  accepted(): void {}

  stored(): void {
    if (!this.#hasEnded) this.#onStored();
  }

  fail(error: Error, isHandled: boolean): void {
    this.#end({ kind: "failed", error, isHandled });
  }

  deliverHere(): boolean {
    if (this.#hasEnded) return true;
    const { owner } = this;
    if (this.#host?.has(owner) !== true) return false;
    this.#host.deliver(owner, this.#kind, this.#id, this);
    return true;
  }

  #queued({ kind, id }: ModelRequest): ForwardedQueueMessage {
    const awaitsReply = kind === "send_wait";
    const stored = awaitsReply ? () => this.stored() : undefined;
    return { queue: QUEUE, text: JSON.stringify(id), awaitsReply, stored };
  }

  #end(outcome: ModelOutcome): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#timer.cancel();
    this.#settle(outcome);
    this.#listener?.();
  }
}

/** The address of a model in its process, as the door uses it. */
export class ModelAddress implements KeyAddress {
  readonly key: readonly string[];
  readonly #host: ModelHost;
  readonly #owner: Owner;

  constructor(host: ModelHost, owner: Owner) {
    this.key = [owner.keyText];
    this.#host = host;
    this.#owner = owner;
  }

  async exists(): Promise<boolean> {
    return true;
  }

  call({ name, args }: OutsideMessage, _sending: Sending, answer: Answer): void {
    const [id] = args;
    if (name !== "append" && name !== "read") throw unknownMessage(name);
    this.#host.deliver(this.#owner, name, String(id), answer);
  }

  connect(request: ConnectRequest, outlet: Outlet, _sending: Sending, answer: ConnectAnswer): void {
    this.#host.connect(this.#owner, request, outlet, answer);
  }

  request(): void {
    throw unknownMessage("request");
  }

  send({ body, awaitsReply }: OutsideQueueMessage, _sending: Sending, answer: Answer): void {
    this.#host.deliver(this.#owner, awaitsReply ? "send_wait" : "send", String(body), answer);
  }
}

function unknownMessage(name: string): ClusterError {
  return new ClusterError(`models do not handle ${name}`, { code: ErrorCode.UnknownMessage });
}
