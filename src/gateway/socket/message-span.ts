import type { SpanContext } from "@opentelemetry/api";
import { context } from "../../telemetry/context/api.ts";
import { Transport } from "../../telemetry/gateway-attributes.ts";
import type { MessageOrigin } from "../../wire/gateway-frames.ts";
import { CallOutcome } from "../../wire/gateway-frames.ts";
import type { Failure } from "../call/outside-request.ts";
import { type CallSpan, endCallSpan, openCallSpan } from "../trace/call-span.ts";
import { isRequestId } from "../trace/request-id.ts";
import { traceResponseOf } from "../trace/trace-response.ts";
import type { RequestFacts } from "./frame-write.ts";
import type { SocketParts } from "./socket-parts.ts";

/** What a message of a socket is for. */
export interface MessageName {
  /** `ask`, `tell`, `send` or `open`. */
  readonly kind: string;
  /** Type and name, as the client has given them. */
  readonly type: string;
  readonly name: string;
  /** Whether they are exposed. */
  readonly isExposed: boolean;
}

const OK = 200;
const GONE = "ERR_ABORTED";

/** The span, metrics and line of one message that is answered. */
export class MessageRecord implements RequestFacts {
  readonly #parts: SocketParts;
  readonly #name: MessageName;
  readonly #method: string;
  readonly #startedMs: number;
  readonly requestId: string;
  readonly span: CallSpan;
  /** Value of `traceresponse`. */
  readonly trace: string | undefined;

  constructor(
    parts: SocketParts,
    name: MessageName,
    origin: MessageOrigin,
    about: { readonly connectionId: string | undefined; readonly linked: SpanContext | undefined },
  ) {
    const { host, settings, ids } = parts;
    const path = `${name.type}/${name.name}`;
    const { rid } = origin;
    this.#parts = parts;
    this.#name = name;
    this.#method = name.isExposed ? path : "_OTHER";
    this.#startedMs = host.clock.monotonicMs();
    this.requestId = typeof rid === "string" && isRequestId(rid) ? rid : ids.next();
    const facts = { ...about, method: this.#method, requestId: this.requestId };
    const original = name.isExposed ? undefined : path;
    const mode = settings.incomingTraces;
    this.span = openCallSpan(host.tracing, mode, { ...facts, original }, origin);
    this.trace = traceResponseOf(this.span.spanContext);
  }

  /** @param failure `undefined` for a reply */
  end(failure: Failure | undefined, callerId: string | undefined, bytes: number): void {
    this.#report(failure?.code, failure, callerId, bytes);
  }

  /** The client does not wait any longer. */
  abandon(callerId: string | undefined): void {
    this.#report(GONE, undefined, callerId, 0);
  }

  #report(
    code: string | undefined,
    failure: Failure | undefined,
    callerId: string | undefined,
    responseBytes: number,
  ): void {
    const { host, points, httpPoints, log, settings } = this.#parts;
    const durationMs = host.clock.monotonicMs() - this.#startedMs;
    points.answered(this.#method, code, durationMs);
    context.with(this.span.context, () => {
      log.answered({
        requestId: this.requestId,
        method: this.#name.kind,
        route: this.#method,
        status: failure?.status ?? OK,
        failure,
        durationMs,
        responseBytes,
        callerId: settings.logCallers ? callerId : undefined,
      });
      if (failure?.outcome !== CallOutcome.NotHandled) return;
      httpPoints.refused(failure.code, Transport.WebSocket);
      const fields = { request_id: this.requestId, method: this.#name.kind, route: this.#method };
      log.refused(failure.code, { ...fields, status: failure.status });
    });
    endCallSpan(this.span, code);
  }
}
