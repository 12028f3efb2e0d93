import { Catalogue } from "../../telemetry/catalogue.ts";
import type { SystemRuntime } from "./system-runtime.ts";

/** Everything a system has counted, so that it can be checked that nothing went missing. */
export interface Books {
  readonly started: number;
  readonly stopped: number;
  /** Actors alive, whatever their state. */
  readonly active: number;
  readonly sent: number;
  /** Messages whose handler has ended. */
  readonly handled: number;
  /** Messages whose handler is awaiting. */
  readonly processing: number;
  readonly waiting: number;
  readonly deadLetters: number;
  readonly rejected: number;
  /** Decrements that would have made a gauge negative. */
  readonly imbalances: number;
  /** Gauges that are not zero, as `name{attributes}` and value. */
  readonly levels: Readonly<Record<string, number>>;
}

/** Reads a system's books. */
export function readBooks({ book }: SystemRuntime): Books {
  return {
    started: book.total(Catalogue.Started),
    stopped: book.total(Catalogue.Stopped),
    active: book.total(Catalogue.Active),
    sent: book.total(Catalogue.Sent),
    handled: book.total(Catalogue.Handled),
    processing: book.total(Catalogue.ProcessActive),
    waiting: book.total(Catalogue.MailboxDepth),
    deadLetters: book.total(Catalogue.DeadLetters),
    rejected: book.total(Catalogue.Rejected),
    imbalances: book.imbalances.total,
    levels: Object.fromEntries(book.nonZeroLevels().map(({ key, value }) => [key, value])),
  };
}
