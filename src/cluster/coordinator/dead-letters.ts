import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { type DeadLetter, readDeadLetter } from "../codec/dead-letter.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { StoredMessage } from "../engine/log.ts";

/** A dead letter, and where it is stored. */
export interface StoredDeadLetter extends DeadLetter {
  /** Number in the log of dead letters. */
  readonly sequence: number;
  /** Milliseconds since the epoch, by the clock of the engine. */
  readonly storedAtMs: number;
}

/** A part of the dead letters, oldest first. */
export interface DeadLetterPage {
  readonly letters: readonly StoredDeadLetter[];
  /** What to pass as `after` for the next page; `undefined` at the end. */
  readonly next: number | undefined;
}

const PAGE = 64;

/** The log of dead letters, for viewers. May be used on every node. */
export class DeadLetters {
  readonly #session: Pick<EngineSession, "deadLetters" | "commands" | "events">;

  constructor(session: Pick<EngineSession, "deadLetters" | "commands" | "events">) {
    this.#session = session;
  }

  /** Returns the letters after a number. What else is in the log is left out. Rejects as the engine does. */
  async list(after = 0): Promise<DeadLetterPage> {
    const messages = await this.#session.deadLetters.read({ filter: "", after, limit: PAGE });
    const next = messages.length < PAGE ? undefined : messages.at(-1)?.sequence;
    return { letters: messages.flatMap(toLetters), next };
  }

  /** Number of letters. Rejects as the engine does. */
  async count(): Promise<number> {
    return (await this.#session.deadLetters.state()).messages;
  }

  /**
   * Appends a message to the log that it came from again, and removes the letter. If this is repeated, or ends between the
   * two, the message may be stored twice: its checkpoint tells them apart. A command of a generation that is over has no
   * effect any more.
   *
   * @throws ClusterError `ERR_ENGINE_CONFLICT` if there is no such letter
   */
  async resend(sequence: number): Promise<void> {
    const letter = await this.#find(sequence);
    const { commands, events, deadLetters } = this.#session;
    const log = letter.log === "cmd" ? commands : events;
    await log.append({
      id: `again:${letter.id}:${sequence}`,
      subject: letter.subject,
      headers: letter.headers,
      body: letter.body,
    });
    await deadLetters.delete(sequence);
  }

  /** Removes a letter. Resolves also if it is not there. Rejects as the engine does. */
  async discard(sequence: number): Promise<void> {
    await this.#session.deadLetters.delete(sequence);
  }

  async #find(sequence: number): Promise<StoredDeadLetter> {
    const after = sequence - 1;
    const [message] = await this.#session.deadLetters.read({ filter: "", after, limit: 1 });
    const [letter] = message?.sequence === sequence ? toLetters(message) : [];
    if (letter !== undefined) return letter;
    throw new ClusterError(`there is no dead letter ${sequence}`, {
      code: ErrorCode.EngineConflict,
    });
  }
}

function toLetters(message: StoredMessage): StoredDeadLetter[] {
  const { sequence, storedAtMs } = message;
  try {
    return [{ ...readDeadLetter(message), sequence, storedAtMs }];
  } catch {
    return []; // something else was stored there
  }
}
