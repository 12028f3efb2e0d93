import { WebSocket } from "ws";
import { type ActorConnection, type Client, createClient } from "../../src/client.ts";
import type { EventDefinition, Faceted, Facets } from "../../src/index.ts";

interface Messages {
  tick(c: never): number;
  count(c: never): number;
  echo(c: never, text: string): string;
  used(c: never): number;
  people(c: never): number;
}
type CrowdSeen = Facets<
  Messages,
  unknown,
  { readonly ticked: EventDefinition<number> },
  undefined,
  undefined
>;
/** A list of definitions, as `expose` would type them. */
export type CrowdActors = readonly [{ readonly type: "crowd" } & Faceted<CrowdSeen>];

/** A gateway takes 256 sockets of an address by default. */
const SOCKETS_PER_ADDRESS = 250;

/** Sockets of one client, from an address of its own, whose close codes are kept. */
function socketsFrom(localAddress: string, codes: number[]): typeof globalThis.WebSocket {
  class AddressedSocket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { localAddress, perMessageDeflate: false });
      this.on("error", () => {}); // told by `close`
      this.on("close", (code) => codes.push(code));
    }
  }
  return AddressedSocket as never;
}

/** Someone in the crowd: a client with a socket, who follows the number. */
export class Member {
  readonly client: Client<CrowdActors>;
  readonly connection: ActorConnection<CrowdSeen>;
  /** Codes with which sockets were closed; 1006 for attempts without a server. */
  readonly codes: number[] = [];
  /** What was missed without being told, or came twice. */
  readonly wrong: string[] = [];
  resyncs = 0;
  /** The number that is known; `undefined` while it is read. */
  shown: number | undefined;

  constructor(url: string, address: string, changed: () => void) {
    const options = { WebSocket: socketsFrom(address, this.codes), timeoutMs: 120_000 };
    this.client = createClient<CrowdActors>(url, options);
    this.connection = this.client.crowd.get("square").connect();
    this.connection.on("ticked", (number) => {
      if (this.shown === undefined) return;
      if (number !== this.shown + 1) this.wrong.push(`${number} after ${this.shown}`);
      this.shown = number;
      changed();
    });
    this.connection.onResync(async ({ reason }) => {
      if (reason !== "first") this.resyncs += 1;
      this.shown = undefined;
      this.shown = await this.connection.ask.count();
      changed();
    });
    this.connection.onStatus(changed);
  }
}

/** Many clients of one actor. */
export class Crowd implements AsyncDisposable {
  readonly members: readonly Member[];
  readonly #waiting = new Set<() => void>();
  #isDue = false;

  constructor(url: string, size: number) {
    this.members = Array.from({ length: size }, (_, at) => {
      const address = `127.0.0.${2 + Math.floor(at / SOCKETS_PER_ADDRESS)}`;
      return new Member(url, address, this.#changed);
    });
  }

  /** Resolves when all members know this number and are connected. */
  all(number: number): Promise<void> {
    const isThere = ({ shown, connection }: Member): boolean =>
      shown === number && connection.status === "connected";
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.members.every(isThere)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map(({ client }) => client.$close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Looks once for all changes of a turn. */
  readonly #changed = (): void => {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      for (const look of this.#waiting) look();
    });
  };
}
