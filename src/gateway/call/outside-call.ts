import type {
  ActorAccess,
  Answer,
  KeyAddress,
  Sending,
} from "../../activation/access/actor-access.ts";
import { withOrigin } from "../../activation/definition/caller.ts";
import type { Clock } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { ignoreRejection, isThenable } from "../../base/foreign-value.ts";
import { CallOutcome } from "../../wire/gateway-frames.ts";
import type { ExposedType } from "../expose/expose.ts";
import type { ExposedTypes } from "../expose/exposed-types.ts";
import { type Checked, checkArguments, checkValue } from "../expose/schema-check.ts";
import { callInput } from "./call-input.ts";
import { NOT_FOUND, refusedFailure } from "./failures.ts";
import { GatewayCode } from "./gateway-code.ts";
import type { OutsideAnswer, OutsideCalls, OutsideRequest } from "./outside-request.ts";
import { checkedOf, forbidden, GONE, isDestroyed, Refused, refusalOf, toldOf } from "./refused.ts";
import { type ReplyText, replyText } from "./reply-text.ts";
import { isAllowed } from "./rights.ts";

/** Parts of {@link ExposedCalls}. */
export interface ExposedCallsParts {
  readonly exposed: ExposedTypes;
  readonly access: ActorAccess;
  readonly clock: Clock;
  /** Of a reply as JSON. */
  readonly replyBytes: number;
  /** Whether callers are told what schemas say of their arguments. */
  readonly issueMessages: boolean;
  /** Gets errors that callers are told nothing of. */
  readonly onFault: (error: unknown, request: OutsideRequest) => void;
}

/** A reply that waits for the store, as it was when the handler returned. */
class HeldReply {
  readonly reply: ReplyText;

  constructor(reply: ReplyText) {
    this.reply = reply;
  }
}

/** A message that has passed all checks. */
interface Passed {
  readonly address: KeyAddress;
  readonly args: readonly unknown[];
  readonly sending: Sending;
}

/**
 * Sends messages from outside to actors. Each one is checked before its actor is looked at, from the cheapest check on:
 * that it is exposed, its key, the rights of its caller, its arguments. Checks wait for promises only where `allow` or a
 * schema returns one, so that messages without them keep their order.
 */
export class ExposedCalls implements OutsideCalls {
  readonly #parts: ExposedCallsParts;

  constructor(parts: ExposedCallsParts) {
    this.#parts = parts;
  }

  call(request: OutsideRequest, answer: OutsideAnswer): void {
    try {
      const passed = this.#check(request);
      if (passed instanceof Promise) {
        passed.then(
          (found) => this.#send(request, found, answer),
          (error: unknown) => answer.fail(refusalOf(error, this.#faultsOf(request))),
        );
      } else this.#send(request, passed, answer);
    } catch (error) {
      answer.fail(refusalOf(error, this.#faultsOf(request)));
    }
  }

  /** @throws what refuses the request, also as a rejection */
  #check(request: OutsideRequest): Passed | Promise<Passed> {
    const { access, clock } = this.#parts;
    const exposed = this.#exposedOf(request);
    const address = access.resolve(exposed.definition, request.key);
    const { kind, name, caller } = request;
    if (exposed.allow === undefined) return this.#checkInput(request, exposed, address, true);
    const allowed = isAllowed(exposed, { kind, name, key: address.key, caller }, clock);
    if (typeof allowed === "boolean") return this.#checkInput(request, exposed, address, allowed);
    return allowed.then((value) => this.#checkInput(request, exposed, address, value));
  }

  #exposedOf({ kind, type, name }: OutsideRequest): ExposedType {
    const exposed = this.#parts.exposed.get(type);
    const named = kind === "send" ? exposed?.queues : exposed?.calls;
    if (exposed === undefined || named?.has(name) !== true) throw new Refused(NOT_FOUND);
    return exposed;
  }

  #checkInput(
    request: OutsideRequest,
    exposed: ExposedType,
    address: KeyAddress,
    allowed: boolean,
  ): Passed | Promise<Passed> {
    if (!allowed) throw forbidden();
    const { clock } = this.#parts;
    const args = argumentsOf(request, exposed, clock);
    const input = inputOf(request, exposed, clock, args);
    if (isThenable(args) || isThenable(input)) {
      return Promise.all([args, input]).then(([one, other]) =>
        this.#pass(request, exposed, address, { args: one, input: other }),
      );
    }
    return this.#pass(request, exposed, address, { args, input });
  }

  #pass(
    request: OutsideRequest,
    exposed: ExposedType,
    address: KeyAddress,
    checked: { readonly args: Checked<readonly unknown[]>; readonly input: Checked<unknown> },
  ): Passed {
    const isQueue = request.kind === "send";
    const { issueMessages } = this.#parts;
    const args = checkedOf(checked.args, isQueue ? "the body" : undefined, issueMessages);
    const creation = callInput(exposed, request.input, checked.input, issueMessages);
    const { context, deadlineMs, signal, requestId, caller } = request;
    const origin = { requestId, caller, connectionId: request.connectionId };
    const sending = { context: withOrigin(context, origin), deadlineMs, signal, ...creation };
    return { address, args, sending };
  }

  #send(request: OutsideRequest, passed: Passed, answer: OutsideAnswer, isAgain = false): void {
    const { kind, name, waits } = request;
    const { address, args, sending } = passed;
    const result: Answer = {
      stored: (id) => answer.stored?.(id),
      hold: (value) => new HeldReply(replyText(value, this.#parts.replyBytes)),
      reply: (value) => this.#reply(request, value, answer),
      fail: (error, handled) => {
        // The address is that of the next actor under the key. Not in the turn of the one that ends.
        if (!isAgain && !handled && isDestroyed(error)) {
          void Promise.resolve().then(() => this.#send(request, passed, answer, true)); // never throws
        } else if (isGone(request, error)) answer.fail(GONE);
        else answer.fail(toldOf(error, handled, this.#faultsOf(request)));
      },
    };
    if (kind === "send")
      address.send({ queue: name, body: args[0], awaitsReply: waits }, sending, result);
    else address.call({ kind, name, args }, sending, result);
  }

  #faultsOf(request: OutsideRequest): (error: unknown) => void {
    return (error) => this.#parts.onFault(error, request);
  }

  #reply(request: OutsideRequest, value: unknown, answer: OutsideAnswer): void {
    const reply =
      value instanceof HeldReply ? value.reply : replyText(value, this.#parts.replyBytes);
    if (reply.code === undefined) {
      answer.reply(reply.text);
      return;
    }
    const { code, error, sizeBytes } = reply;
    const isTooLarge = code === GatewayCode.ReplyTooLarge;
    const size = isTooLarge
      ? `has ${sizeBytes} bytes as JSON, of at most ${this.#parts.replyBytes}`
      : "is no JSON";
    const text = `the reply of ${request.type}.${request.name} ${size}`;
    this.#parts.onFault(error ?? new TypeError(text), request);
    const failure = refusedFailure(
      code,
      isTooLarge ? "the reply is too large" : "the reply is no JSON",
    );
    answer.fail({ ...failure, outcome: CallOutcome.Failed });
  }
}

/** @param args checked at the same time, and not awaited if this throws */
function inputOf(
  { input }: OutsideRequest,
  exposed: ExposedType,
  clock: Clock,
  args: unknown,
): Checked<unknown> | Promise<Checked<unknown>> {
  try {
    return checkValue(exposed.input, input, clock);
  } catch (error) {
    ignoreRejection(args);
    throw error;
  }
}

function argumentsOf(
  { kind, name, args }: OutsideRequest,
  { calls, queues }: ExposedType,
  clock: Clock,
): Checked<readonly unknown[]> | Promise<Checked<readonly unknown[]>> {
  if (kind !== "send") return checkArguments(calls.get(name) ?? [], args, clock);
  const body = checkValue(queues.get(name), args[0], clock);
  return isThenable(body) ? body.then(asArguments) : asArguments(body);
}

function asArguments(checked: Checked<unknown>): Checked<readonly unknown[]> {
  return checked.issues === undefined ? { value: [checked.value] } : { issues: checked.issues };
}

/** Whether a call has ended because its client went away, also while it waited for the reply of a queue. */
function isGone({ signal }: OutsideRequest, error: unknown): boolean {
  return signal?.aborted === true && LimelightError.is(error) && error.code === ErrorCode.Aborted;
}
