import { takeReply } from "../../actor/delivery/replies.ts";
import { PRESENT } from "../../actor/lifecycle/life-keys.ts";
import type { PendingAsk } from "../../actor/mailbox/pending-ask.ts";
import { type AnyHandler, Route } from "../../actor/mailbox/route.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { MessageKind } from "../../telemetry/attributes.ts";
import type { Activation } from "../activation/activation.ts";
import type { KeyedLife } from "../activation/keyed-life.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import { HeldEvent } from "./held-event.ts";
import { OpenRequest } from "./open-request.ts";

/** A request on its way to the actor. */
class RawRequest {
  readonly #request: Request;

  constructor(request: Request) {
    this.#request = request;
  }

  /** Blocks the actor until the hook has returned; the body of its response may stream after that. */
  async deliver(life: KeyedLife): Promise<void> {
    const cell = life[PRESENT]();
    const activation = cell.input as Activation;
    const open = new OpenRequest(activation);
    let response: Response;
    try {
      const hook = activation.definition.options.onRequest as (c: unknown, r: Request) => unknown;
      response = requireResponse(await hook(life.c, open.expose(this.#request)));
      life[PRESENT]();
    } catch (thrown) {
      open.end();
      throw thrown;
    }
    const { ask } = takeReply(cell, life, "answer a request");
    if (ask !== undefined) answer(activation, open, response, ask);
  }
}

/** Gives the response once what the hook has changed is stored. */
function answer(
  { writer }: Activation,
  open: OpenRequest,
  response: Response,
  ask: PendingAsk,
): void {
  const give = (): void => {
    if (ask.settled) discard(response, open);
    else reply(ask, response, open);
  };
  const refuse = (error: unknown, handled: boolean): void => {
    discard(response, open);
    ask.reject(error, handled);
  };
  writer.holdInOrder(new HeldEvent(give, refuse));
}

/** A response that two actors return may have been read since it was checked. */
function reply(ask: PendingAsk, response: Response, open: OpenRequest): void {
  let given: Response;
  try {
    given = open.answer(response);
  } catch (thrown) {
    open.end();
    ask.reject(thrown, true);
    return;
  }
  ask.reply(given);
}

function discard({ body }: Response, open: OpenRequest): void {
  body?.cancel().catch(() => {}); // a body that fails now is not missed
  open.end();
}

/** A response of another implementation of Fetch is one too. */
function requireResponse(value: unknown): Response {
  const code = ErrorCode.InvalidOption;
  if (!isResponse(value)) throw new UsageError("`onRequest` must return a Response", { code });
  if (value.body?.locked !== true && !value.bodyUsed) return value;
  throw new UsageError("the Response of `onRequest` was read already", { code });
}

function isResponse(value: unknown): value is Response {
  if (value instanceof Response) return true;
  return Object.prototype.toString.call(value) === "[object Response]";
}

const deliver: AnyHandler = (life, request) => (request as RawRequest).deliver(life as KeyedLife);

/** The route of the messages, by type. */
const routes = new WeakMap<KeyedType, Route>();

/** Returns the message with which a request reaches an actor whose definition has `onRequest`. */
export function requestMessage(
  type: KeyedType,
  request: Request,
): { readonly route: Route; readonly args: readonly unknown[] } {
  let route = routes.get(type);
  if (route === undefined) {
    const { name: actorType, metrics } = type;
    const parts = { messageType: "onRequest", kind: MessageKind.Ask, handler: deliver };
    route = new Route({ actorType, metrics, ...parts });
    routes.set(type, route);
  }
  return { route, args: [new RawRequest(request)] };
}
