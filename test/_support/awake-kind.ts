import { Holds } from "../../src/activation/awake/holds.ts";
import { IdlePlace } from "../../src/activation/awake/idle-queue.ts";
import { ActorType } from "../../src/actor/cell/actor-type.ts";
import type { ActorCell } from "../../src/actor/cell/cell.ts";
import { CellRef } from "../../src/actor/delivery/cell-ref.ts";
import { requireRuntime } from "../../src/actor/system/create-runtime.ts";
import type { ActorDefinition, ActorRef, ActorSystem, Handlers } from "../../src/index.ts";
import type { AwakeReason } from "../../src/telemetry/attributes.ts";

/** What an actor of the kind has: its holds, and its place among the idle ones. */
export interface Sleeper {
  readonly holds: Holds;
  readonly place: IdlePlace;
}

const sleepers = new WeakMap<ActorCell, Sleeper>();

/** A kind of actor that sleeps, without keys and without a store. */
class SleeperType extends ActorType {
  override readonly sleeps = true;

  override furtherAwakeReason(cell: ActorCell): AwakeReason {
    return sleeperOf(cell).holds.first();
  }
}

/** What `cell` has. */
export function sleeperOf(cell: ActorCell): Sleeper {
  let sleeper = sleepers.get(cell);
  if (sleeper === undefined) {
    const { clock } = cell.type.system;
    const holds = new Holds(
      () => clock.epochMs(),
      () => cell.noticeIdle(),
    );
    sleeper = { holds, place: new IdlePlace(cell) };
    sleepers.set(cell, sleeper);
  }
  return sleeper;
}

/** Starts an actor of the kind. */
export function startSleeper<State, Messages extends Handlers<State>>(
  system: ActorSystem,
  definition: ActorDefinition<State, undefined, Messages>,
): { readonly cell: ActorCell; readonly ref: ActorRef<Messages> } & Sleeper {
  const runtime = requireRuntime(system);
  const cell = runtime.start(runtime.typeOf(definition, SleeperType), {}, undefined);
  return { cell, ref: new CellRef<Messages, "reject">(cell, undefined), ...sleeperOf(cell) };
}
