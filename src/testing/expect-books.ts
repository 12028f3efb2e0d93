import type { ActorSystem, Books } from "../actor/definition/actor-system.ts";
import { ErrorCode, LimelightError } from "../base/errors.ts";

/**
 * Returns one sentence for each equation of `books` that does not hold; empty when they balance.
 *
 * @example
 * ```ts
 * findImbalances(system.books()); // []
 * ```
 */
export function findImbalances(books: Books): string[] {
  const { started, stopped, active, sent, handled, processing, waiting } = books;
  const { deadLetters, rejected, imbalances, levels } = books;
  const problems: string[] = [];
  if (started - stopped !== active) {
    problems.push(`started ${started} − stopped ${stopped} ≠ active ${active}`);
  }
  const accounted = handled + processing + waiting + deadLetters + rejected;
  if (sent !== accounted) {
    problems.push(
      `sent ${sent} ≠ handled ${handled} + processing ${processing} + waiting ${waiting}` +
        ` + dead letters ${deadLetters} + rejected ${rejected}`,
    );
  }
  if (imbalances !== 0) problems.push(`${imbalances} decrements without an increment`);
  // A node of a cluster holds its lease and its connection also while it runs no actor.
  const left = Object.entries(levels).filter(([key]) => !key.startsWith("cluster."));
  if (active === 0 && left.length > 0) {
    problems.push(`no actor is alive, yet ${JSON.stringify(Object.fromEntries(left))}`);
  }
  return problems;
}

/**
 * Checks that no actor and no message is unaccounted for: started − stopped = active; sent = handled +
 * processing + waiting + dead letters + rejected; no gauge was decremented below zero; and with no actor
 * alive, all are zero.
 *
 * The equations hold at any moment outside a handler.
 *
 * @throws LimelightError `ERR_BOOKS_IMBALANCE` naming each equation that does not hold
 * @example
 * ```ts
 * await system.shutdown();
 * expectBooks(system); // throws if an actor or a message is unaccounted for
 * ```
 */
export function expectBooks(system: ActorSystem): void {
  const problems = findImbalances(system.books());
  if (problems.length === 0) return;
  throw new LimelightError(`the books of ${system.name} do not balance: ${problems.join("; ")}`, {
    code: ErrorCode.BooksImbalance,
  });
}
