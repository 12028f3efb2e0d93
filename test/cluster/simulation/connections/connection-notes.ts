/** Something that the user of a connection has seen. */
export type Seen =
  /** The connection is open, and goes on after a position. */
  | { readonly kind: "opened"; readonly position: string; readonly gap: string | undefined }
  | { readonly kind: "event"; readonly position: string; readonly body: string }
  /** Told while it was open: events up to a position are missing. */
  | { readonly kind: "gap"; readonly position: string; readonly gap: string }
  | { readonly kind: "ended" };

/** The events of one activation of an actor, as they were published. */
export interface PublishedEvents {
  readonly address: string;
  readonly generation: number;
  readonly bodies: string[];
}

/** A user with a connection to one actor, which is made anew whenever it breaks. */
export interface Reader {
  readonly name: string;
  readonly address: string;
  readonly seen: Seen[];
}

/** A position, taken apart. */
export interface Place {
  /** Names the activation. */
  readonly feed: string;
  readonly number: number;
}

export function placeOf(position: string): Place {
  const at = position.lastIndexOf(".");
  return { feed: position.slice(0, at), number: Number(position.slice(at + 1)) };
}

/** What was published, and what has come to the users of connections. */
export class ConnectionNotes {
  readonly feeds: Map<string, PublishedEvents> = new Map();
  readonly readers: Reader[] = [];
  /** Users that had not everything when there was nothing more to come. */
  unseen: readonly Reader[] = [];
  /** The activation of the highest generation of each actor. */
  readonly #latest = new Map<string, { readonly feed: string; readonly generation: number }>();

  /** An activation runs. @param position its position before the first event */
  began(address: string, generation: number, position: string): void {
    const { feed } = placeOf(position);
    this.feeds.set(feed, { address, generation, bodies: [] });
    const latest = this.#latest.get(address)?.generation ?? 0;
    if (generation >= latest) this.#latest.set(address, { feed, generation });
  }

  published(position: string, body: string): void {
    this.feeds.get(placeOf(position).feed)?.bodies.push(body);
  }

  reader(name: string, address: string): Reader {
    const reader: Reader = { name, address, seen: [] };
    this.readers.push(reader);
    return reader;
  }

  /** All faults are over, and everything had its time. */
  conclude(): void {
    this.unseen = this.readers.filter((reader) => !this.isCurrent(reader));
  }

  /** Whether a user has everything that its actor has published last, or was told that something is missing. */
  isCurrent({ address, seen }: Reader): boolean {
    const last = seen.at(-1);
    if (last === undefined || last.kind === "ended") return false;
    const { feed, number } = placeOf(last.position);
    const published = this.feeds.get(feed)?.bodies.length ?? 0;
    return this.#latest.get(address)?.feed === feed && number === published;
  }
}
