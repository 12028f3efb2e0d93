import type { Span } from "@opentelemetry/api";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { type Caller, callerOfAsk } from "../../actor/delivery/caller.ts";
import type { ParkedSend } from "../../actor/delivery/parked-sends.ts";
import type { WaitNote } from "../../actor/delivery/wait-note.ts";
import { PendingAsk } from "../../actor/mailbox/pending-ask.ts";
import { isKept, replyHolder } from "../../actor/mailbox/reply-holders.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import { ActorScope, ScopeKind, spanOf } from "../../telemetry/context/actor-scope.ts";
import { ActorPart, WaitKind } from "../../wire/snapshot.ts";
import { WaitMode, type Waits } from "./wait-graph.ts";

/** The tasks of an actor, which wait independently of its handlers. */
export class TasksOf {
  readonly cell: ActorCell;

  constructor(cell: ActorCell) {
    this.cell = cell;
  }
}

/** A delegated reply. Any code that has a reference to it may give it, so it waits for nothing. */
class KeptReply {
  readonly cell: ActorCell;

  constructor(cell: ActorCell) {
    this.cell = cell;
  }
}

/** A party that waits or is waited for: an actor in a handler or hook, its tasks, or a delegated reply. */
export type Party = ActorCell | TasksOf | KeptReply;

/** One wait of one party. Times are on the monotonic clock. */
export interface WaitEdge {
  readonly kind: WaitKind;
  readonly part: ActorPart;
  readonly from: Party;
  readonly to: Party;
  readonly messageType: string | null;
  readonly sinceMs: number;
  /** Time at which it ends by itself. */
  readonly untilMs: number | undefined;
  /** The span in which the party waits. */
  readonly span: Span | undefined;
  /** The object that can be rejected to end the wait. */
  readonly wait: PendingAsk | ParkedSend | undefined;
  /** Identity of the wait across pictures. */
  readonly origin: unknown;
  /** Set for a wait of an ending actor for its own parts, all of which must end. */
  readonly needed?: true;
}

/** Returns whether `whenReady()` of the actor is still pending. */
function isStarting({ state, extrasIfAny }: ActorCell): boolean {
  return state === ActorState.Starting || extrasIfAny?.neverStarted === true;
}

export function cellOf(party: Party): ActorCell {
  return party instanceof TasksOf || party instanceof KeptReply ? party.cell : party;
}

/** Grace period after the task deadline of the definition, at which an actor stops waiting for its tasks. */
const TASK_GRACE_MS = 1_000;

/**
 * The current waits over all systems of the process, since an actor of one system may wait for one of
 * another. Built from data the runtime keeps anyway; the cost is proportional to the number of pending asks.
 */
export class WaitPicture {
  readonly edges: Map<Party, WaitEdge[]> = new Map();
  readonly #nowMs: number;
  readonly #tasks = new Map<ActorCell, TasksOf>();
  readonly #expanded = new Set<ActorCell>();

  constructor(systems: Iterable<SystemRuntime>, nowMs: number) {
    this.#nowMs = nowMs;
    for (const system of systems) {
      this.#readAsks(system);
      this.#readParked(system);
      this.#readNotes(system);
    }
    // Iterating over a map also visits entries added meanwhile: ends wait for further ends.
    for (const edges of this.edges.values()) {
      for (const { to } of edges) this.expand(cellOf(to));
    }
  }

  /** Adds the waits of an ending or restarting actor for its children and tasks. */
  expand(cell: ActorCell): void {
    const extras = cell.extrasIfAny;
    const ending = cell.state === ActorState.Stopping || cell.state === ActorState.Restarting;
    if (!ending || extras === undefined || this.#expanded.has(cell)) return;
    this.#expanded.add(cell);
    const own = { part: ActorPart.Hook, from: cell, messageType: null, sinceMs: this.#nowMs };
    const rest = { span: undefined, wait: undefined, needed: true } as const;
    for (const child of extras.children.members()) {
      this.#add({
        ...own,
        ...rest,
        kind: WaitKind.Stop,
        to: child,
        origin: child,
        untilMs: this.#endMs(cell),
      });
    }
    if (extras.tasks.size === 0) return;
    const untilMs = this.#nowMs + cell.type.settings.taskDeadlineMs + TASK_GRACE_MS;
    const to = this.#tasksOf(cell);
    this.#add({ ...own, ...rest, kind: WaitKind.Task, to, origin: extras.tasks, untilMs });
  }

  /** Returns the latest time at which an ending or restarting actor, or what it waits for, is killed. */
  #endMs({ extrasIfAny, type }: ActorCell): number | undefined {
    const bound = extrasIfAny?.stopDeadline ?? extrasIfAny?.restartDeadline;
    return bound === undefined ? undefined : this.#nowMs + type.settings.stopDeadlineMs;
  }

  /** Returns the tasks of `cell` if they wait or are waited for. */
  tasksOf(cell: ActorCell): TasksOf | undefined {
    return this.#tasks.get(cell);
  }

  /** Returns the waits as a graph. */
  graph(): Map<Party, Waits<Party>> {
    const graph = new Map<Party, Waits<Party>>();
    for (const [party, edges] of this.edges) {
      const ends = edges.filter(({ needed }) => needed);
      // An ending actor waits for all of its parts; any other party continues with the first reply.
      const [mode, used] = ends.length > 0 ? [WaitMode.All, ends] : [WaitMode.Any, edges];
      graph.set(party, { mode, targets: used.map(({ to }) => to) });
    }
    return graph;
  }

  #readAsks({ askWheel, clock, cellsWithParkedSenders }: SystemRuntime): void {
    const nowMs = clock.monotonicMs();
    const parked = parkedAsks(cellsWithParkedSenders);
    askWheel.visitAll((entry, leftMs) => {
      if (!(entry instanceof PendingAsk) || entry.settled) return;
      const { route, timeoutMs } = entry;
      // If the reply has been passed on, the asker waits for its current holder.
      const target = replyHolder(entry) ?? entry.target;
      const caller = callerOfAsk(entry);
      const from = this.#waiting(caller);
      if (caller === undefined || from === undefined) return;
      if (target.isStopped && !target.elsewhere) return;
      const sinceMs = entry.sentAtMs ?? nowMs - (timeoutMs - Math.min(leftMs, timeoutMs));
      this.#add({
        kind: parked.has(entry) ? WaitKind.Mailbox : WaitKind.Ask,
        part: partOf(caller),
        from,
        to: isKept(entry) ? new KeptReply(target) : target,
        messageType: route.messageType,
        sinceMs,
        untilMs: nowMs + leftMs,
        span: spanIn(caller),
        wait: entry,
        origin: entry,
      });
    });
  }

  #readParked({ cellsWithParkedSenders }: SystemRuntime): void {
    for (const cell of cellsWithParkedSenders) {
      const parked = cell.extrasIfAny?.parked;
      if (parked === undefined || parked.size === 0) cellsWithParkedSenders.delete(cell);
      for (const send of parked ?? []) {
        const { note, envelope, timeoutMs } = send;
        // A parked ask is already included through the timer wheel of asks.
        if (note === undefined || envelope.ask !== undefined) continue;
        const untilMs = timeoutMs === undefined ? undefined : note.sinceMs + timeoutMs;
        const { messageType } = envelope.route;
        this.#addNoted(note, cell, { kind: WaitKind.Mailbox, messageType, untilMs, wait: send });
      }
    }
  }

  #readNotes({ cellsBeingAwaited }: SystemRuntime): void {
    for (const cell of cellsBeingAwaited) {
      const extras = cell.extrasIfAny;
      if (cell.isStopped || extras === undefined) {
        cellsBeingAwaited.delete(cell);
        continue;
      }
      const untilMs = this.#endMs(cell);
      this.#addAll(extras.stopWaits, cell, WaitKind.Stop, untilMs);
      if (isStarting(cell)) this.#addAll(extras.startWaits, cell, WaitKind.Start, untilMs);
      for (const task of extras.tasks) {
        this.#addAll(task.waits, this.#tasksOf(cell), WaitKind.Task, untilMs);
      }
    }
  }

  #addAll(
    notes: Iterable<WaitNote> | undefined,
    to: Party,
    kind: WaitKind,
    untilMs: number | undefined,
  ): void {
    for (const note of notes ?? []) {
      this.#addNoted(note, to, { kind, messageType: null, untilMs, wait: undefined });
    }
  }

  #addNoted(
    note: WaitNote,
    to: Party,
    edge: Pick<WaitEdge, "kind" | "messageType" | "untilMs" | "wait">,
  ): void {
    const from = this.#waiting(note);
    if (from === undefined) return;
    const { sinceMs } = note;
    this.#add({ ...edge, from, to, sinceMs, part: partOf(note), span: spanIn(note), origin: note });
  }

  /** Returns the party that still waits; `undefined` when the handler or hook has ended. */
  #waiting(caller: Caller | undefined): Party | undefined {
    if (caller === undefined || caller.cell.isStopped) return undefined;
    const { cell, turn } = caller;
    switch (partOf(caller)) {
      case ActorPart.Handler:
        return cell.blocked && cell.current !== undefined && cell.taken === turn ? cell : undefined;
      case ActorPart.Hook:
        return cell.blocked && cell.current === undefined && cell.taken === turn ? cell : undefined;
      case ActorPart.Task:
        return (cell.extrasIfAny?.tasks.size ?? 0) > 0 ? this.#tasksOf(cell) : undefined;
    }
  }

  #tasksOf(cell: ActorCell): TasksOf {
    const tasks = this.#tasks.get(cell) ?? new TasksOf(cell);
    this.#tasks.set(cell, tasks);
    return tasks;
  }

  #add(edge: WaitEdge): void {
    const edges = this.edges.get(edge.from);
    if (edges === undefined) this.edges.set(edge.from, [edge]);
    else edges.push(edge);
  }
}

/** Returns the asks whose message waits for room and is not in the mailbox yet. */
function parkedAsks(cells: Iterable<ActorCell>): Set<PendingAsk> {
  const asks = new Set<PendingAsk>();
  for (const cell of cells) {
    for (const { envelope } of cell.extrasIfAny?.parked ?? []) {
      if (envelope.ask !== undefined) asks.add(envelope.ask);
    }
  }
  return asks;
}

function spanIn({ context }: Caller): Span | undefined {
  return context instanceof ActorScope ? spanOf(context) : undefined;
}

function partOf({ part }: Caller): ActorPart {
  switch (part) {
    case ScopeKind.Handler:
      return ActorPart.Handler;
    case ScopeKind.Hook:
      return ActorPart.Hook;
    case ScopeKind.Task:
      return ActorPart.Task;
  }
}
