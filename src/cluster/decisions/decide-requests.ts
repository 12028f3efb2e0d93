import type { ClockTimer } from "../../base/clock.ts";
import { ErrorCode } from "../../base/errors.ts";
import { validTrace } from "../codec/headers.ts";
import { LIMITS } from "../protocol/limits.ts";
import type {
  CoordinatorAnswer,
  CoordinatorRequest,
  PlaceRequest,
  SignalRequest,
} from "../protocol/place.ts";
import {
  PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../protocol/placement-record.ts";
import { isCarried, type SignalOrder } from "./carried-signals.ts";
import {
  type DecisionParts,
  isPlaced,
  MAX_BACKOFF_MS,
  pend,
  signal,
  startOn,
} from "./transitions.ts";

/** A request that waits for its answer. */
export interface WaitingRequest<Request extends CoordinatorRequest = CoordinatorRequest> {
  readonly request: Request;
  /** On the monotonic clock. */
  readonly receivedAtMs: number;
  /** When it is given up, on the monotonic clock. */
  readonly untilMs: number;
  readonly replyTo: string | undefined;
  timer: ClockTimer | undefined;
}

/** Signals that the outbox of one actor may have, so that there is room for other commands. */
const MAX_SIGNALS = LIMITS.outboxCommands / 2;

/** All requests for one actor, and what the decision about them depends on. */
export interface RequestedActor {
  readonly address: string;
  readonly places: readonly WaitingRequest<PlaceRequest>[];
  readonly signals: readonly WaitingRequest<SignalRequest>[];
  /** Returns the runner for the actor; `undefined` if none fits. */
  readonly choose: () => string | undefined;
  readonly isThere: (runnerId: string) => boolean;
  /** Whether it is being found out if the actor is where its record says. */
  readonly isChecking: boolean;
  /** Whether a further actor may be kept until a runner fits. */
  readonly mayPend: boolean;
  readonly monotonicMs: number;
}

type Answers = (readonly [WaitingRequest, CoordinatorAnswer])[];

/** What is written, and what is answered once it is. Requests that are not answered wait for the next change. */
export interface RequestOutcome {
  readonly next: PlacementRecord | undefined;
  readonly answers: Answers;
}

const NOTHING: RequestOutcome = { next: undefined, answers: [] };

/** Decides about the requests for one actor. Pure. */
export function decideRequests(
  parts: DecisionParts,
  record: PlacementRecord | undefined,
  actor: RequestedActor,
): RequestOutcome {
  if (isPlaced(record)) {
    // A runner that is lost is taken over first; an actor that is being stopped has to end first.
    if (!actor.isThere(record.runnerId)) return NOTHING;
    if (record.status === PlacementStatus.Stopping) return NOTHING;
    return decideHere(parts, record, actor);
  }
  return decideNowhere(parts, record, actor);
}

function decideHere(
  parts: DecisionParts,
  record: PlacementRecord & { readonly runnerId: string },
  actor: RequestedActor,
): RequestOutcome {
  const { runnerId, generation, status } = record;
  const places = actor.places.filter(
    ({ request: { notAt } }) =>
      !actor.isChecking || notAt?.runnerId !== runnerId || notAt.generation !== generation,
  );
  const answers: Answers = places.map((waiting) => [
    waiting,
    { kind: "placed", runnerId, generation, status },
  ]);
  let next: PlacementRecord = record;
  for (const waiting of actor.signals) {
    if (next.status === PlacementStatus.Stopping) break; // the others wait for its end
    if (next.outbox.length >= MAX_SIGNALS) {
      answers.push([waiting, overloaded("too many commands of the actor wait")]);
      continue;
    }
    next = signal(parts, next, orderOf(waiting.request));
    answers.push([waiting, { kind: "signalled", outcome: "stored" }]);
  }
  return { next: next === record ? undefined : next, answers };
}

function decideNowhere(
  parts: DecisionParts,
  record: PlacementRecord | undefined,
  actor: RequestedActor,
): RequestOutcome {
  const { address, places, signals } = actor;
  const idle = signals.filter(({ request }) => !isCarried(request.signal));
  const answers: Answers = idle.map((waiting) => [
    waiting,
    { kind: "signalled", outcome: "not_awake" },
  ]);
  const carried = signals.filter(({ request }) => isCarried(request.signal)).slice(0, MAX_SIGNALS);
  if (places.length === 0 && carried.length === 0) return { next: undefined, answers };
  const delayMs = delayOf(parts, record);
  if (delayMs > 0) {
    return { next: undefined, answers: [...answers, ...inVain(actor, delayMs)] };
  }
  const runnerId = actor.choose();
  if (runnerId === undefined) {
    return { ...waitFor(parts, record, actor, answers) };
  }
  const [first] = places;
  const input = places.find(({ request }) => request.input !== undefined)?.request.input;
  const next = startOn(parts, record, {
    address,
    runnerId,
    reason: first?.request.reason ?? PlacementReason.Requested,
    ...(input === undefined ? {} : { input }),
    mustExist: places.length === 0,
    signals: carried.map(({ request }) => orderOf(request)),
    trace: validTrace(first?.request ?? carried[0]?.request ?? {}),
  });
  const { generation, status } = next;
  for (const waiting of places)
    answers.push([waiting, { kind: "placed", runnerId, generation, status }]);
  for (const waiting of carried) answers.push([waiting, { kind: "signalled", outcome: "stored" }]);
  return { next, answers };
}

/** Returns how long an actor must not be started again, in milliseconds. */
function delayOf({ nowMs }: DecisionParts, record: PlacementRecord | undefined): number {
  if (record === undefined) return 0;
  const isBackingOff =
    record.status === PlacementStatus.Backoff || record.status === PlacementStatus.Failed;
  // Written by a coordinator whose clock was ahead: how long ago is not known.
  if (!isBackingOff || record.sinceMs > nowMs) return 0;
  return Math.min(record.notBeforeMs - nowMs, MAX_BACKOFF_MS);
}

/** Refuses requests that would end before the next attempt. */
function inVain({ places, signals, monotonicMs }: RequestedActor, delayMs: number): Answers {
  const text = `the last start has failed; the next attempt is in ${Math.ceil(delayMs)} ms`;
  return [...places, ...signals.filter(({ request }) => isCarried(request.signal))]
    .filter(({ untilMs }) => untilMs < monotonicMs + delayMs)
    .map((waiting) => [waiting, { kind: "refused", code: ErrorCode.StartFailed, text }]);
}

/** Keeps the actor in its record until a runner fits, or until the last request is given up. */
function waitFor(
  parts: DecisionParts,
  record: PlacementRecord | undefined,
  { address, places, mayPend, monotonicMs }: RequestedActor,
  answers: Answers,
): RequestOutcome {
  const [first] = places;
  if (first === undefined || record?.status === PlacementStatus.Pending) {
    return { next: undefined, answers };
  }
  if (!mayPend) {
    const refused = overloaded("too many actors wait for a runner");
    return {
      next: undefined,
      answers: [...answers, ...places.map((one) => [one, refused] as const)],
    };
  }
  const longestMs = Math.max(...places.map(({ untilMs }) => untilMs - monotonicMs));
  const input = places.find(({ request }) => request.input !== undefined)?.request.input;
  const next = pend(parts, record, {
    address,
    reason: first.request.reason,
    untilMs: parts.nowMs + longestMs,
    ...(input === undefined ? {} : { input }),
  });
  return { next, answers };
}

function orderOf({
  signal: name,
  reason,
  data,
  traceparent,
  tracestate,
}: SignalRequest): SignalOrder {
  return {
    signal: name,
    ...(reason === undefined ? {} : { reason }),
    ...(data === undefined ? {} : { data }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

function overloaded(text: string): CoordinatorAnswer {
  return { kind: "refused", code: ErrorCode.PlacementOverloaded, text };
}
