import { log, writes } from "../../actor/lifecycle/logging.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { RateLimit } from "../../base/rate-limit.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { type Activation, activationOf } from "../activation/activation.ts";
import { holdsOf } from "../awake/awake-report.ts";
import { IdleQueue } from "../awake/idle-queue.ts";
import { SleepOrder } from "../awake/sleep-order.ts";

/** Lines that say why an actor is awake, per type. */
const AWAKE_LINES = { burst: 1, windowMs: 30_000 };

/** Puts the activations of a system to sleep when nothing has kept them awake for `idleMs`. */
export class Sleepers {
  readonly #system: SystemRuntime;
  readonly #idle: IdleQueue;
  readonly #order: SleepOrder;
  readonly #lines: RateLimit;

  constructor(system: SystemRuntime) {
    this.#system = system;
    this.#idle = new IdleQueue(system.clock, {
      sleep: ({ cell }) => this.#sleepInTurn(activationOf(cell)),
      held: ({ cell }) => this.#reportHeld(activationOf(cell)),
    });
    this.#order = new SleepOrder(system.clock);
    this.#lines = new RateLimit({ clock: system.clock, ...AWAKE_LINES });
  }

  /** Called when nothing keeps an activation awake. */
  idle({ place, definition }: Activation): void {
    this.#idle.touch(place, definition.settings.idleMs);
  }

  /**
   * Called after an activation has handled messages. One that something else keeps awake waits for `idleMs` too, after
   * which it is said why it does not sleep.
   */
  turnEnded({ cell, definition, holdsIfAny, place }: Activation): void {
    if (cell.extrasIfAny === undefined && holdsIfAny === undefined) return; // nothing can keep it awake
    if (!writes(this.#system.logger, "debug") || place.isIdle) return;
    this.#idle.touch(place, definition.settings.idleMs);
  }

  /** Called when an activation begins to end, or has ended. */
  remove({ place }: Activation): void {
    this.#idle.remove(place);
  }

  /** Puts the activation to sleep that has been idle for the longest time. Returns it, if there is one. */
  evict(): Activation | undefined {
    const place = this.#idle.longestIdle();
    if (place === undefined) return undefined;
    this.#idle.remove(place);
    const activation = activationOf(place.cell);
    activation.sleep(StopReason.Evicted);
    return activation;
  }

  /** Nothing is put to sleep any more. */
  close(): void {
    this.#idle.close();
    this.#order.close();
  }

  /** Actors with `onSleep` sleep one after the other, so that their hooks may ask each other. */
  #sleepInTurn(activation: Activation): void {
    if (activation.definition.options.onSleep === undefined) {
      activation.sleep(StopReason.Idle);
      return;
    }
    this.#order.add(() => {
      const { place } = activation;
      // It has worked since, and waits again.
      if (!place.isIdle || place.list !== undefined) return undefined;
      activation.sleep(StopReason.Idle);
      return activation.gone;
    });
  }

  /** Says why an actor that handles nothing is still awake. */
  #reportHeld(activation: Activation): void {
    const { cell } = activation;
    if (!writes(this.#system.logger, "debug")) return;
    if (this.#lines.pass(cell.actorType) === undefined) return;
    const reasons = holdsOf(activation);
    log(cell, "debug", { event: "actor.awake", reasons }, "idle actor is kept awake");
  }
}
