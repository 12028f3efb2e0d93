import type { WhenFull } from "../../actor/definition/messages.ts";
import type { ActorRef, CallOptions } from "../../actor/definition/ref.ts";
import type { Outboxes } from "./queue-types.ts";

/**
 * The address of a key. It is valid for ever, also before the actor exists and after it was destroyed. `id` is the type
 * and the key. The first message wakes the actor; `whenReady()` wakes it too.
 *
 * `stop()` is `sleep()`. `kill()` ends the activation without hooks and without a commit. `whenStopped()` and links
 * refer to the current activation.
 *
 * @example
 * ```ts
 * const cart = defineKeyedActor("cart", {
 *   state: () => ({ items: 0 }),
 *   handlers: { add: (c, count: number) => (c.state.items += count) },
 * });
 * const alice: RefOf<typeof cart> = system.get(cart, "alice");
 * await alice.with({ timeoutMs: 1_000 }).ask.add(2);
 * await alice.sleep(); // stored, and out of memory
 * await alice.ask.add(1); // 3
 * await alice.destroy(); // nothing is stored any more
 * ```
 */
export interface KeyedRef<Messages, Queues = unknown, Full extends WhenFull = "reject">
  extends ActorRef<Messages, Full> {
  /** The parts of the key. */
  readonly key: readonly string[];
  /** The queues of the actor. */
  readonly queue: Outboxes<Queues>;
  /** Returns a ref to the same key with other call options. */
  with(options: CallOptions): KeyedRef<Messages, Queues, Full>;
  /**
   * Handles the queued messages, stores the state and ends the activation. Resolves when it has ended; at once for an
   * actor that sleeps, which is not woken.
   *
   * Rejects with `ERR_SELF_STOP` where `stop()` of {@link ActorRef} does.
   */
  sleep(): Promise<void>;
  /**
   * Removes everything that is stored under the key. An actor that is awake ends, after `onDestroy`; its queued
   * messages are rejected with `ERR_ACTOR_DESTROYED`. Later messages create the actor anew.
   *
   * Rejects with `ERR_SELF_STOP` where `stop()` of {@link ActorRef} does, and with the error of the commit if nothing
   * could be removed.
   */
  destroy(): Promise<void>;
}
