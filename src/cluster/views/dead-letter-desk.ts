import { ErrorCode, LimelightError, UsageError } from "../../base/errors.ts";
import type { DeadLetterPage } from "../../monitor/cluster/cluster-views.ts";
import type { ClusterDeadLetterRow } from "../../wire/cluster.ts";
import { keyIdOf } from "../../wire/keys.ts";
import { readCommand } from "../codec/command-codec.ts";
import { type DeadLetter, DeadLetterLog, readDeadLetter } from "../codec/dead-letter.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { StoredMessage } from "../engine/log.ts";
import { ownerAt } from "../protocol/address.ts";
import { type Command, CommandKind } from "../protocol/commands.ts";
import type { CoordinatorRequest } from "../protocol/place.ts";
import { PlacementReason } from "../protocol/placement-record.ts";

type Row = Omit<ClusterDeadLetterRow, "system">;

/** What dead letters are handled with. */
export interface DeadLetterParts {
  readonly session: Pick<EngineSession, "commands" | "events" | "deadLetters">;
  readonly nodeId: string;
  /** Asks the coordinator. Rejects with the code of a refusal. */
  readonly ask: (request: CoordinatorRequest) => Promise<unknown>;
}

/** How long the coordinator may take for a command that is sent once more. */
const WAIT_MS = 5_000;
const WAS_READ = "what cannot be read";

/** The dead letters of a cluster, for viewers. */
export class DeadLetterDesk {
  readonly #parts: DeadLetterParts;

  constructor(parts: DeadLetterParts) {
    this.#parts = parts;
  }

  async page(after: string | undefined, limit: number): Promise<DeadLetterPage> {
    const { deadLetters } = this.#parts.session;
    const from = after === undefined ? 0 : sequenceOf(after);
    const found = await deadLetters.read({ filter: "", after: from, limit });
    const last = found.at(-1);
    return {
      deadLetters: found.map(rowOf),
      cursor: last === undefined || found.length < limit ? undefined : String(last.sequence),
    };
  }

  /**
   * Has a dead letter handled once more, and deletes it. A command that can be read is asked of the coordinator anew: its
   * own place in the order of its activation is lost. Anything else goes to its log as it was.
   */
  async resend(id: string): Promise<boolean> {
    const stored = await this.#find(id);
    if (stored === undefined) return false;
    const letter = readDeadLetter(stored);
    const command = commandOf(letter);
    if (command === undefined) await this.#append(letter, id);
    else await this.#parts.ask(this.#requestOf(command));
    await this.#parts.session.deadLetters.delete(stored.sequence);
    return true;
  }

  async discard(id: string): Promise<boolean> {
    const stored = await this.#find(id);
    if (stored === undefined) return false;
    await this.#parts.session.deadLetters.delete(stored.sequence);
    return true;
  }

  #requestOf(command: Command): CoordinatorRequest {
    const { address } = command.checkpoint;
    const common = { from: this.#parts.nodeId, address, waitMs: WAIT_MS };
    switch (command.kind) {
      case CommandKind.Start:
        return {
          ...common,
          kind: "place",
          reason: PlacementReason.Requested,
          ...(command.data === undefined ? {} : { input: command.data }),
        };
      case CommandKind.Signal:
        if (command.signal === undefined) break;
        return {
          ...common,
          kind: "signal",
          signal: command.signal,
          ...(command.reason === undefined ? {} : { reason: command.reason }),
          ...(command.data === undefined ? {} : { data: command.data }),
        };
      case CommandKind.Stop:
      case CommandKind.Drain:
        break;
    }
    throw new UsageError(
      `a ${command.kind} belongs to an activation that is over: it can only be discarded`,
      { code: ErrorCode.InvalidOption },
    );
  }

  async #append({ log, subject, headers, body }: DeadLetter, id: string): Promise<void> {
    const { commands, events } = this.#parts.session;
    const target = log === DeadLetterLog.Commands ? commands : events;
    await target.append({ id: `resent:${log}:${id}`, subject, headers, body });
  }

  async #find(id: string): Promise<StoredMessage | undefined> {
    const sequence = sequenceOf(id);
    const { deadLetters } = this.#parts.session;
    const [found] = await deadLetters.read({ filter: "", after: sequence - 1, limit: 1 });
    return found?.sequence === sequence ? found : undefined;
  }
}

function sequenceOf(id: string): number {
  const sequence = /^[1-9]\d{0,15}$/.test(id) ? Number(id) : Number.NaN;
  if (Number.isSafeInteger(sequence)) return sequence;
  throw new UsageError("the id of a dead letter is its number", { code: ErrorCode.InvalidOption });
}

function rowOf(stored: StoredMessage): Row {
  const { sequence, storedAtMs, body } = stored;
  const common = { id: String(sequence), storedAtMs, bytes: body.byteLength };
  const letter = orUndefined(() => readDeadLetter(stored));
  if (letter === undefined) {
    const unread = { key: null, what: null, reason: ErrorCode.ProtocolInvalid, text: WAS_READ };
    return { ...common, ...unread, log: "unknown", attempts: 0 };
  }
  const { log, subject, reason, text, attempts } = letter;
  const owner = ownerAt(subject.split(".").slice(1).join("."));
  return {
    ...common,
    log: log === DeadLetterLog.Commands ? "commands" : "events",
    key: owner === undefined ? null : keyIdOf(owner.type, owner.keyText),
    what: whatOf(commandOf(letter)),
    reason,
    text,
    attempts,
  };
}

function whatOf(command: Command | undefined): string | null {
  if (command === undefined) return null;
  const { kind, signal } = command;
  return signal === undefined ? kind : `${kind} ${signal}`;
}

/** Returns the command of a dead letter; `undefined` for an event, and for one that cannot be read. */
function commandOf({ log, subject, headers, body }: DeadLetter): Command | undefined {
  if (log !== DeadLetterLog.Commands) return undefined;
  return orUndefined(() => readCommand({ subject, headers, body }));
}

/** Only what the protocol refuses counts as unreadable. */
function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (LimelightError.is(error)) return undefined;
    throw error;
  }
}
