import { Catalogue } from "../../telemetry/catalogue.ts";
import type { Books } from "../definition/actor-system.ts";
import type { SystemRuntime } from "./system-runtime.ts";

/** Returns the totals of a system. */
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
