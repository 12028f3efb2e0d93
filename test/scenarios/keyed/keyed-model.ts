import type { Shown } from "./keyed-cast.ts";
import { type Records, readRecords } from "./keyed-records.ts";

/** What is known of one operation. */
interface Operation {
  readonly op: number;
  readonly key: string;
  readonly kind: "mark" | "schedule" | "job";
  /** Whether its error says that nothing was stored. */
  refused?: string;
}

/** What was promised to be stored: by a reply, by `saveState`, or by the end of a send. */
interface Promised {
  readonly key: string;
  readonly at: number;
  /** The creation that had it; `undefined` where the sender does not learn it. */
  readonly creation: string | undefined;
  readonly ops: readonly number[];
  readonly schedule?: number;
  readonly job?: number;
}

interface Destroyed {
  readonly key: string;
  /** Creations that were known when the removal was asked for: it removes them. */
  readonly known: ReadonlySet<string>;
  settledAt: number;
  outcome: "pending" | "removed" | "failed";
}

/** What the outside world knows of the actors of a scenario, and checks of it against the store. */
export class KeyedModel {
  readonly #problem: (text: string) => void;
  readonly operations: Map<number, Operation> = new Map();
  readonly #promised: Promised[] = [];
  readonly #destroyed: Destroyed[] = [];
  readonly #creations = new Map<string, Set<string>>();
  readonly #cancelled = new Set<number>();
  readonly #maybeCancelled = new Set<number>();
  readonly #lastGeneration = new Map<string, number>();
  #now = 0;

  constructor(problem: (text: string) => void) {
    this.#problem = problem;
  }

  /** Notes an operation before it is sent. */
  sent(op: number, key: string, kind: Operation["kind"]): void {
    this.operations.set(op, { op, key, kind });
  }

  /** A reply or `saveState`: everything that it shows is stored. */
  shown(key: string, { creation, ops }: Shown, schedule?: number): void {
    this.#know(key, creation);
    const at = this.#tick();
    this.#promised.push({
      key,
      at,
      creation,
      ops,
      ...(schedule === undefined ? {} : { schedule }),
    });
  }

  /** A queue message was stored. */
  queued(key: string, job: number): void {
    this.#promised.push({ key, at: this.#tick(), creation: undefined, ops: [], job });
  }

  refused(op: number, code: string): void {
    const operation = this.operations.get(op);
    if (operation !== undefined) operation.refused = code;
  }

  cancels(op: number): void {
    this.#maybeCancelled.add(op);
  }

  cancelled(op: number): void {
    this.#cancelled.add(op);
  }

  /** A removal begins. Returns what to call when it has ended. */
  destroys(key: string): (outcome: Destroyed["outcome"]) => void {
    const known = new Set(this.#creations.get(key));
    const removal: Destroyed = { key, known, settledAt: Infinity, outcome: "pending" };
    this.#destroyed.push(removal);
    return (outcome) => {
      removal.outcome = outcome;
      removal.settledAt = this.#tick();
    };
  }

  /** Checks everything that is stored. @param atEnd whether all schedules and queues have been worked off */
  check(texts: ReadonlyMap<string, string>, atEnd: boolean): void {
    const actors = readRecords(texts, atEnd, this.#problem);
    for (const [key, records] of actors) {
      this.#checkAtomic(key, records);
      this.#checkOnce(key, records);
      this.#checkGeneration(key, records);
    }
    for (const promised of this.#promised) this.#checkPromised(promised, actors, atEnd);
    for (const removal of this.#destroyed) {
      const creation = actors.get(removal.key)?.state.creation;
      if (removal.outcome === "removed" && creation !== undefined && removal.known.has(creation))
        this.#problem(`${removal.key} is stored although ${creation} was destroyed`);
    }
  }

  #tick(): number {
    this.#now += 1;
    return this.#now;
  }

  #know(key: string, creation: string): void {
    const known = this.#creations.get(key) ?? new Set();
    known.add(creation);
    this.#creations.set(key, known);
  }

  /** What one commit writes is there as a whole: an effect, and the removal of what has caused it. */
  #checkAtomic(key: string, { state, schedules, jobs }: Records): void {
    for (const op of state.fired) {
      if (schedules.has(String(op)))
        this.#problem(`schedule ${op} of ${key} is stored beside its effect`);
      if (this.#cancelled.has(op))
        this.#problem(`schedule ${op} of ${key} was cancelled, and has fired`);
    }
    for (const op of state.done) {
      if (jobs.includes(op)) this.#problem(`message ${op} of ${key} is stored beside its effect`);
    }
  }

  #checkOnce(key: string, { state }: Records): void {
    const { marks, fired, done } = state;
    const ops = [...marks.map(({ op }) => op), ...fired, ...done];
    if (new Set(ops).size !== ops.length) this.#problem(`${key} has an effect twice: ${ops}`);
    for (const op of ops) {
      const { refused, key: target } = this.operations.get(op) ?? {};
      if (refused !== undefined)
        this.#problem(`${op} was refused with ${refused}, and is stored in ${key}`);
      if (target !== key) this.#problem(`${op} was sent to ${target}, and is stored in ${key}`);
    }
    const ordered = marks.filter((mark) => mark.ordered).map(({ op }) => op);
    if (ordered.some((op, at) => at > 0 && op <= (ordered[at - 1] ?? 0)))
      this.#problem(`${key} has handled ${ordered} out of order`);
  }

  #checkGeneration(key: string, { meta, state }: Records): void {
    const name = `${key} ${state.creation}`;
    const { generation = 0 } = meta;
    const last = this.#lastGeneration.get(name) ?? 1;
    if (generation < last) this.#problem(`${name} goes from generation ${last} to ${generation}`);
    this.#lastGeneration.set(name, generation);
    for (const [at, mark] of state.marks.entries()) {
      const before = state.marks[at - 1];
      if (before !== undefined && (mark.generation < before.generation || mark.life < before.life))
        this.#problem(
          `${name} has effects of generation ${mark.generation} after ${before.generation}`,
        );
      if (mark.generation > generation) this.#problem(`${name} was not counted`);
    }
  }

  #checkPromised(promised: Promised, actors: ReadonlyMap<string, Records>, atEnd: boolean): void {
    const { key, creation, ops, at } = promised;
    const records = actors.get(key);
    const isRemoved = this.#destroyed.some(
      (removal) => removal.key === key && removal.settledAt >= at,
    );
    if (records === undefined || (creation !== undefined && records.state.creation !== creation)) {
      if (!isRemoved) this.#problem(`${key} is gone, which has promised ${ops} ${promised.job}`);
      return;
    }
    const { marks, fired, done } = records.state;
    const stored = new Set([...marks.map(({ op }) => op), ...fired, ...done]);
    const lost = ops.filter((op) => !stored.has(op));
    if (lost.length > 0) this.#problem(`${key} has lost ${lost}, which a reply has shown`);
    this.#checkLater(promised, records, stored, { atEnd, isRemoved });
  }

  /** Schedules and queue messages are stored until their effects are. */
  #checkLater(
    { key, schedule, job }: Promised,
    { schedules, jobs }: Records,
    stored: ReadonlySet<number>,
    { atEnd, isRemoved }: { readonly atEnd: boolean; readonly isRemoved: boolean },
  ): void {
    const when = atEnd ? "not done" : "lost";
    const isQueued = job === undefined || isRemoved || stored.has(job);
    if (!isQueued && (atEnd || !jobs.includes(job))) {
      this.#problem(`${key} has ${when} the message ${job}`);
    }
    if (schedule === undefined || this.#maybeCancelled.has(schedule)) return;
    if (!stored.has(schedule) && (atEnd || !schedules.has(String(schedule)))) {
      this.#problem(`${key} has ${when} the schedule ${schedule}`);
    }
  }
}
