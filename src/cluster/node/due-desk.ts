import type { ActorHost } from "../../activation/hosting/actor-host.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { Bus, BusSubscription } from "../engine/bus.ts";
import { DUE_SUBJECT } from "../protocol/subjects.ts";
import { readDue } from "../routing/due-notice.ts";

/** What a {@link DueDesk} works with. */
export interface DueDeskParts {
  readonly bus: Pick<Bus, "subscribe">;
  readonly host: Pick<ActorHost, "scan" | "endScan" | "noticeDue">;
  readonly clock: Clock;
}

/** Notices of due times may get lost, so that all of the store is looked at from time to time. */
const RESCAN_MS = 60_000;

/** Looks for what is due in the store while this process is the coordinator, and hears of due times that others store. */
export class DueDesk {
  readonly #parts: DueDeskParts;
  #subscription: BusSubscription | undefined;
  #timer: ClockTimer | undefined;

  constructor(parts: DueDeskParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#subscription !== undefined;
  }

  open(): void {
    if (this.isOpen) return;
    const { bus, host } = this.#parts;
    this.#subscription = bus.subscribe(DUE_SUBJECT, (message) => {
      host.noticeDue(dueIn(message));
    });
    host.scan();
    this.#rescanLater();
  }

  close(): void {
    if (!this.isOpen) return;
    this.#timer?.cancel();
    this.#subscription?.stop();
    this.#subscription = undefined;
    this.#parts.host.endScan();
  }

  #rescanLater(): void {
    const { clock, host } = this.#parts;
    const rescan = (): void => {
      host.noticeDue(0);
      this.#rescanLater();
    };
    this.#timer = clock.schedule(rescan, RESCAN_MS, KeepAlive.No);
  }
}

/** Returns a due time that was told; of a message that cannot be read, all are looked at. */
function dueIn(message: Parameters<typeof readDue>[0]): number {
  try {
    return readDue(message);
  } catch {
    return 0;
  }
}
