import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { ActorDetail } from "../../wire/answers.ts";
import type { ConsoleClient } from "./console-client.ts";

const EVERY_MS = 2_000;

export interface ActorDetailsOptions {
  readonly client: ConsoleClient;
  readonly clock: Clock;
  onChange(): void;
}

/** What the console knows of one actor beside its row, asked for as long as that actor is looked at. */
export class ActorDetails {
  readonly #options: ActorDetailsOptions;
  #id: string | undefined;
  #abort = new AbortController();
  #next: ClockTimer | undefined;
  #current: ActorDetail | undefined;

  constructor(options: ActorDetailsOptions) {
    this.#options = options;
  }

  /** The last answer about the actor that is looked at; `undefined` before there is one. */
  get current(): ActorDetail | undefined {
    return this.#current;
  }

  /** Looks at another actor; at none with `undefined`. */
  follow(id: string | undefined): void {
    if (id === this.#id) return;
    this.close();
    this.#id = id;
    this.#current = undefined;
    if (id !== undefined) void this.#ask(id); // it never rejects
  }

  close(): void {
    this.#next?.cancel();
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  async #ask(id: string): Promise<void> {
    const { client, clock, onChange } = this.#options;
    const { signal } = this.#abort;
    try {
      const path = `api/actors/${encodeURIComponent(id)}`;
      const response = await client.get(path, "application/json", { signal });
      const detail = (await response.json()) as ActorDetail;
      if (signal.aborted) return;
      this.#current = detail;
      onChange();
    } catch {
      // The pane shows what frames tell; that there is more to tell is all that is lost.
    }
    if (signal.aborted) return;
    this.#next = clock.schedule(() => void this.#ask(id), EVERY_MS, KeepAlive.No);
  }
}
