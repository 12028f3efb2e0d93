import { ErrorCode, UsageError } from "../base/errors.ts";
import type { Deadlock, MonitorWarning, StuckHandler } from "../wire/snapshot.ts";

/** Events of the monitor. */
export interface MonitorEvents {
  /** Actors wait for each other. */
  readonly deadlock: Deadlock;
  /** The deadlock has ended by a timeout, a rejection or the end of an actor. */
  readonly deadlockResolved: Deadlock;
  /** A handler or hook has exceeded the `stuckAfterMs` of its type. */
  readonly stuck: StuckHandler;
  /** A stuck handler or hook has ended, or its actor has. */
  readonly unstuck: StuckHandler;
  /** A condition that needs attention began; it stays in snapshots while it holds. */
  readonly warning: MonitorWarning;
}

type Listener<Name extends keyof MonitorEvents> = (event: MonitorEvents[Name]) => void;
type Listeners = { readonly [Name in keyof MonitorEvents]: Set<Listener<Name>> };

/** Listeners by event name. */
export class Subscriptions {
  readonly #onListenerError: (error: unknown) => void;
  readonly #listeners: Listeners = {
    deadlock: new Set(),
    deadlockResolved: new Set(),
    stuck: new Set(),
    unstuck: new Set(),
    warning: new Set(),
  };

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  /** @throws {@link UsageError} `ERR_INVALID_OPTION` for an unknown event, or if `listener` is no function */
  add<Name extends keyof MonitorEvents>(name: Name, listener: Listener<Name>): () => void {
    if (!Object.hasOwn(this.#listeners, name)) {
      const known = Object.keys(this.#listeners).join(", ");
      throw new UsageError(`the monitor has no event ${String(name)}, only ${known}`, {
        code: ErrorCode.InvalidOption,
      });
    }
    if (typeof listener !== "function") {
      throw new UsageError(`the listener of ${name} must be a function, not ${typeof listener}`, {
        code: ErrorCode.InvalidOption,
      });
    }
    const listeners: Set<Listener<Name>> = this.#listeners[name];
    // A separate entry for each subscription, also when the same function subscribes twice.
    const entry: Listener<Name> = (event) => listener(event);
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
    };
  }

  /** Calls all listeners. An error thrown by a listener is not propagated. */
  tell<Name extends keyof MonitorEvents>(name: Name, event: MonitorEvents[Name]): void {
    for (const listener of [...this.#listeners[name]]) {
      try {
        listener(event);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}
