import type { AnyHandler } from "../../actor/mailbox/route.ts";
import { isThenable, toPromise } from "../../base/foreign-value.ts";
import type { ScheduleBook } from "./schedule-book.ts";
import type { ScheduleEntry } from "./schedule-entry.ts";

/** The message of a schedule that is due. It is on its way to one life of one activation, and has no effect in others. */
export class Fire {
  readonly entry: ScheduleEntry;
  readonly #book: ScheduleBook;

  constructor(book: ScheduleBook, entry: ScheduleEntry) {
    this.#book = book;
    this.entry = entry;
  }

  /**
   * Runs the handler, unless the schedule was cancelled or replaced while the message waited. Returns when the result
   * is buffered together with the changes of the handler; it throws what the handler throws.
   */
  run(c: unknown, handler: AnyHandler): unknown {
    const { entry } = this;
    const book = this.#book;
    if (!book.begin(entry)) return undefined;
    let result: unknown;
    try {
      result = handler(c, ...entry.record.args);
    } catch (thrown) {
      book.fail(entry, thrown);
      throw thrown;
    }
    if (isThenable(result)) return this.#await(toPromise(result));
    book.succeed(entry);
    return undefined;
  }

  async #await(result: Promise<unknown>): Promise<void> {
    try {
      await result;
    } catch (thrown) {
      this.#book.fail(this.entry, thrown);
      throw thrown;
    }
    this.#book.succeed(this.entry);
  }
}
