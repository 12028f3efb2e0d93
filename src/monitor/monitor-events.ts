import { ErrorCode, UsageError } from "../base/errors.ts";
import type { Deadlock, MonitorWarning, StuckHandler } from "../wire/snapshot.ts";

/** What the monitor tells as it happens. */
export interface MonitorEvents {
  /** Actors have come to wait for each other. */
  readonly deadlock: Deadlock;
  /** They do so no longer: a time-out, a rejection or an end has freed them. */
  readonly deadlockResolved: Deadlock;
  /** A handler or hook has run longer than its type allows. */
  readonly stuck: StuckHandler;
  /** It has come to its end after all, or its actor has. */
  readonly unstuck: StuckHandler;
  readonly warning: MonitorWarning;
}

type Listener<Name extends keyof MonitorEvents> = (event: MonitorEvents[Name]) => void;
type Listeners = { readonly [Name in keyof MonitorEvents]: Set<Listener<Name>> };

/** Who has asked to be told. */
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

  /** @throws {@link UsageError} `ERR_INVALID_OPTION` for an unknown event or what is no function */
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
    // One entry a subscription, also when the same function subscribes twice.
    const entry: Listener<Name> = (event) => listener(event);
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
    };
  }

  /** Tells everybody; what a listener throws goes no further. */
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
