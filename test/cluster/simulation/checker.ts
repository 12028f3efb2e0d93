import { checkConnections } from "./connections/check-connections.ts";
import type { Accepted, AcceptedPlacement, CommandFact, History, Operation } from "./history.ts";
import { checkQueues } from "./queues/check-queues.ts";

/** A rule that a run has broken. */
export interface Violation {
  /** A constant name. */
  readonly rule: string;
  readonly text: string;
}

/** What a run is held to. */
export interface CheckOptions {
  /** The last operations must succeed within this time after healing. */
  readonly recoveryMs: number;
  /** Whether the time of an operation that begins later counts from its beginning. */
  readonly fromBeginning?: boolean;
}

/** Returns all rules that a run has broken. */
export function check(history: History, options: CheckOptions): readonly Violation[] {
  const lasting = lastingOf(history);
  return [
    ...checkRecords(lasting),
    ...checkReplies(lasting),
    ...checkOrder(lasting),
    ...checkDestroyed(history),
    ...checkCreations(history),
    ...checkPlacements(history),
    ...checkCommands(history),
    ...checkSignals(history),
    ...checkEvents(history),
    ...checkEventAcks(history),
    ...checkQueues(lasting),
    ...checkConnections({ ...lasting, connections: history.connections }),
    ...checkRecovery(history, options),
    ...checkEnd(history),
  ];
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    groups.set(keyOf(item), group);
    group.push(item);
  }
  return groups;
}

type Told = Pick<History, "accepted" | "operations">;

/** What has become of actors that nobody has destroyed. */
function lastingOf({ accepted, operations }: History): Told {
  const destroyed = new Set(
    operations.filter(({ kind }) => kind === "destroy").map(({ address }) => address),
  );
  return {
    accepted: accepted.filter(({ address }) => !destroyed.has(address)),
    operations: operations.filter(({ address }) => !destroyed.has(address)),
  };
}

/** An actor that was destroyed does not come back, unless somebody may still have asked for it. */
function* checkDestroyed({ accepted, operations }: History): Generator<Violation> {
  const writes = groupBy(accepted, ({ address }) => address);
  for (const [address, all] of groupBy(operations, (operation) => operation.address)) {
    const destroyed = all.find(({ kind, outcome }) => kind === "destroy" && outcome === "ok");
    if (destroyed === undefined) continue;
    if (all.some(({ kind, outcome }) => kind !== "destroy" && outcome !== "ok")) continue;
    const after = writes.get(address)?.findLast(({ isDestroyed }) => isDestroyed !== true);
    const endedMs = destroyed.endedMs ?? Infinity;
    if (after === undefined || after.atMs <= endedMs) continue;
    const text = `${address} was written at ${Math.round(after.atMs)} ms, and destroyed before ${Math.round(endedMs)} ms`;
    yield { rule: "destroyed_back", text };
  }
}

/** A start creates an actor only if its placement had no later generation when it began. */
function* checkCreations({ accepted, starts, placements }: History): Generator<Violation> {
  const placed = groupBy(placements, ({ address }) => address);
  const begun = groupBy(starts, ({ process, address, generation }) =>
    [process, address, generation].join(" "),
  );
  for (const [address, writes] of groupBy(accepted, (write) => write.address)) {
    for (const [at, { atMs, writer, generation, isDestroyed }] of writes.entries()) {
      const before = writes[at - 1];
      const isCreation = before === undefined || before.isDestroyed === true;
      if (!isCreation || isDestroyed === true) continue;
      const [start] = begun.get([writer, address, generation].join(" ")) ?? [];
      const later = placed.get(address)?.find((write) => write.generation > generation);
      if (start === undefined || later === undefined || later.atMs >= start.atMs) continue;
      const text = `${address}: created at ${Math.round(atMs)} ms by generation ${generation}, and ${later.generation} was placed before it began`;
      yield { rule: "old_start", text };
    }
  }
}

/** The writes of each actor's record: each builds on the one before, and no fenced generation writes any more. */
function* checkRecords({ accepted }: Told): Generator<Violation> {
  for (const [address, writes] of groupBy(accepted, (write) => write.address)) {
    for (const [at, write] of writes.entries()) {
      if (at > 0) yield* checkWrite(address, writes[at - 1] as Accepted, write);
      if (new Set(write.ops).size < write.ops.length) {
        yield { rule: "applied_twice", text: `${address}: an operation is in the record twice` };
        break;
      }
    }
  }
}

function* checkWrite(address: string, before: Accepted, write: Accepted): Generator<Violation> {
  const [generation, version] = [write.generation, write.version];
  const where = `${address} at ${Math.round(write.atMs)} ms`;
  if (generation < before.generation) {
    const text = `${where}: generation ${generation} has written after ${before.generation}`;
    yield { rule: "fenced_write", text };
  } else if (generation === before.generation && write.writer !== before.writer) {
    const text = `${where}: ${before.writer} and ${write.writer} write under generation ${generation}`;
    yield { rule: "two_owners", text };
  }
  const isClaim = generation > before.generation;
  if (version !== before.version + (isClaim ? 0 : 1)) {
    yield { rule: "lost_update", text: `${where}: version ${version} after ${before.version}` };
  } else if (before.ops.some((op, index) => write.ops[index] !== op)) {
    yield {
      rule: "lost_update",
      text: `${where}: version ${version} does not have all of the last`,
    };
  }
}

/** What clients were told is so. */
function* checkReplies({ accepted, operations }: Told): Generator<Violation> {
  const last = new Map<string, Accepted>();
  for (const write of accepted) last.set(write.address, write);
  for (const { id, address, kind, outcome, version } of operations) {
    if (outcome !== "ok" || (kind !== "append" && kind !== "wake")) continue;
    const at = last.get(address)?.ops.indexOf(id) ?? -1;
    if (at < 0)
      yield { rule: "acknowledged_lost", text: `${address}: ${kind} ${id} is not stored` };
    else if (kind === "append" && version !== at + 1) {
      const text = `${address}: ${id} is version ${at + 1}, and ${version} was said`;
      yield { rule: "wrong_reply", text };
    }
  }
}

/** Replies respect real time: what was acknowledged before an operation began is part of what it sees. */
function* checkOrder({ operations }: Told): Generator<Violation> {
  for (const [address, all] of groupBy(operations, (operation) => operation.address)) {
    const known = new KnownVersions(all);
    for (const operation of known.done) {
      const seen = known.before(operation.invokedMs);
      if ((operation.version ?? 0) >= (seen?.version ?? 0)) continue;
      const text =
        `${address}: ${operation.kind} ${operation.id} of ${operation.client} saw version ` +
        `${operation.version}, after ${seen?.version} was known at ${Math.round(seen?.endedMs ?? 0)} ms`;
      yield { rule: "stale_reply", text };
    }
  }
}

/** The highest version that clients know of, as time goes on. */
class KnownVersions {
  /** Operations that have succeeded, by their beginning. */
  readonly done: readonly Operation[];
  readonly #byEnd: readonly Operation[];
  #at = 0;
  #highest: Operation | undefined;

  constructor(operations: readonly Operation[]) {
    const done = operations.filter(
      ({ outcome, version }) => outcome === "ok" && version !== undefined,
    );
    this.done = done.toSorted((one, other) => one.invokedMs - other.invokedMs);
    this.#byEnd = done.toSorted((one, other) => (one.endedMs ?? 0) - (other.endedMs ?? 0));
  }

  /** Returns the operation with the highest version that had ended before a moment. Moments must not fall. */
  before(atMs: number): Operation | undefined {
    for (let ended = this.#byEnd[this.#at]; ended !== undefined; ended = this.#byEnd[this.#at]) {
      if ((ended.endedMs ?? 0) >= atMs) break;
      if ((ended.version ?? 0) > (this.#highest?.version ?? 0)) this.#highest = ended;
      this.#at += 1;
    }
    return this.#highest;
  }
}

/** Generations and indices of placements never fall. */
function* checkPlacements({ placements }: History): Generator<Violation> {
  for (const [address, writes] of groupBy(placements, (write) => write.address)) {
    for (let at = 1; at < writes.length; at += 1) {
      const [before, write] = [writes[at - 1], writes[at]];
      if (before === undefined || write === undefined) continue;
      const isSame = write.generation === before.generation;
      const falls =
        write.generation < before.generation ||
        (isSame &&
          (write.eventIndex < before.eventIndex || write.commandIndex < before.commandIndex));
      if (!falls) continue;
      const text = `${address}: the placement went back at ${Math.round(write.atMs)} ms`;
      yield { rule: "placement_fell", text };
    }
  }
}

/** Each command takes effect once, in order, before it is acknowledged; and each one is accounted for. */
function* checkCommands({ commands, placements, endingMs }: History): Generator<Violation> {
  const place = ({ runnerId, address, generation }: CommandFact): string =>
    `${runnerId} ${address} ${generation}`;
  for (const [where, facts] of groupBy(commands, place)) yield* checkActivation(where, facts);
  const known = new Set(commands.map(({ id }) => id));
  const latest = new Map(placements.map((write) => [write.address, write]));
  for (const { address, outbox, atMs } of placements) {
    if (atMs >= endingMs) continue;
    for (const { id, checkpoint, kind } of outbox) {
      if (known.has(id) || checkpoint.generation < (latest.get(address)?.generation ?? 0)) continue;
      known.add(id);
      const text = `${address}: ${kind} ${checkpoint.generation}.${checkpoint.index} has never arrived`;
      yield { rule: "command_lost", text };
    }
  }
}

/** No process gives a due entry to its actor twice, whatever generation the signal was for. */
function* checkSignals({ fires }: History): Generator<Violation> {
  for (const [where, facts] of groupBy(fires, ({ process, id }) => `${process} ${id}`)) {
    if (facts.length === 1) continue;
    const text = `${where} of ${facts[0]?.address} was carried out ${facts.length} times`;
    yield { rule: "signal_twice", text };
  }
}

function* checkActivation(where: string, facts: readonly CommandFact[]): Generator<Violation> {
  const book = new CommandBook(facts);
  for (const { index, fact } of facts) {
    const broken = book.enter(index, fact);
    if (broken !== undefined)
      yield { rule: broken, text: `${where}: ${index} after ${book.before}` };
  }
}

/** What has become of the commands of one activation so far. */
class CommandBook {
  /** Indices of the commands that have taken effect, at whatever time. */
  readonly #applied: ReadonlySet<number>;
  readonly #carried = new Set<number>();
  readonly #recovered = new Set<number>();
  /** Index of the last command that was dealt with, and the one before it. */
  #last = 0;
  before = 0;

  constructor(facts: readonly CommandFact[]) {
    const applied = facts.filter(({ fact }) => fact === "applied");
    this.#applied = new Set(applied.map(({ index }) => index));
  }

  /** Returns the rule that this breaks, if it breaks one. */
  enter(index: number, fact: string): string | undefined {
    this.before = this.#last;
    switch (fact) {
      case "recovered":
        this.#recovered.add(index);
        break;
      case "carried_out":
        this.#carried.add(index);
        if (this.#recovered.delete(index)) this.#goTo(index); // has no outcome of its own
        break;
      case "acknowledged":
        return this.#applied.has(index) && !this.#carried.has(index) ? "early_ack" : undefined;
      case "duplicate": // it may be a signal that was carried out for an earlier activation
        if (!this.#applied.has(index)) this.#goTo(index);
        break;
      case "expired":
      case "dead":
        this.#goTo(index);
        break;
      case "applied":
        return this.#apply(index);
    }
    return undefined;
  }

  #apply(index: number): string | undefined {
    const last = this.#last;
    this.#goTo(index);
    if (index <= last) return "command_twice";
    return index > last + 1 ? "command_gap" : undefined;
  }

  #goTo(index: number): void {
    this.#last = Math.max(this.#last, index);
  }
}

/**
 * Each event is applied once, by whatever coordinator, and after the one before. One may be applied and be reported as a
 * duplicate: where the write had no outcome.
 */
function* checkEvents({ events, placements }: History): Generator<Violation> {
  const applied = events.filter(({ outcome }) => outcome === "applied");
  const place = ({ address, generation }: { address: string; generation: number }): string =>
    `${address} ${generation}`;
  const stored = groupBy(placements, place);
  for (const [where, facts] of groupBy(applied, place)) {
    const indices = facts.flatMap((fact) => fact.indices);
    const known = new Set([...indices, ...(stored.get(where) ?? []).map((one) => one.eventIndex)]);
    if (new Set(indices).size < indices.length) {
      yield { rule: "event_twice", text: `${where}: an event was applied twice` };
    }
    for (const index of indices) {
      if (index === 1 || known.has(index - 1)) continue;
      yield { rule: "event_gap", text: `${where}: ${index} was applied, and ${index - 1} was not` };
    }
  }
}

/** Events are acknowledged once what they say is in the placement, or a later generation is. */
function* checkEventAcks({ eventAcks, placements }: History): Generator<Violation> {
  const latest = new Map<string, AcceptedPlacement>();
  let at = 0;
  for (const { address, generation, index, placements: known } of eventAcks) {
    for (; at < known; at += 1) {
      const write = placements[at] as AcceptedPlacement;
      latest.set(write.address, write);
    }
    const write = latest.get(address);
    if (write === undefined || write.generation > generation) continue;
    const isOver = write.runnerId === undefined; // what is told of that generation then is too late
    if (write.generation === generation && (isOver || write.eventIndex >= index)) continue;
    const text = `${address}: event ${generation}.${index} was acknowledged, and ${write.generation}.${write.eventIndex} is written`;
    yield { rule: "early_event_ack", text };
  }
}

/** After healing, everything works again soon. */
function* checkRecovery(
  { operations, healedMs }: History,
  { recoveryMs, fromBeginning = false }: CheckOptions,
): Generator<Violation> {
  if (healedMs === undefined) return;
  for (const { id, address, kind, invokedMs, endedMs, outcome, code } of operations) {
    if (kind === "stale_read" || invokedMs < healedMs) continue;
    const tookMs = (endedMs ?? Infinity) - (fromBeginning ? invokedMs : healedMs);
    if (outcome === "ok" && tookMs <= recoveryMs) continue;
    const text = `${address}: ${kind} ${id} is ${outcome} (${code}) ${Math.round(tookMs)} ms after healing`;
    yield { rule: "not_live", text };
  }
}

/** Sums come out even, and nothing is left. */
function* checkEnd({ balances, residues, errors }: History): Generator<Violation> {
  for (const { what, expected, found } of balances) {
    if (expected !== found) {
      yield { rule: "not_accounted", text: `${what}: ${found}, not ${expected}` };
    }
  }
  for (const [what, level] of residues) {
    if (level !== 0) yield { rule: "residue", text: `${what} is ${level} at the end` };
  }
  for (const text of errors) yield { rule: "error", text };
}
