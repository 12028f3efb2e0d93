import type { Context } from "@opentelemetry/api";
import type { ActorAccess, KeyAddress, Sending } from "../../activation/access/actor-access.ts";
import { type Caller, withOrigin } from "../../activation/definition/caller.ts";
import type { Clock } from "../../base/clock.ts";
import { callInput } from "../call/call-input.ts";
import { NOT_FOUND } from "../call/failures.ts";
import type { Failure } from "../call/outside-request.ts";
import { forbidden, isDestroyed, Refused, refusalOf, toldOf } from "../call/refused.ts";
import { isAllowed } from "../call/rights.ts";
import { AccessKind } from "../expose/expose-options.ts";
import type { ExposedTypes } from "../expose/exposed-types.ts";
import { checkValue } from "../expose/schema-check.ts";

/** A request for `onRequest` of an actor. */
export interface OutsideRaw {
  readonly type: string;
  readonly key: readonly string[];
  /** As the actor gets it. */
  readonly request: Request;
  readonly caller: Caller | undefined;
  readonly requestId: string;
  /** Has the span of the request. */
  readonly context: Context;
  /** When a response is no longer waited for, on the monotonic clock. Its body may take longer. */
  readonly deadlineMs: number;
  /** Returns what is told of a body that was too large, whatever the actor has thrown because of it. */
  bodyFailure(): Failure | undefined;
}

/** Gets the outcome of an {@link OutsideRaw}, once. Its methods must neither throw nor call actors. */
export interface RawAnswer {
  respond(response: Response): void;
  fail(failure: Failure): void;
}

/** Sends requests from outside to actors, if they are exposed and allowed. */
export interface OutsideRaws {
  request(raw: OutsideRaw, answer: RawAnswer): void;
}

/** Sends no request. */
export const NO_RAWS: OutsideRaws = { request: (_raw, answer) => answer.fail(NOT_FOUND) };

/** Parts of {@link ExposedRaws}. */
export interface ExposedRawsParts {
  readonly exposed: ExposedTypes;
  readonly access: ActorAccess;
  readonly clock: Clock;
  /** Gets errors that callers are told nothing of. */
  readonly onFault: (error: unknown, requestId: string, what: string) => void;
}

/** Sends requests to `onRequest`. Each one is checked before its actor is looked at. */
export class ExposedRaws implements OutsideRaws {
  readonly #parts: ExposedRawsParts;

  constructor(parts: ExposedRawsParts) {
    this.#parts = parts;
  }

  request(raw: OutsideRaw, answer: RawAnswer): void {
    const what = `${raw.request.method} ${raw.type}.onRequest`;
    const onFault = (error: unknown): void => this.#parts.onFault(error, raw.requestId, what);
    this.#check(raw).then(
      ({ address, sending }) => send(raw, address, sending, answer, onFault),
      (error: unknown) => answer.fail(refusalOf(error, onFault)),
    );
  }

  /** @throws what refuses the request */
  async #check(raw: OutsideRaw): Promise<{ address: KeyAddress; sending: Sending }> {
    const { access, clock } = this.#parts;
    const { type, request, caller, context, deadlineMs, requestId } = raw;
    const exposed = this.#parts.exposed.get(type);
    const { method: name, signal } = request;
    if (exposed?.requests.has(name) !== true) throw new Refused(NOT_FOUND);
    const address = access.resolve(exposed.definition, raw.key);
    const { key } = address;
    if (!(await isAllowed(exposed, { kind: AccessKind.Request, name, key, caller }, clock))) {
      throw forbidden();
    }
    const origin = { requestId, caller, connectionId: undefined };
    // A request has no room for an input: where one is needed, its actor must exist.
    const input = await checkValue(exposed.input, undefined, clock);
    const creation = callInput(exposed, undefined, input, false);
    return {
      address,
      sending: { context: withOrigin(context, origin), deadlineMs, signal, ...creation },
    };
  }
}

function send(
  raw: OutsideRaw,
  address: KeyAddress,
  sending: Sending,
  answer: RawAnswer,
  onFault: (error: unknown) => void,
  isAgain = false,
): void {
  address.request(raw.request, sending, {
    reply: (response) => answer.respond(response as Response),
    fail: (error, handled) => {
      // The address is that of the next actor under the key. Not in the turn of the one that ends.
      if (!isAgain && !handled && isDestroyed(error)) {
        void Promise.resolve().then(() => send(raw, address, sending, answer, onFault, true)); // never throws
      } else answer.fail(raw.bodyFailure() ?? toldOf(error, handled, onFault));
    },
  });
}
