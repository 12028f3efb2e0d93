import type { Command } from "../../../src/cluster/protocol/commands.ts";
import type { EventBatch } from "../../../src/cluster/protocol/events.ts";
import { ConnectionNotes } from "./connections/connection-notes.ts";

/** What a client has asked for, and what it was told. */
export interface Operation {
  readonly id: string;
  readonly address: string;
  readonly kind: "append" | "read" | "send" | "send_wait" | "stale_read" | "wake" | "destroy";
  readonly client: string;
  readonly invokedMs: number;
  endedMs: number | undefined;
  /** `unknown`: it may have been done. */
  outcome: "open" | "ok" | "refused" | "unknown";
  /** Of the record that the reply was made from. */
  version: number | undefined;
  /** Code of the last error. */
  code: string | undefined;
  /** Whether its sender was told that the queue message is stored, before anything else. */
  isStored: boolean;
}

/** A batch of events that a coordinator has acknowledged. */
export interface EventAck {
  readonly address: string;
  readonly generation: number;
  /** Of the last event of the batch. */
  readonly index: number;
  /** Number of writes of placements that the server had accepted by then. */
  readonly placements: number;
}

/** A write of an actor's record that the server has accepted. */
export interface Accepted {
  readonly atMs: number;
  readonly address: string;
  readonly generation: number;
  readonly version: number;
  /** The process that has claimed the generation. */
  readonly writer: string;
  readonly ops: readonly string[];
  /** Whether the write has removed the actor. */
  readonly isDestroyed?: boolean;
}

/** A write of a placement that the server has accepted. */
export interface AcceptedPlacement {
  readonly atMs: number;
  readonly address: string;
  readonly generation: number;
  readonly eventIndex: number;
  readonly commandIndex: number;
  readonly status: string;
  readonly runnerId: string | undefined;
  readonly reason: string;
  readonly outbox: readonly Command[];
}

/** Something that a runner did with a command. */
export interface CommandFact {
  readonly atMs: number;
  readonly runnerId: string;
  readonly address: string;
  readonly generation: number;
  readonly index: number;
  readonly id: string;
  /** `carried_out`: its effect is there; `acknowledged`: its message was acknowledged; else the outcome. */
  readonly fact: string;
}

/** A start of an actor that a process has begun. */
export interface StartFact {
  readonly atMs: number;
  /** Unique to each process: the writer of what follows. */
  readonly process: string;
  readonly address: string;
  readonly generation: number;
}

/** A due entry that was given to its actor. */
export interface FireFact {
  /** Unique to each process. */
  readonly process: string;
  readonly address: string;
  /** Of the entry. */
  readonly id: string;
}

/** What became of the events of one delivered batch. */
export interface EventFact {
  readonly atMs: number;
  readonly coordinator: string;
  readonly address: string;
  readonly generation: number;
  readonly indices: readonly number[];
  readonly outcome: string;
}

/** A sum that must come out even. */
export interface Balance {
  readonly what: string;
  readonly expected: number;
  readonly found: number;
}

/** Everything that has happened in one run, as far as the checks need it. */
export class History {
  readonly operations: Operation[] = [];
  readonly accepted: Accepted[] = [];
  readonly placements: AcceptedPlacement[] = [];
  readonly commands: CommandFact[] = [];
  readonly fires: FireFact[] = [];
  readonly starts: StartFact[] = [];
  readonly events: EventFact[] = [];
  readonly eventAcks: EventAck[] = [];
  readonly connections: ConnectionNotes = new ConnectionNotes();
  readonly balances: Balance[] = [];
  /** What was to be zero at the end and is not, by name. */
  readonly residues: Map<string, number> = new Map();
  /** Faults that the code under test has reported as errors of its own, such as events that are lost for good. */
  readonly errors: string[] = [];
  /** When the last fault was healed. */
  healedMs: number | undefined;
  /** When the processes began to end. What is decided from then on may have nobody left to do it. */
  endingMs: number = Number.POSITIVE_INFINITY;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get nowMs(): number {
    return this.#now();
  }

  invoke(operation: Pick<Operation, "id" | "address" | "kind" | "client">): Operation {
    const record: Operation = {
      ...operation,
      invokedMs: this.#now(),
      endedMs: undefined,
      outcome: "open",
      version: undefined,
      code: undefined,
      isStored: false,
    };
    this.operations.push(record);
    return record;
  }

  end(operation: Operation, outcome: Operation["outcome"], version?: number): void {
    operation.outcome = outcome;
    operation.endedMs = this.#now();
    operation.version = version;
  }

  started(start: Omit<StartFact, "atMs">): void {
    this.starts.push({ ...start, atMs: this.#now() });
  }

  acknowledged({ address, generation, events }: EventBatch): void {
    const index = events.at(-1)?.index ?? 0;
    const placements = this.placements.length;
    this.eventAcks.push({ address, generation, index, placements });
  }

  /** One text for everything, to compare runs of the same seed. */
  digest(): string {
    const { operations, accepted, placements, commands, events } = this;
    return JSON.stringify({ operations, accepted, placements, commands, events });
  }
}
