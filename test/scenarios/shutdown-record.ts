import { nextTurn } from "../../src/base/node-timers.ts";
import type { ActorSystem, Books, ShutdownReport } from "../../src/index.ts";
import type { LineBook } from "./line-book.ts";

/** Counts before and after the shutdown of a scenario, against which its report is checked. */
export class ShutdownRecord {
  /** Kills that scripts have asked for. */
  scriptedKills = 0;
  /** Dead letters, ends by a kill, and those that scripts asked for, before the shutdown was requested. */
  lettersBefore = 0;
  killsBefore = 0;
  scriptedKillsBefore = 0;
  booksAtEnd: Books | undefined = undefined;
  /** Dead letters in the turn in which the shutdown ended, before or after its report was made. */
  lettersOfLastTurn = 0;
  readonly #system: ActorSystem;
  readonly #lines: LineBook;
  #requested = false;
  #inTurn = false;
  #lettersBeforeTurn = 0;

  constructor(system: ActorSystem, lines: LineBook) {
    this.#system = system;
    this.#lines = lines;
  }

  /** Requests the shutdown. */
  request(): Promise<ShutdownReport> {
    const first = !this.#requested;
    if (first) this.#noteBefore();
    const report = this.#system.shutdown();
    if (first) void report.then(() => this.#noteAfter());
    return report;
  }

  /**
   * Notes the number of dead letters at the beginning of a turn of the event loop.
   *
   * @param letters how many there are, without one that has just come
   */
  noteTurn(letters: number): void {
    if (!this.#inTurn) this.#lettersBeforeTurn = letters;
    this.#inTurn = true;
    void nextTurn().then(() => {
      this.#inTurn = false;
    });
  }

  #noteBefore(): void {
    this.#requested = true;
    this.lettersBefore = this.#system.deadLetters.total;
    this.killsBefore = this.#lines.kills;
    this.scriptedKillsBefore = this.scriptedKills;
    this.noteTurn(this.lettersBefore);
  }

  #noteAfter(): void {
    this.lettersOfLastTurn = this.#system.deadLetters.total - this.#lettersBeforeTurn;
    this.booksAtEnd = this.#system.books();
  }
}
