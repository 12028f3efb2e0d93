import { createGateway, expose, type Gateway, type GatewayOptions } from "../../src/gateway.ts";
import type { MonitoredSystem } from "../../src/index.ts";
import { quiet, type ReportRef, report, type SeenRequest } from "./raw-report.ts";

export const METHODS = ["GET", "HEAD", "POST"] as const;
const actors = [expose(report, { requests: METHODS }), expose(quiet, {})];

/** Where a gateway is, and an actor that it reaches. */
export interface RawPlace extends AsyncDisposable {
  /** Of the gateway. */
  readonly system: MonitoredSystem;
  /** Of an actor of the type `report`, which is where the test wants it to be. */
  readonly key: string;
}

type Changed = Omit<Partial<GatewayOptions>, "port"> & { readonly port?: number | undefined };

/** A gateway, and an actor behind it that answers requests. */
export class RawWorld implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly system: MonitoredSystem;
  readonly key: string;
  readonly ref: ReportRef;
  readonly #place: RawPlace;

  private constructor(place: RawPlace, gateway: Gateway) {
    this.#place = place;
    this.gateway = gateway;
    this.system = place.system;
    this.key = place.key;
    this.ref = this.refOf(place.key);
  }

  static async open(place: () => Promise<RawPlace>, options: Changed = {}): Promise<RawWorld> {
    const given = await place();
    const whole = { actors, port: 0, ...options } as GatewayOptions;
    const world = new RawWorld(given, await createGateway(given.system, whole));
    await world.ref.ask.forget();
    return world;
  }

  /** Of the requests for the actor. */
  get url(): string {
    return `${this.gateway.url ?? "http://localhost"}/actors/report/${this.key}/request`;
  }

  get port(): number {
    return this.gateway.port ?? 0;
  }

  refOf(key: string): ReportRef {
    return this.system.get(report, key);
  }

  async seen(): Promise<readonly SeenRequest[]> {
    return await this.ref.ask.seen();
  }

  async pulledBytes(): Promise<number> {
    return (await this.ref.ask.figures()).pulledBytes;
  }

  /** Whether no request is being answered. */
  async isIdle(): Promise<boolean> {
    return !(await this.ref.ask.reasons()).includes("http_request");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.close({ deadlineMs: 500 });
    await this.#place[Symbol.asyncDispose]();
  }
}

/** As `until`, for a condition that asks an actor. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}
