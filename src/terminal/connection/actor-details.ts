import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { ActorDetail } from "../../wire/answers.ts";
import type { ConsoleClient } from "./console-client.ts";

const EVERY_MS = 2_000;

export interface ActorDetailsOptions {
  readonly client: ConsoleClient;
  readonly clock: Clock;
  onChange(): void;
}

/**
 * Details of the inspected actor that frames do not carry. They are refreshed as long as the actor is
 * inspected.
 */
export class ActorDetails {
  readonly #options: ActorDetailsOptions;
  #id: string | undefined;
  #abort = new AbortController();
  #next: ClockTimer | undefined;
  #current: ActorDetail | undefined;

  constructor(options: ActorDetailsOptions) {
    this.#options = options;
  }

  /** The latest details of the inspected actor; `undefined` before the first response. */
  get current(): ActorDetail | undefined {
    return this.#current;
  }

  /** Switches to another actor; `undefined` stops the requests. */
  follow(id: string | undefined): void {
    if (id === this.#id) return;
    this.close();
    this.#id = id;
    this.#current = undefined;
    if (id !== undefined) void this.#ask(id); // never rejects
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
      // Details are optional: without them, the pane shows what frames contain.
    }
    if (signal.aborted) return;
    this.#next = clock.schedule(() => void this.#ask(id), EVERY_MS, KeepAlive.No);
  }
}
