import type { Span } from "@opentelemetry/api";
import { PendingAsk } from "../../actor/mailbox/pending-ask.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { ignoreRejection } from "../../base/foreign-value.ts";
import type { DeadlockKind } from "../../telemetry/attributes.ts";
import type { Deadlock } from "../../wire/snapshot.ts";
import type { Times } from "../rows/times.ts";
import { deadlockKind, deadlockText, inCycleOrder, memberRows } from "./deadlock-rows.ts";
import { findBehind, findDeadlocked, findKnots } from "./wait-graph.ts";
import { cellOf, type Party, type WaitEdge, type WaitPicture } from "./wait-picture.ts";

/**
 * Action on a deadlock, in addition to reporting it.
 *
 * @enum
 */
export const OnDeadlock = {
  /** No action. */
  Report: "report",
  /** Reject the latest of its asks with `ERR_DEADLOCK`, so that its actors continue. */
  Reject: "reject",
} as const;
export type OnDeadlock = (typeof OnDeadlock)[keyof typeof OnDeadlock];

/** Receives the deadlocks that form and end. */
export interface DeadlockListener {
  /** @param causes spans in which its members wait */
  formed(deadlock: Deadlock, causes: readonly Span[]): void;
  resolved(deadlock: Deadlock): void;
}

interface Active {
  readonly deadlock: Deadlock;
  readonly members: ReadonlySet<Party>;
  /** Its waits, by {@link WaitEdge.origin}. */
  readonly origins: ReadonlySet<unknown>;
  /** The wait that was rejected to resolve the deadlock. */
  rejected: WaitEdge | undefined;
}

/** Returns the identity of a party across pictures. Tasks are identified by their actor. */
function identity(party: Party): unknown {
  return cellOf(party);
}

/** Tracks the deadlocks of one system. Each is reported once when it forms and once when it ends. */
export class Deadlocks {
  readonly #system: SystemRuntime;
  readonly #times: Times;
  readonly #policy: OnDeadlock;
  readonly #listener: DeadlockListener;
  #active: Active[] = [];
  #deadlocked: ReadonlySet<unknown> = new Set();
  #formed = 0;

  constructor(system: SystemRuntime, times: Times, policy: OnDeadlock, listener: DeadlockListener) {
    this.#system = system;
    this.#times = times;
    this.#policy = policy;
    this.#listener = listener;
  }

  /** The current deadlocks. */
  get active(): readonly Deadlock[] {
    return this.#active.map(({ deadlock }) => deadlock);
  }

  /** Returns whether `cell` waits in a deadlock or behind one. */
  holds(cell: unknown): boolean {
    return this.#deadlocked.has(cell);
  }

  /** Compares the current deadlocks with the previous ones and reports the changes. */
  look(picture: WaitPicture): void {
    const graph = picture.graph();
    const deadlocked = findDeadlocked(graph);
    this.#deadlocked = new Set([...deadlocked].map(identity));
    const before = this.#active;
    const still = new Set<Active>();
    const fresh: { active: Active; edges: readonly WaitEdge[] }[] = [];
    this.#active = [];
    for (const knot of findKnots(graph, deadlocked)) {
      const members = new Set(knot);
      // A deadlock across systems is reported by the system of its first member.
      const ordered = inCycleOrder(knot, picture);
      if (cellOf(ordered[0] as Party).type.system !== this.#system) continue;
      const edges = ordered.flatMap((party) => inner(picture, party, members));
      const origins = new Set(edges.map(({ origin }) => origin));
      const known = before.find((one) => !still.has(one) && isSame(one, members, origins));
      const behind = new Set([...findBehind(graph, deadlocked, knot)].map(cellOf));
      for (const party of knot) behind.delete(cellOf(party));
      const deadlock = this.#describe(ordered, edges, behind.size, known?.deadlock);
      const active = { deadlock, members, origins, rejected: known?.rejected };
      this.#active.push(active);
      if (known === undefined) fresh.push({ active, edges });
      else still.add(known);
    }
    for (const one of before) if (!still.has(one)) this.#listener.resolved(one.deadlock);
    for (const { active, edges } of fresh) this.#announce(active, edges);
  }

  /** Ends monitoring: all current deadlocks are reported as over. */
  close(): void {
    const before = this.#active;
    this.#active = [];
    this.#deadlocked = new Set();
    for (const { deadlock } of before) this.#listener.resolved(deadlock);
  }

  #describe(
    ordered: readonly Party[],
    edges: readonly WaitEdge[],
    blocked: number,
    known: Deadlock | undefined,
  ): Deadlock {
    const ends = edges.flatMap(({ untilMs }) => (untilMs === undefined ? [] : [untilMs]));
    const untilAtMs = ends.length === 0 ? null : this.#times.toEpoch(Math.min(...ends));
    const kind: DeadlockKind = deadlockKind(ordered, edges);
    if (known === undefined) this.#formed += 1;
    return {
      id: known?.id ?? `${this.#system.name}-${this.#formed}`,
      kind,
      members: memberRows(ordered, edges, this.#times),
      detectedAtMs: known?.detectedAtMs ?? this.#times.nowAtMs(),
      untilAtMs,
      blocked,
      text: deadlockText(ordered, edges),
    };
  }

  #announce(active: Active, edges: readonly WaitEdge[]): void {
    const { deadlock } = active;
    const causes = edges.flatMap(({ span }) => (span === undefined ? [] : [span]));
    this.#listener.formed(deadlock, causes);
    if (this.#policy === OnDeadlock.Reject) active.rejected = breakUp(deadlock, edges);
  }
}

/** Returns the waits of `party` for members. */
function inner(picture: WaitPicture, party: Party, members: ReadonlySet<Party>): WaitEdge[] {
  return (picture.edges.get(party) ?? []).filter(({ to }) => members.has(to));
}

/**
 * Returns whether a knot is still the deadlock `before`: they share members and at least one wait. A broken
 * deadlock ends with its rejected wait. Anything that remains of it, or forms afterwards, is another deadlock
 * that must be resolved separately.
 */
function isSame(
  before: Active,
  members: ReadonlySet<Party>,
  origins: ReadonlySet<unknown>,
): boolean {
  if (!overlap(before.members, members)) return false;
  if (before.rejected !== undefined) return origins.has(before.rejected.origin);
  return [...origins].some((origin) => before.origins.has(origin));
}

function overlap(some: ReadonlySet<Party>, others: ReadonlySet<Party>): boolean {
  const cells = new Set([...others].map(identity));
  return [...some].some((party) => cells.has(identity(party)));
}

/**
 * Rejects the latest wait that can be rejected, which is the one that closed the cycle.
 *
 * @returns that wait; `undefined` when there are only waits for ends, which cannot be rejected
 */
function breakUp(deadlock: Deadlock, edges: readonly WaitEdge[]): WaitEdge | undefined {
  let latest: WaitEdge | undefined;
  for (const edge of edges) {
    if (edge.wait === undefined) continue;
    if (latest === undefined || edge.sinceMs >= latest.sinceMs) latest = edge;
  }
  if (latest?.wait === undefined) return undefined;
  const target = cellOf(latest.to);
  const messageType = latest.messageType ?? "";
  const text = `${messageType} of ${target.actorId} would never be answered: ${deadlock.text}`;
  const { actorId } = target;
  const error = new DeliveryError(text, { code: ErrorCode.Deadlock, actorId, messageType });
  const { wait } = latest;
  // A promise that is not awaited counts as a wait too; its rejection must not end the process.
  ignoreRejection(wait.promise);
  if (wait instanceof PendingAsk) wait.fail(error);
  else wait.giveUp(target, error);
  return latest;
}
