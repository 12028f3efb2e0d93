import assert from "node:assert/strict";
import { readDeadLetter } from "../../src/cluster/codec/dead-letter.ts";
import type { Checkpoint } from "../../src/cluster/protocol/checkpoint.ts";
import { type Command, CommandKind, SignalName } from "../../src/cluster/protocol/commands.ts";
import type { RunnerKit, RunnerWorld } from "./runner-world.ts";

/** The actor of most commands in tests. */
export const CART = "cart.a";

/** Returns the checkpoint of a command. */
export function at(
  generation: number,
  index: number,
  address: string = CART,
): { readonly checkpoint: Checkpoint } {
  return { checkpoint: { address, generation, index } };
}

/** Returns a signal. */
export function signal(
  generation: number,
  index: number,
  name: SignalName = SignalName.Kill,
): Pick<Command, "checkpoint" | "kind" | "signal"> {
  return { ...at(generation, index), kind: CommandKind.Signal, signal: name };
}

/** Returns the dead letters: `<subject> <reason>`. */
export async function deadLetters(world: RunnerWorld): Promise<string[]> {
  const stored = await world.value(world.boss.deadLetters.read({ filter: "", limit: 256 }));
  return stored.map((message) => {
    const { subject, reason } = readDeadLetter(message);
    return `${subject} ${reason}`;
  });
}

/** Asserts that each delivery has an outcome. */
export function assertAccounted({ observer }: RunnerKit): void {
  assert.equal(observer.received, observer.ended, JSON.stringify(observer.commands));
}
