import {
  type ActorConnection,
  type CallError,
  type Client,
  createClient,
} from "../../src/client.ts";
import type { Ledger, LedgerActors, LedgerSeen } from "./ledger-gateway.ts";

/** How a call has ended, for its caller. */
export type Ending = "answered" | "not_handled" | "unknown";

/** What is known of a call. */
export interface Call {
  readonly id: string;
  readonly caller: string;
  readonly key: string;
  readonly isIdempotent: boolean;
  readonly ending: Ending;
  readonly error: CallError | undefined;
}

/** Longer than any restart. */
const TIMEOUT_MS = 120_000;
const RETRIES = 9;

/** A page that shows a ledger, as a page should be written: events add to it, and a resync reads it anew. */
export class LedgerPage {
  readonly key: string;
  readonly connection: ActorConnection<LedgerSeen>;
  /** Ids that are shown; `undefined` while they are read. */
  shown: Set<string> | undefined;
  readonly resyncs: string[] = [];
  readonly doubled: string[] = [];
  losses = 0;

  constructor(client: Client<LedgerActors>, key: string) {
    this.key = key;
    this.connection = client.ledger.get(key).connect();
    this.connection.on("entered", (id) => {
      if (this.shown?.has(id) === true) this.doubled.push(id);
      this.shown?.add(id);
    });
    this.connection.onStatus((status) => {
      if (status === "reconnecting") this.losses += 1;
    });
    this.connection.onResync(async ({ reason }) => {
      this.resyncs.push(reason);
      this.shown = undefined;
      this.shown = new Set(Object.keys(await this.connection.ask.runs()));
    });
  }
}

/** Clients that call ledgers one call after the other, each in its way, until they are stopped. */
export class LedgerClients {
  readonly calls: Call[] = [];
  readonly pages: readonly LedgerPage[];
  /** Answers over HTTP that have arrived, by status, as fetch has seen them. */
  readonly statuses: Record<string, number> = {};
  readonly #clients: readonly Client<LedgerActors>[];
  readonly #callers: readonly Promise<void>[];
  readonly #waiting = new Set<() => void>();
  #isStopped = false;

  constructor(url: string, keys: readonly string[]) {
    const settings = { retries: RETRIES, timeoutMs: TIMEOUT_MS, fetch: this.#fetch };
    const made = keys.map((key) => ({ key, client: createClient<LedgerActors>(url, settings) }));
    this.#clients = made.map(({ client }) => client);
    this.pages = made.map(({ key, client }) => new LedgerPage(client, key));
    this.#callers = this.pages.flatMap((page, at) => {
      const handle = this.#clients[at]?.ledger.get(page.key);
      return [handle, page.connection].flatMap((way, index) => {
        if (way === undefined) return [];
        const name = `${page.key} ${index === 0 ? "http" : "socket"}`;
        const put = way.with({ idempotent: true }).ask.put;
        return [
          this.#call(page.key, `${name} put`, true, put),
          this.#call(page.key, `${name} add`, false, way.with({}).ask.add),
        ];
      });
    });
  }

  /** Resolves when each caller has got so many more answers: a call that waits to be repeated has got through. */
  async answered(more: number): Promise<void> {
    const from = this.calls.length;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        const answers = new Map<string, number>();
        for (const { caller, ending } of this.calls.slice(from)) {
          if (ending === "answered") answers.set(caller, (answers.get(caller) ?? 0) + 1);
        }
        const enough = [...answers.values()].filter((count) => count >= more).length;
        if (enough < this.#callers.length) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  /** Lets the calls under way end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#callers);
  }

  /** Reads a ledger. */
  read(key: string): Promise<Ledger> {
    const [client] = this.#clients;
    if (client === undefined) throw new Error("there are no clients");
    return client.ledger.get(key).with({ idempotent: true }).ask.runs();
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.$close()));
  }

  readonly #fetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    this.statuses[response.status] = (this.statuses[response.status] ?? 0) + 1;
    return response;
  };

  async #call(
    key: string,
    name: string,
    isIdempotent: boolean,
    call: (id: string) => Promise<unknown>,
  ): Promise<void> {
    for (let number = 0; !this.#isStopped; number += 1) {
      const id = `${name} ${number}`;
      const error = await call(id).then(
        () => undefined,
        (reason: CallError) => reason,
      );
      const ending = error === undefined ? "answered" : (error.outcome as Ending);
      this.calls.push({ id, caller: name, key, isIdempotent, ending, error });
      for (const look of this.#waiting) look();
      // Calls that fail at once would be made again and again while there is no server. What is tested does not depend
      // on how long this is: it is a real timer since the load is on real processes.
      if (error !== undefined) await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
