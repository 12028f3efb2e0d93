import type { LinkEnding, Outlet } from "../access/link.ts";
import type { ConnectionRecord } from "./connection-record.ts";
import type { EventRing } from "./event-ring.ts";

/** Calls a gateway. One that throws must not keep others waiting; its error is reported. */
export type Guard = (call: () => void) => void;

/** Where the events of one activation go: an outlet for each gateway that has connections to it. */
export class Outlets {
  /** Number of connections, by outlet. */
  readonly #connections = new Map<Outlet, number>();

  add(outlet: Outlet): void {
    this.#connections.set(outlet, (this.#connections.get(outlet) ?? 0) + 1);
  }

  remove(outlet: Outlet): void {
    const rest = (this.#connections.get(outlet) ?? 0) - 1;
    if (rest > 0) this.#connections.set(outlet, rest);
    else this.#connections.delete(outlet);
  }

  /** Tells all of them that the feed has grown. */
  advanced(ring: EventRing, guard: Guard): void {
    for (const outlet of this.#connections.keys()) guard(() => outlet.advanced(ring));
  }
}

/** Tells each gateway once which of its connections end. */
export function endTogether(
  records: Iterable<ConnectionRecord>,
  ending: LinkEnding,
  guard: Guard,
): void {
  const byOutlet = new Map<Outlet, string[]>();
  for (const record of records) {
    if (record.told || !record.opened) continue; // one that was not handed over is refused by its answer
    record.told = true;
    const ids = byOutlet.get(record.outlet);
    if (ids === undefined) byOutlet.set(record.outlet, [record.id]);
    else ids.push(record.id);
  }
  for (const [outlet, ids] of byOutlet) guard(() => outlet.ended(ids, ending));
}
