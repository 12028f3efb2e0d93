import fc from "fast-check";
import type { Frame, LogRow, SpanRow, TraceRow } from "../../src/wire/answers.ts";
import type { ActorRow, Snapshot, WaitRow } from "../../src/wire/snapshot.ts";

/** An idle actor with what `differences` say. */
export function actorRow(id: string, differences: Partial<ActorRow> = {}): ActorRow {
  return {
    id,
    type: id.slice(0, id.indexOf("/")),
    name: null,
    parentId: null,
    state: "running",
    awakeReason: "idle",
    generation: 1,
    spawnedAtMs: 1_000,
    mailbox: { depth: 0, limit: 100, oldestSentAtMs: null, waitingSenders: 0 },
    messagesTaken: 0,
    busy: null,
    waits: [],
    tasks: [],
    timers: 0,
    children: 0,
    supervision: {
      strategy: null,
      policy: "permanent",
      maxRestarts: 5,
      windowMs: 5_000,
      restarts: 0,
      backingOff: false,
      links: [],
      watches: [],
    },
    lastError: null,
    stopped: null,
    ...differences,
  };
}

/** A wait for the reply to an ask. */
export function askWait(targetId: string, differences: Partial<WaitRow> = {}): WaitRow {
  return {
    kind: "ask",
    part: "handler",
    targetId,
    targetType: targetId.slice(0, targetId.indexOf("/")),
    messageType: "receive",
    sinceAtMs: 1_000,
    untilAtMs: null,
    traceId: null,
    ...differences,
  };
}

/** A snapshot of the system `shop` with what `differences` say. */
export function snapshotOf(
  actors: readonly ActorRow[],
  differences: Partial<Snapshot> = {},
): Snapshot {
  return {
    version: 1,
    sequence: 1_000,
    since: null,
    capturedAtMs: 10_000,
    uptimeMs: 9_000,
    system: { name: "shop", pid: 7, closing: false },
    totals: {
      active: actors.length,
      started: actors.length,
      stopped: 0,
      sent: 0,
      handled: 0,
      waiting: 0,
      processing: 0,
      rejected: 0,
      deadLetters: 0,
      failures: 0,
      restarts: 0,
      deadlocks: 0,
    },
    actors,
    removed: [],
    types: [],
    deadlocks: [],
    stuck: [],
    warnings: [],
    deadLetters: [],
    eventLoop: { utilization: 0, blocked: null },
    ...differences,
  };
}

/** A frame of these snapshots, full when they all are. */
export function frameOf(snapshots: readonly Snapshot[], differences: Partial<Frame> = {}): Frame {
  return {
    sequence: snapshots[0]?.sequence ?? 0,
    capturedAtMs: snapshots[0]?.capturedAtMs ?? 0,
    full: snapshots.every(({ since }) => since === null),
    snapshots,
    traces: [],
    logs: [],
    heapUsedBytes: 1_000,
    ...differences,
  };
}

export function logRow(sequence: number, differences: Partial<LogRow> = {}): LogRow {
  return {
    sequence,
    atMs: sequence,
    level: 30,
    msg: `line ${sequence}`,
    event: null,
    actorId: null,
    actorType: null,
    traceId: null,
    spanId: null,
    fields: {},
    ...differences,
  };
}

export function traceRow(traceId: string, differences: Partial<TraceRow> = {}): TraceRow {
  return {
    traceId,
    name: "POST /orders",
    startedAtMs: 1_000,
    durationMs: 10,
    spans: 3,
    errors: 0,
    actorTypes: ["desk"],
    complete: true,
    ...differences,
  };
}

export function spanRow(spanId: string, differences: Partial<SpanRow> = {}): SpanRow {
  return {
    spanId,
    parentSpanId: null,
    name: "desk.place",
    kind: "internal",
    startedAtMs: 0,
    durationMs: 10,
    status: "unset",
    statusMessage: null,
    actorId: null,
    actorType: null,
    waitedMs: null,
    attributes: {},
    links: [],
    ...differences,
  };
}

/** Rows of actors numbered from 0 to `count`, each as it may look at some moment. */
export function actorRows(count: number): fc.Arbitrary<ActorRow> {
  return fc
    .record({
      number: fc.nat({ max: count - 1 }),
      taken: fc.nat({ max: 1_000 }),
      depth: fc.nat({ max: 100 }),
      oldest: fc.option(fc.nat({ max: 10_000 })),
      senders: fc.nat({ max: 3 }),
      restarts: fc.nat({ max: 2 }),
      parent: fc.option(fc.nat({ max: count - 1 })),
      waitsFor: fc.option(fc.nat({ max: count - 1 })),
      awakeReason: fc.constantFrom("handling", "mailbox", "idle", "timer"),
      busy: fc.option(fc.nat({ max: 10_000 })),
      state: fc.constantFrom("running", "starting", "restarting"),
      task: fc.boolean(),
    })
    .map((parts) => {
      const { number, parent, waitsFor, busy } = parts;
      return actorRow(`worker/x-${number}`, {
        parentId: parent === null || parent >= number ? null : `worker/x-${parent}`,
        state: parts.state,
        awakeReason: parts.awakeReason,
        messagesTaken: parts.taken,
        mailbox: {
          depth: parts.depth,
          limit: 100,
          oldestSentAtMs: parts.oldest,
          waitingSenders: parts.senders,
        },
        busy:
          busy === null
            ? null
            : {
                phase: "handler",
                messageType: "work",
                kind: "tell",
                sinceAtMs: busy,
                traceId: null,
              },
        waits: waitsFor === null ? [] : [askWait(`worker/x-${waitsFor}`)],
        tasks: parts.task ? [{ kind: "receipt", sinceAtMs: 5 }] : [],
        supervision: { ...actorRow("a/0").supervision, restarts: parts.restarts },
      });
    });
}

/** What happens to a system from one tick to the next. */
export interface WorldStep {
  readonly upserts: readonly ActorRow[];
  readonly removals: readonly string[];
  /** Whether the viewer gets everything. */
  readonly full: boolean;
}

/** Steps of a world of at most `count` actors. */
export function worldSteps(count: number): fc.Arbitrary<readonly WorldStep[]> {
  return fc.array(
    fc.record({
      upserts: fc.uniqueArray(actorRows(count), { selector: ({ id }) => id, maxLength: count }),
      removals: fc.uniqueArray(
        fc.nat({ max: count - 1 }).map((number) => `worker/x-${number}`),
        { maxLength: 3 },
      ),
      full: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  );
}

/** A world that is told in frames, as a server would. */
export class World {
  readonly rows: Map<string, ActorRow> = new Map();
  #sequence = 1_000;
  #capturedAtMs = 10_000;
  readonly #tickMs: number;

  constructor(tickMs = 250) {
    this.#tickMs = tickMs;
  }

  step({ upserts, removals, full }: WorldStep): Frame {
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
      removed: everything ? [] : gone.filter((id) => !this.rows.has(id)),
    });
    return frameOf([snapshot]);
  }
}
