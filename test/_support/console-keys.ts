import { StoreError } from "../../src/base/errors.ts";
import type {
  KeyOperation,
  KeyPage,
  KeyQuery,
  KeyReading,
  KeyViews,
} from "../../src/monitor/keys/key-views.ts";
import type {
  ConnectionList,
  ConnectionRow,
  KeyedTypeRow,
  KeyListRow,
  StartupRow,
} from "../../src/wire/keys.ts";

type Row = Omit<KeyListRow, "system">;

/** A start of 12 ms with three steps, one of them of the user. */
export const START: StartupRow = {
  generation: 3,
  requestedAtMs: 1_000,
  durationMs: 12,
  isNew: false,
  outcome: "ok",
  errorType: null,
  roundTrips: 1,
  traceId: "0af7651916cd43dd8448eb211c80319c",
  phases: [
    { phase: "admit", owner: "internal", startMs: 0, durationMs: 2, outcome: "ok" },
    { phase: "load", owner: "internal", startMs: 2, durationMs: 6, outcome: "ok" },
    { phase: "on_wake", owner: "user", startMs: 8, durationMs: 4, outcome: "ok" },
  ],
};

/** Returns the row of a key that was used a second after the epoch. */
export function keyRow(type: string, key: readonly string[], parts: Partial<Row> = {}): Row {
  return {
    id: `${type}/${key.join(",")}`,
    type,
    key,
    awake: false,
    generation: 3,
    usedAtMs: 1_000,
    stateBytes: 120,
    schedules: 1,
    queued: 2,
    ...parts,
  };
}

/** Returns the row of a connection that was opened two seconds after the epoch. */
export function connectionRow(id: string, parts: Partial<ConnectionRow> = {}): ConnectionRow {
  return {
    id,
    callerId: "amy",
    openedAtMs: 2_000,
    receivedAtMs: 3_000,
    resumed: false,
    events: ["said", "typing"],
    sent: 5,
    dropped: 0,
    bufferedBytes: 0,
    ...parts,
  };
}

/** Keyed actors that exist only for viewers, kept in memory. */
export class FakeKeys implements KeyViews {
  readonly rows: Row[] = [];
  readonly performed: KeyOperation[] = [];
  /** Set to let every read fail. */
  failing = false;
  reads = 0;
  /** The connections of every actor in memory. */
  connected: ConnectionRow[] = [];

  add(type: string, key: readonly string[], parts: Partial<Row> = {}): void {
    this.rows.push(keyRow(type, key, parts));
    this.rows.sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  defines(type: string): boolean {
    return type !== "gone" && this.rows.some((row) => row.type === type);
  }

  async types(): Promise<readonly Omit<KeyedTypeRow, "system">[]> {
    this.#read();
    return [...Map.groupBy(this.rows, ({ type }) => type)].map(([type, rows]) => ({
      type,
      defined: this.defines(type),
      awake: rows.filter(({ awake }) => awake).length,
      asleep: rows.filter(({ awake }) => !awake).length,
      more: false,
    }));
  }

  async list({ type, prefix, state, cursor, limit }: KeyQuery): Promise<KeyPage> {
    this.#read();
    const from = Number(cursor ?? 0);
    const wanted = this.rows.filter(
      (row) =>
        row.type === type &&
        row.id.startsWith(`${type}/${prefix}`) &&
        (state === undefined || row.awake === (state === "awake")),
    );
    const keys = wanted.slice(from, from + limit);
    return { keys, cursor: from + limit < wanted.length ? String(from + limit) : undefined };
  }

  async read(type: string, key: string): Promise<KeyReading | undefined> {
    this.#read();
    const row = this.rows.find(({ id }) => id === `${type}/${key}`);
    if (row === undefined) return undefined;
    return {
      key: row,
      version: 2,
      createdAtMs: 500,
      expiresAtMs: null,
      actor: row.awake
        ? {
            id: `${type}/3f9a1c-1`,
            state: "running",
            generation: row.generation,
            awake: [{ reason: "timer", count: 2, sinceAtMs: 900, detail: null }],
            sleepsAtMs: null,
          }
        : null,
      start: row.awake ? START : null,
      schedules: [
        {
          id: "tea",
          messageType: "deliver",
          dueAtMs: 9_000_000_000_000,
          cron: "0 8 * * 1",
          timeZone: "Europe/Berlin",
          attempts: 1,
          runs: [
            { atMs: 800, outcome: "ok", errorType: null },
            { atMs: 900, outcome: "error", errorType: "TypeError" },
          ],
        },
      ],
      moreSchedules: false,
      queues: [
        {
          name: "files",
          head: [{ id: "m1", sentAtMs: 700, attempt: 2, notBeforeMs: null }],
          more: true,
          setAside: [{ id: "m0", sentAtMs: 600, attempt: 5, errorType: "ERR_BAD_FILE" }],
          moreSetAside: false,
        },
      ],
      state: { value: { lines: ["lamp"], password: "geheim" } },
    };
  }

  async connections(type: string, key: string, limit: number): Promise<ConnectionList | undefined> {
    this.#read();
    const row = this.rows.find(({ id }) => id === `${type}/${key}`);
    if (row === undefined) return undefined;
    const connections = row.awake ? this.connected : [];
    return { total: connections.length, connections: connections.slice(0, limit) };
  }

  startOf(): StartupRow | undefined {
    return undefined;
  }

  async perform(operation: KeyOperation): Promise<boolean | undefined> {
    const { type, key, action } = operation;
    const at = this.rows.findIndex(({ id }) => id === `${type}/${key}`);
    const row = this.rows[at];
    if (row === undefined) return undefined;
    this.#read();
    if (operation.action === "close_connection" && !this.#close(operation.connectionId)) {
      return undefined;
    }
    this.performed.push(operation);
    if (action === "wake" || action === "sleep") {
      this.rows[at] = { ...row, awake: action === "wake" };
    }
    if (action === "destroy") this.rows.splice(at, 1);
    return this.rows[at]?.awake ?? false;
  }

  #close(connectionId: string): boolean {
    const at = this.connected.findIndex(({ id }) => id === connectionId);
    if (at >= 0) this.connected.splice(at, 1);
    return at >= 0;
  }

  #read(): void {
    this.reads += 1;
    if (!this.failing) return;
    throw new StoreError("the store is closed", { code: "ERR_STORE_CLOSED" });
  }
}
