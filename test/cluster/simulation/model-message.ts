import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import type {
  Answer,
  KeyAddress,
  OutsideMessage,
  Sending,
} from "../../../src/activation/access/actor-access.ts";
import type { ForwardedMessage } from "../../../src/activation/placement/forwarded-message.ts";
import type { Owner } from "../../../src/activation/records/record-keys.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../../src/base/clock.ts";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import type { ModelHost } from "./model-host.ts";

/** How a message has ended. */
export type ModelOutcome =
  | { readonly kind: "reply"; readonly version: number }
  | { readonly kind: "failed"; readonly error: Error; readonly isHandled: boolean };

/** An ask of a client to an actor, wherever it is: what `ForwardedMessage` is for the messages of a system. */
export class ModelMessage {
  readonly owner: Owner;
  readonly name: "append" | "read";
  readonly args: readonly unknown[];
  readonly kind = "ask";
  readonly queued = undefined;
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
    owner: Owner,
    name: "append" | "read",
    id: string,
  ) {
    this.owner = owner;
    this.name = name;
    this.args = [id];
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

  fail(error: Error, isHandled: boolean): void {
    this.#end({ kind: "failed", error, isHandled });
  }

  deliverHere(): boolean {
    if (this.#hasEnded) return true;
    const { owner, name } = this;
    if (this.#host?.has(owner) !== true) return false;
    this.#host.deliver(owner, name, this.#id, this);
    return true;
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

  connect(): void {
    throw unknownMessage("connect");
  }

  request(): void {
    throw unknownMessage("request");
  }

  send(): void {
    throw unknownMessage("send");
  }
}

function unknownMessage(name: string): ClusterError {
  return new ClusterError(`models do not handle ${name}`, { code: ErrorCode.UnknownMessage });
}
