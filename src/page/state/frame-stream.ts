import type { Frame } from "../../wire/answers.ts";
import { apiAddress } from "./api-address.ts";
import { Connection } from "./worker-messages.ts";

const EVENTS = "events?rate=4";
const RETRY_MS = 2_000;

/** Receives frames and connection states. */
export interface FrameListener {
  /** Returns `false` if an earlier frame is missing. */
  frame(frame: Frame): boolean;
  connection(connection: Connection): void;
}

/** The stream of the process's frames. It reconnects after interruptions. */
export class FrameStream {
  readonly #listener: FrameListener;
  #source: EventSource | undefined;
  #told: Connection | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /** Connects, unless already connected. */
  open(): void {
    if (this.#source !== undefined) return;
    clearTimeout(this.#retry);
    // Retries are not reported: the last problem stays visible until it is solved.
    if (this.#told === undefined) this.#tell(Connection.Connecting);
    const source = new EventSource(apiAddress(EVENTS));
    this.#source = source;
    source.addEventListener("frame", (event) => this.#take(event.data));
    source.onopen = () => this.#tell(Connection.Live);
    source.onerror = () => this.#broken(source);
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }

  #take(data: string): void {
    const frame = JSON.parse(data) as Frame;
    if (this.#listener.frame(frame)) return;
    // A new connection starts with a full frame.
    this.close();
    this.open();
  }

  #broken(source: EventSource): void {
    if (this.#told !== Connection.Refused) this.#tell(Connection.Lost);
    // EventSource reconnects by itself unless the server has refused.
    if (source.readyState !== EventSource.CLOSED || this.#source !== source) return;
    this.close();
    void this.#explain();
    this.#retry = setTimeout(() => this.open(), RETRY_MS);
  }

  #tell(connection: Connection): void {
    this.#told = connection;
    this.#listener.connection(connection);
  }

  async #explain(): Promise<void> {
    try {
      const { status } = await fetch(apiAddress("summary"));
      if (status === 401 || status === 403) this.#tell(Connection.Refused);
    } catch {
      if (this.#source === undefined) this.#tell(Connection.Lost); // the process cannot be reached
    }
  }
}
