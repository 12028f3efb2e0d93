import type { FaultRecord } from "./records.ts";

type Answer = Extract<FaultRecord, { kind: "ok" }>;

/** How long an actor was without an answer after its runner had failed. */
export interface Recovery {
  readonly address: string;
  readonly what: string;
  /** When its runner failed, by the clock of the records. */
  readonly fromMs: number;
  /** Infinity: it was never answered again. */
  readonly tookMs: number;
}

/** A fault of the runner of an actor, which no later activation has answered for yet. */
interface Outage {
  readonly address: string;
  readonly what: string;
  readonly atMs: number;
  /** The last one that clients knew of. */
  readonly generation: number;
  /** Whether a client has asked it for something since. Who is not asked cannot answer. */
  isAsked: boolean;
}

/**
 * Returns for each fault of a runner, and each actor that it ran by what clients knew, when the first answer of a later
 * generation arrived. Actors that were not called since are left out.
 */
export function recoveriesOf(records: readonly FaultRecord[]): readonly Recovery[] {
  const book = new OutageBook();
  for (const record of records) {
    if (record.kind === "invoke") book.ask(record);
    else if (record.kind === "fault") book.fail(record);
    else if (record.kind === "ok") book.answer(record);
  }
  return book.recoveries();
}

class OutageBook {
  /** Of operations, by their ids. */
  readonly #addresses = new Map<string, string>();
  readonly #latest = new Map<string, Answer>();
  readonly #ended: Recovery[] = [];
  #open: Outage[] = [];

  ask({ id, address }: Extract<FaultRecord, { kind: "invoke" }>): void {
    this.#addresses.set(id, address);
    for (const outage of this.#open) if (outage.address === address) outage.isAsked = true;
  }

  fail({ what, atMs, node }: Extract<FaultRecord, { kind: "fault" }>): void {
    for (const [address, last] of this.#latest) {
      const { generation } = last;
      if (last.node !== node) continue;
      this.#open.push({ address, what, atMs, generation, isAsked: false });
    }
  }

  answer(answer: Answer): void {
    const address = this.#addresses.get(answer.id) ?? "";
    const known = this.#latest.get(address)?.generation ?? 0;
    if (answer.generation >= known) this.#latest.set(address, answer);
    const isOver = (outage: Outage): boolean =>
      outage.address === address && answer.generation > outage.generation;
    for (const { what, atMs } of this.#open.filter(isOver)) {
      this.#ended.push({ address, what, fromMs: atMs, tookMs: answer.atMs - atMs });
    }
    this.#open = this.#open.filter((outage) => !isOver(outage));
  }

  recoveries(): readonly Recovery[] {
    const asked = this.#open.filter(({ isAsked }) => isAsked);
    const never = asked.map(({ address, what, atMs }) => {
      return { address, what, fromMs: atMs, tookMs: Infinity };
    });
    return [...this.#ended, ...never];
  }
}

/** Returns the smallest duration that a part of all does not exceed; `undefined` if there are none. */
export function quantile(durationsMs: readonly number[], part: number): number | undefined {
  const sorted = durationsMs.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
}

/** Returns how long actors were away, for each kind of fault and over all, as text. */
export function tellRecoveries(recoveries: readonly Recovery[]): string {
  const kinds = Map.groupBy(recoveries, ({ what }) => what);
  return [...kinds].map(([what, some]) => `${what}: ${tellTimes(some)}`).join("; ");
}

function tellTimes(recoveries: readonly Recovery[]): string {
  const tookMs = recoveries.map((recovery) => recovery.tookMs);
  const [p50, p99, max] = [0.5, 0.99, 1].map((part) => Math.round(quantile(tookMs, part) ?? 0));
  return `${tookMs.length}, p50 ${p50}, p99 ${p99}, max ${max} ms`;
}
