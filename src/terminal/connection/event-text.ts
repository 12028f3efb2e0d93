/** A server-sent event. */
export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/**
 * Parses a stream of server-sent events that arrives in chunks.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation |
 * Interpreting an event stream}
 */
export class EventText {
  #begun: string[] = [];
  #id = "";
  #event = "";
  #data: string[] = [];

  /** Returns the events that `piece` completes. */
  push(piece: string): readonly ServerEvent[] {
    const events: ServerEvent[] = [];
    let from = 0;
    for (let end = piece.indexOf("\n"); end !== -1; end = piece.indexOf("\n", from)) {
      const line = this.#begun.join("") + piece.slice(from, end);
      this.#begun = [];
      from = end + 1;
      const event = this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (event !== undefined) events.push(event);
    }
    // Chunks are joined only once: a frame with many actors arrives in hundreds of them.
    if (from < piece.length) this.#begun.push(piece.slice(from));
    return events;
  }

  #take(line: string): ServerEvent | undefined {
    if (line === "") return this.#finish();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined; // a comment, which serves as heartbeat
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    switch (field) {
      case "id":
        this.#id = value;
        return undefined;
      case "event":
        this.#event = value;
        return undefined;
      case "data":
        this.#data.push(value);
        return undefined;
      default:
        return undefined;
    }
  }

  #finish(): ServerEvent | undefined {
    const { length } = this.#data;
    const event = { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") };
    this.#event = "";
    this.#data = [];
    return length === 0 ? undefined : event;
  }
}
