import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { ClusterRow, Clusters } from "../../wire/cluster.ts";
import type { ConsoleClient } from "./console-client.ts";

const EVERY_MS = 3_000;

export interface ClusterLooksOptions {
  readonly client: ConsoleClient;
  readonly clock: Clock;
  onChange(): void;
}

/** Reads the clusters of the process again and again, as long as they are looked at. */
export class ClusterLooks {
  readonly #options: ClusterLooksOptions;
  #abort: AbortController | undefined;
  #next: ClockTimer | undefined;
  #current: readonly ClusterRow[] | undefined;
  #problem: string | undefined;

  constructor(options: ClusterLooksOptions) {
    this.#options = options;
  }

  /** What was read last; `undefined` before the first answer. */
  get current(): readonly ClusterRow[] | undefined {
    return this.#current;
  }

  /** Why the last read has failed; `undefined` if it has not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** @param isWanted false ends the requests */
  follow(isWanted: boolean): void {
    if (isWanted === (this.#abort !== undefined)) return;
    this.close();
    if (!isWanted) return;
    this.#abort = new AbortController();
    void this.#look(this.#abort.signal); // never rejects
  }

  close(): void {
    this.#next?.cancel();
    this.#abort?.abort();
    this.#abort = undefined;
    this.#current = undefined;
    this.#problem = undefined;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { client, clock, onChange } = this.#options;
    try {
      const response = await client.get("api/cluster", "application/json", { signal });
      const { clusters } = (await response.json()) as Clusters;
      if (signal.aborted) return;
      this.#current = clusters;
      this.#problem = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    onChange();
    this.#next = clock.schedule(() => void this.#look(signal), EVERY_MS, KeepAlive.No);
  }
}
