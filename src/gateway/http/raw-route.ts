import type { Clock } from "../../base/clock.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import { decodeKeySegment } from "../../wire/actor-path.ts";
import { CallOutcome } from "../../wire/gateway-frames.ts";
import { internalFailure } from "../call/failures.ts";
import { GATEWAY_PROBLEMS, GatewayCode } from "../call/gateway-code.ts";
import type { Failure } from "../call/outside-request.ts";
import type { ExposedType } from "../expose/expose.ts";
import type { LimitSettings } from "../gateway-limits.ts";
import type { GatewaySettings } from "../gateway-options.ts";
import type { OutsideRaws } from "../raw/outside-raw.ts";
import { headersForActor, headersFromActor } from "../raw/raw-headers.ts";
import { type RequestStream, tooLarge } from "../raw/request-body.ts";
import type { RequestLog } from "../trace/request-log.ts";
import { failureReply, type Reply } from "./http-answer.ts";
import type { IncomingRequest } from "./incoming-request.ts";

/** Parts of a {@link RawRoute}. */
export interface RawRouteParts {
  readonly raws: OutsideRaws;
  readonly limits: Pick<LimitSettings, "bodyBytes" | "callTimeoutMs">;
  readonly clock: Clock;
  readonly auth: GatewaySettings["auth"];
  readonly log: RequestLog;
}

const BODYLESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
/** Statuses of responses without a body. */
const EMPTY: ReadonlySet<number> = new Set([204, 205, 304]);
const MIN_STATUS = 200;

/** Has actors answer requests by `onRequest`. */
export class RawRoute {
  readonly #parts: RawRouteParts;

  constructor(parts: RawRouteParts) {
    this.#parts = parts;
  }

  /** @throws {@link Refusal} */
  async answer(incoming: IncomingRequest, exposed: ExposedType): Promise<Reply> {
    const { limits, clock, raws } = this.#parts;
    const { exchange, route } = incoming;
    requireExposedMethod(exposed, exchange.method);
    const key = decodeKeySegment(route?.keySegment ?? "");
    if (key === undefined) throw new Refusal(GatewayCode.InvalidKey, "the key is malformed");
    if (Number(exchange.header("content-length") ?? 0) > limits.bodyBytes) {
      await exchange.discardBody();
      throw tooLarge(limits.bodyBytes);
    }
    const body = BODYLESS.has(exchange.method) ? undefined : exchange.openBody(limits.bodyBytes);
    const raw = {
      type: exposed.type,
      key,
      request: this.#requestOf(incoming, body),
      caller: incoming.caller,
      requestId: incoming.requestId,
      context: incoming.span.context,
      deadlineMs: clock.monotonicMs() + limits.callTimeoutMs,
      bodyFailure: () => failureOf(body),
    };
    return new Promise((resolve) => {
      raws.request(raw, {
        respond: (response) => resolve(this.#reply(incoming, response)),
        fail: (failure) => resolve(failureReply(failure, incoming)),
      });
    });
  }

  #requestOf(incoming: IncomingRequest, body: RequestStream | undefined): Request {
    const { exchange, route, query } = incoming;
    const { method, scheme, site, signal } = exchange;
    const asked = query === undefined ? "" : `?${query}`;
    const headers = headersForActor(exchange.headers(), this.#parts.auth === "anyone");
    const init = { method, headers, signal };
    return new Request(
      `${scheme}://${site.host}${route?.rawPath ?? "/"}${asked}`,
      body === undefined ? init : { ...init, body: body.stream, duplex: "half" },
    );
  }

  /** In the turn of the actor. */
  #reply(incoming: IncomingRequest, response: Response): Reply {
    try {
      return this.#replyOf(incoming, response);
    } catch (error) {
      response.body?.cancel().catch(() => {}); // it is not sent
      this.#parts.log.internal(error, incoming.requestId, incoming.template);
      return failureReply(internalFailure(CallOutcome.Failed), incoming);
    }
  }

  /** @throws what is wrong with a response that cannot be sent */
  #replyOf({ exchange }: IncomingRequest, { status, headers, body }: Response): Reply {
    if (status < MIN_STATUS) {
      const code = ErrorCode.InvalidOption;
      throw new UsageError(`\`onRequest\` responded with ${status}`, { code });
    }
    const own = headersFromActor(headers, typeof this.#parts.auth === "function");
    if (exchange.method === "HEAD" || EMPTY.has(status) || body === null) {
      body?.cancel().catch(() => {}); // it is not sent
      const isNamed = body === null && exchange.method !== "HEAD" && !EMPTY.has(status);
      const raw = isNamed ? [...own, "Content-Length", "0"] : own;
      return { status, body: undefined, raw };
    }
    return { status, body: undefined, raw: own, stream: body };
  }
}

/** @throws {@link Refusal} */
function requireExposedMethod({ requests }: ExposedType, method: string): void {
  if (requests.has(method)) return;
  const allow = [...requests].join(", ");
  throw new Refusal(HttpCode.Method, `this takes ${allow}`, { headers: { Allow: allow } });
}

/** The actor has run, at least in part. */
function failureOf(body: RequestStream | undefined): Failure | undefined {
  if (body?.fault === undefined) return undefined;
  return { ...GATEWAY_PROBLEMS.describe(body.fault), outcome: CallOutcome.Failed };
}
