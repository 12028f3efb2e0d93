import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import type { TraceFields } from "../calls/trace-fields.ts";
import { readAnswer, requestMessage } from "../codec/place-codec.ts";
import type { Bus } from "../engine/bus.ts";
import type { SignalName } from "../protocol/commands.ts";
import type { CoordinatorAnswer, CoordinatorRequest } from "../protocol/place.ts";
import type { PlacementReason } from "../protocol/placement-record.ts";
import { PLACE_SUBJECT } from "../protocol/subjects.ts";
import { requireInput } from "./actor-input.ts";
import type { Route } from "./route-cache.ts";
import { Slots } from "./slots.ts";

/** What {@link CoordinatorClient} works with. */
export interface CoordinatorClientParts {
  readonly nodeId: string;
  readonly bus: Pick<Bus, "request">;
  /** Requests under way at a time; further ones wait. Default 256. */
  readonly maxRequests?: number;
}

/** Why an actor is looked for. */
export interface Wanted {
  readonly reason: PlacementReason;
  /** JSON: input of a new actor. */
  readonly input?: unknown;
  /** How long the coordinator may take, in milliseconds. */
  readonly waitMs: number;
  /** Where it was not found. */
  readonly notAt?: Route | undefined;
  readonly trace: TraceFields;
}

/** A signal for an actor. */
export interface Signal {
  readonly signal: SignalName;
  /** JSON. */
  readonly data?: unknown;
  readonly waitMs: number;
  readonly trace: TraceFields;
}

const MAX_REQUESTS = 256;
/** What an answer takes besides the time that the coordinator waits. */
const ANSWER_MS = 1_000;

/**
 * Asks the coordinator. Rejects with a `ClusterError`: nothing was done, or it may be under way; in both cases it may be
 * asked for again.
 */
export class CoordinatorClient {
  readonly #parts: CoordinatorClientParts;
  readonly #slots: Slots;

  constructor(parts: CoordinatorClientParts) {
    this.#parts = parts;
    this.#slots = new Slots(parts.maxRequests ?? MAX_REQUESTS);
  }

  /**
   * Returns where an actor is, which is placed if it is nowhere. Rejects with `ERR_STATE_INVALID` or `ERR_ENGINE_TOO_LARGE` if
   * the input cannot be sent.
   */
  async place(address: string, { reason, input, waitMs, notAt, trace }: Wanted): Promise<Route> {
    if (input !== undefined) requireInput(address, input);
    const answer = await this.#ask({
      kind: "place",
      from: this.#parts.nodeId,
      address,
      reason,
      waitMs: Math.max(1, Math.floor(waitMs)),
      ...(input === undefined ? {} : { input }),
      ...(notAt === undefined ? {} : { notAt }),
      ...parentOf(trace),
    });
    if (answer.kind !== "placed") throw unexpected();
    const { runnerId, generation } = answer;
    return { runnerId, generation };
  }

  /** Has a signal stored for an actor, which is placed for it if it is nowhere. */
  async signal(address: string, { signal, data, waitMs, trace }: Signal): Promise<void> {
    const answer = await this.#ask({
      kind: "signal",
      from: this.#parts.nodeId,
      address,
      signal,
      waitMs: Math.max(1, Math.floor(waitMs)),
      ...(data === undefined ? {} : { data }),
      ...parentOf(trace),
    });
    if (answer.kind !== "signalled") throw unexpected();
  }

  async #ask(
    request: CoordinatorRequest,
  ): Promise<Exclude<CoordinatorAnswer, { kind: "refused" }>> {
    const message = requestMessage(request);
    const options = { timeoutMs: request.waitMs + ANSWER_MS };
    const answer = await this.#slots
      .run(async () => {
        return readAnswer(await this.#parts.bus.request(PLACE_SUBJECT, message, options));
      })
      .catch(noCoordinator);
    if (answer.kind === "refused") throw new ClusterError(answer.text, { code: answer.code });
    return answer;
  }
}

function parentOf({ traceparent, tracestate }: TraceFields): TraceFields {
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

/** @throws an error that says what is missing */
function noCoordinator(error: unknown): never {
  if (LimelightError.is(error) && error.code === ErrorCode.EngineNoListener) {
    const text = "no process of the cluster is its coordinator now";
    throw new ClusterError(text, { code: ErrorCode.NoRunner, cause: error });
  }
  throw error;
}

function unexpected(): ClusterError {
  const text = "the coordinator has answered another request";
  return new ClusterError(text, { code: ErrorCode.ProtocolInvalid });
}
