import fc from "fast-check";
import { ActorState, StopReason } from "../../src/telemetry/attributes.ts";
import type { Frame } from "../../src/wire/answers.ts";
import {
  type ActorRow,
  AwakeReason,
  type BusyRow,
  type StuckHandler,
} from "../../src/wire/snapshot.ts";
import { actorRow, askOf, deadlockOf, frameOf, NOW_AT_MS, snapshotOf } from "./wire-rows.ts";

/** Rows of actors numbered from 0 to `count`, each as it may look at some moment. */
export function actorRows(count: number): fc.Arbitrary<ActorRow> {
  const ids = fc.nat({ max: count - 1 });
  return fc
    .record({
      number: ids,
      name: fc.option(fc.constantFrom("amy", "zoe")),
      taken: fc.nat({ max: 1_000 }),
      depth: fc.nat({ max: 100 }),
      oldest: fc.option(fc.nat({ max: 10_000 })),
      senders: fc.nat({ max: 3 }),
      restarts: fc.nat({ max: 2 }),
      backingOff: fc.boolean(),
      parent: fc.option(ids),
      waitsFor: fc.option(ids),
      awakeReason: fc.constantFrom(...Object.values(AwakeReason)),
      busy: fc.option(fc.nat({ max: 10_000 })),
      state: fc.constantFrom(...Object.values(ActorState)),
      stopReason: fc.option(fc.constantFrom(...Object.values(StopReason)), { freq: 3 }),
      task: fc.boolean(),
      generation: fc.option(fc.integer({ min: 1, max: 3 })),
      holds: fc.nat({ max: 2 }),
      connections: fc.nat({ max: 2 }),
    })
    .map((parts) => {
      const { number, name, parent, waitsFor, busy, stopReason } = parts;
      return actorRow(rowId(number), {
        name: name === null ? null : `${name}-${number}`,
        parentId: parent === null || parent >= number ? null : rowId(parent),
        state: stopReason === null ? parts.state : "stopped",
        stopped: stopReason === null ? null : { atMs: 5_000, reason: stopReason },
        awakeReason: parts.awakeReason,
        messagesTaken: parts.taken,
        mailbox: {
          depth: parts.depth,
          oldestSentAtMs: parts.oldest,
          waitingSenders: parts.senders,
        },
        busy: busy === null ? null : busyFor(busy),
        waits: waitsFor === null ? [] : [askOf(rowId(waitsFor))],
        tasks: parts.task ? [{ kind: "receipt", sinceAtMs: 5 }] : [],
        supervision: { restarts: parts.restarts, backingOff: parts.backingOff },
        ...keyedAs(parts),
      });
    });
}

function rowId(number: number): string {
  return `worker/x-${number.toString(36)}`;
}

interface KeyedParts {
  /** `null` for an actor without a key. */
  readonly generation: number | null;
  readonly holds: number;
  readonly connections: number;
}

function keyedAs({ generation, holds, connections }: KeyedParts): Pick<ActorRow, "keyed"> {
  if (generation === null) return {};
  const hold = { reason: AwakeReason.KeepAwake, count: holds, sinceAtMs: 7, detail: null };
  const keyed = { key: "lobby,de", generation, awake: holds === 0 ? [] : [hold] };
  return { keyed: connections === 0 ? keyed : { ...keyed, connections } };
}

function busyFor(sinceAtMs: number): BusyRow {
  return { phase: "handler", messageType: "work", kind: "tell", sinceAtMs, traceId: null };
}

/** What happens to a system from one tick to the next. */
export interface WorldStep {
  readonly upserts: readonly ActorRow[];
  readonly removals: readonly string[];
  /** Ids of actors that wait for each other; none: there is no deadlock. */
  readonly deadlocked?: readonly string[];
  readonly stuck?: readonly string[];
  /** Whether the viewer gets everything. */
  readonly full: boolean;
}

/** Steps of a world of at most `count` actors. */
export function worldSteps(count: number): fc.Arbitrary<readonly WorldStep[]> {
  const someIds = fc.uniqueArray(fc.nat({ max: count - 1 }).map(rowId), { maxLength: 3 });
  return fc.array(
    fc.record({
      upserts: fc.uniqueArray(actorRows(count), { selector: ({ id }) => id, maxLength: count }),
      removals: someIds,
      deadlocked: someIds,
      stuck: someIds,
      full: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  );
}

function stuckHandler(id: string): StuckHandler {
  const busy = busyFor(1_000);
  return {
    id,
    type: "worker",
    busy,
    limitMs: 1_000,
    cause: "other_io",
    chain: [id],
    text: "stuck",
  };
}

/** A world that is told in frames, as a server would. */
export class World {
  readonly rows: Map<string, ActorRow> = new Map();
  #sequence = 1_000;
  #capturedAtMs = NOW_AT_MS;
  readonly #tickMs: number;

  constructor(tickMs = 250) {
    this.#tickMs = tickMs;
  }

  step({ upserts, removals, deadlocked = [], stuck = [], full }: WorldStep): Frame {
    const before = this.#sequence;
    this.#sequence += 1_000;
    this.#capturedAtMs += this.#tickMs;
    const gone = removals.filter((id) => this.rows.delete(id));
    for (const row of upserts) this.rows.set(row.id, row);
    const first = before === 1_000;
    const everything = full || first;
    const snapshot = snapshotOf(everything ? [...this.rows.values()] : upserts, {
      sequence: this.#sequence,
      since: everything ? null : before,
      capturedAtMs: this.#capturedAtMs,
      deadlocks: deadlocked.length > 0 ? [deadlockOf(deadlocked)] : [],
      stuck: stuck.map(stuckHandler),
      removed: everything ? [] : gone.filter((id) => !this.rows.has(id)),
    });
    return frameOf([snapshot]);
  }
}
