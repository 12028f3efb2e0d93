import type { MetaRecord } from "../records/meta-record.ts";
import type { Owner } from "../records/record-keys.ts";
import type { Activation } from "./activation.ts";
import type { StartRecord } from "./start-record.ts";

/** What a part of an actor contributes to the actor's record. */
export type PartCounts = Partial<Pick<MetaRecord, "schedules" | "queued" | "sequence">>;

/**
 * What one life of a keyed actor has besides its state: its schedules, queues, values or database. Made when the records
 * of the actor have been loaded, or when it is used. It buffers writes in `activation.writer.writes`, waits for their commit with
 * `activation.writer.stored()`, and keeps the actor awake with `activation.holds`.
 */
export interface LifePart<Member> {
  /** The member of `c`. */
  readonly member: Member;
  /** Steps of the start, before the state is created. Not called for a part that is made later. */
  begin?(record: StartRecord): Promise<void> | undefined;
  /** Called when the life is about to handle its first message, unless the part is made later. */
  ready?(): void;
  /** What it contributes to the actor's record; read by every commit. */
  counts?(): PartCounts;
  /** Buffers the removal of what is not under the sections of the actor. Called before the commit of a `destroy`. */
  remove?(): void;
  /** Called after the commit of a `destroy`, before or after {@link LifePart.close}. */
  removed?(): Promise<void>;
  /** Performs what a viewer asks for. Returns whether there was such a schedule or message. */
  operate?(operation: PartOperation): Promise<boolean> | boolean;
  /** Ends with the life, before a restart and before the actor has ended. It buffers nothing afterwards. */
  close(): Promise<void> | undefined;
}

/** What viewers may do to the schedules and queues of an actor, among other things. */
export type PartOperation =
  | { readonly action: "wake" | "sleep" | "destroy" }
  | { readonly action: "cancel_schedule" | "run_schedule"; readonly scheduleId: string }
  | { readonly action: "requeue"; readonly queue: string; readonly messageId: string };

/** Makes one part of each life. */
export interface PartFactory<Member> {
  /** Prefixes that the start of an actor has to read. */
  prefixes?(owner: Owner): readonly string[];
  /**
   * Whether the start of a life needs the part: something of it is stored, or the definition asks for it. Otherwise it
   * is made when code uses it. Called when the records have been loaded.
   */
  isNeeded(activation: Activation): boolean;
  /** Creates the part of a life from what was loaded, `activation.loaded`. */
  create(activation: Activation): LifePart<Member>;
}

/** The parts by the name of their member of `c`. Those of a missing factory are not available yet. */
export interface PartFactories {
  readonly schedule?: PartFactory<unknown>;
  readonly queue?: PartFactory<unknown>;
  readonly kv?: PartFactory<unknown>;
  readonly db?: PartFactory<unknown>;
}
export type PartName = keyof PartFactories;

/** The parts in the order in which they begin. */
export const PART_NAMES: readonly PartName[] = ["db", "kv", "schedule", "queue"];
