import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../src/base/clock.ts";
import type { EngineFault, EngineSession } from "../../src/cluster/engine/engine.ts";
import { nats } from "../../src/cluster/nats/nats.ts";
import type { NatsOptions } from "../../src/cluster/nats-client/nats-options.ts";

const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 10;
/** Of sessions that are opened without a time. */
const LEASE_TTL_MS = 1_500;

let opened = 0;

/** Sessions of the engine `nats` that a test has opened, and the faults that they have reported. */
export class NatsSessions implements AsyncDisposable {
  readonly #options: NatsOptions;
  readonly #sessions: EngineSession[] = [];
  readonly faults: EngineFault[] = [];

  constructor(options: NatsOptions) {
    this.#options = options;
  }

  /** Opens a session as a new process has it. */
  async open(
    changes: Partial<NatsOptions> = {},
    leaseTtlMs: number = LEASE_TTL_MS,
  ): Promise<EngineSession> {
    opened += 1;
    const session = await nats({ ...this.#options, ...changes }).open({
      clock: systemClock,
      luck: Math.random,
      runnerId: `runner-${process.pid}-${opened}`,
      leaseTtlMs,
      onFault: (fault) => {
        this.faults.push(fault);
      },
    });
    this.#sessions.push(session);
    return session;
  }

  /** How often a fault of this kind was reported. */
  count(kind: string): number {
    return this.faults.filter((fault) => fault.kind === kind).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
  }
}

/** What `read` returns as soon as that is not `undefined`. */
export async function soon<Found>(
  what: string,
  read: () => Promise<Found | undefined> | Found | undefined,
): Promise<Found> {
  const giveUpMs = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUpMs) {
    const found = await read();
    if (found !== undefined) return found;
    await delay(LOOK_AGAIN_MS);
  }
  throw new Error(`still not ${what}`);
}
