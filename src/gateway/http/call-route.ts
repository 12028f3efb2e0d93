import type { Clock } from "../../base/clock.ts";
import { ErrorCode } from "../../base/errors.ts";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import { decodeKeySegment } from "../../wire/actor-path.ts";
import { GatewayCode } from "../call/gateway-code.ts";
import type { OutsideCalls, OutsideRequest } from "../call/outside-request.ts";
import type { LimitSettings } from "../gateway-limits.ts";
import { readJsonBody } from "./body.ts";
import { failureReply, jsonReply, type Reply } from "./http-answer.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { type Operation, OperationKind } from "./operations.ts";
import { timeOf } from "./query.ts";

/** Parts of a {@link CallRoute}. */
export interface CallRouteParts {
  readonly calls: OutsideCalls;
  readonly limits: Pick<LimitSettings, "bodyBytes" | "jsonDepth" | "callTimeoutMs">;
  readonly clock: Clock;
}

/** Arguments of a message, and the input of an actor that does not exist yet. */
interface Message {
  readonly args: readonly unknown[];
  readonly input: unknown;
}

const [OK, ACCEPTED] = [200, 202];
const KINDS: Readonly<Record<OperationKind, OutsideRequest["kind"]>> = {
  [OperationKind.Ask]: "ask",
  [OperationKind.Tell]: "tell",
  [OperationKind.Queue]: "send",
};

/** Answers requests that ask, tell, or send to a queue. */
export class CallRoute {
  readonly #parts: CallRouteParts;

  constructor(parts: CallRouteParts) {
    this.#parts = parts;
  }

  /** @throws {@link Refusal} */
  async answer(incoming: IncomingRequest, operation: Operation): Promise<Reply> {
    const { limits, clock } = this.#parts;
    const { exchange, route, query } = incoming;
    const key = decodeKeySegment(route?.keySegment ?? "");
    if (key === undefined) throw new Refusal(GatewayCode.InvalidKey, "the key is malformed");
    const isQueue = operation.kind === OperationKind.Queue;
    const name = isQueue ? "waitMs" : "timeoutMs";
    const givenMs = timeOf(query, name, limits.callTimeoutMs);
    const body = await readJsonBody(exchange, limits);
    return this.#send(incoming, operation, {
      ...(isQueue ? { args: [body], input: undefined } : toMessage(body)),
      kind: KINDS[operation.kind],
      type: operation.exposed.type,
      key,
      name: operation.name,
      waits: isQueue && givenMs !== undefined,
      caller: incoming.caller,
      requestId: incoming.requestId,
      context: incoming.span.context,
      deadlineMs: clock.monotonicMs() + (givenMs ?? limits.callTimeoutMs),
      signal: exchange.gone,
    });
  }

  #send(incoming: IncomingRequest, { kind }: Operation, request: OutsideRequest): Promise<Reply> {
    return new Promise((resolve) => {
      let storedId: string | undefined;
      this.#parts.calls.call(request, {
        stored: (id) => {
          storedId = id;
        },
        reply: (json) => resolve(toReply(kind, request.waits, json)),
        fail: (failure) => {
          // The message stays in the queue also if its reply is no longer waited for.
          const isLater = failure.code === ErrorCode.AskTimeout && storedId !== undefined;
          if (isLater) resolve({ status: ACCEPTED, body: JSON.stringify({ id: storedId }) });
          else resolve(failureReply(failure, incoming));
        },
      });
    });
  }
}

function toReply(kind: OperationKind, waits: boolean, json: string | undefined): Reply {
  switch (kind) {
    case OperationKind.Ask:
      return jsonReply(OK, json);
    case OperationKind.Tell:
      return { status: ACCEPTED, body: undefined };
    case OperationKind.Queue:
      return waits ? jsonReply(OK, json) : jsonReply(ACCEPTED, `{"id":${json}}`);
  }
}

/** @throws {@link Refusal} `BAD_REQUEST` */
function toMessage(body: unknown): Message {
  if (Array.isArray(body)) return { args: body, input: undefined };
  const { args, input } = (typeof body === "object" && body !== null ? body : {}) as {
    readonly args?: unknown;
    readonly input?: unknown;
  };
  if (Array.isArray(args)) return { args, input };
  throw new Refusal(
    HttpCode.BadRequest,
    "the body must be the array of arguments, or { args, input }",
  );
}
