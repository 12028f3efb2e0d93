import type { ActorDefinition, AnyActorDefinition } from "./definition.ts";
import type { KeyedAddress } from "./keyed-address.ts";
import type { MessageHandlers } from "./messages.ts";
import type { PoolRef } from "./pool-ref.ts";
import type { ActorRef } from "./ref.ts";

/**
 * The type of the refs of an actor. Takes the type of a definition, or the declared messages of one.
 *
 * @example `RefOf<typeof account>`, or `RefOf<AccountMessages>` where the two definitions would refer to each
 *   other
 */
export type RefOf<Target> = Target extends AnyActorDefinition
  ? Target extends ActorDefinition<infer _State, infer _Input, infer Messages, infer Full>
    ? ActorRef<Messages, Full>
    : never
  : Target extends KeyedAddress<never, infer Ref>
    ? Ref
    : ActorRef<MessageHandlers<Target>>;

/** The type of the pools of an actor; see {@link RefOf}. */
export type PoolRefOf<Target> =
  RefOf<Target> extends ActorRef<infer Messages, infer Full> ? PoolRef<Messages, Full> : never;
