import { ActorType } from "../../src/actor/cell/actor-type.ts";
import type { ActorCell } from "../../src/actor/cell/cell.ts";
import { insert } from "../../src/actor/delivery/admission.ts";
import { CellRef } from "../../src/actor/delivery/cell-ref.ts";
import type { Target } from "../../src/actor/delivery/target.ts";
import { endPhasesOf, type Phase, PhaseOwner, phasesOf } from "../../src/actor/lifecycle/phases.ts";
import type { Envelope } from "../../src/actor/mailbox/envelope.ts";
import { requireRuntime } from "../../src/actor/system/create-runtime.ts";
import type { SystemRuntime } from "../../src/actor/system/system-runtime.ts";
import type { ActorDefinition, ActorRef, ActorSystem, Handlers } from "../../src/index.ts";
import { type DeadLetterReason, StopReason } from "../../src/index.ts";

/** Where the states of sleeping actors are kept. */
export interface Store {
  load(key: string): Promise<unknown>;
  save(key: string, state: unknown): Promise<void>;
}

/** One key: its messages go to the actor that is awake, or wake one. */
class Key implements Target {
  awake: ActorCell | undefined = undefined;
  readonly type: SleeperType;
  readonly actorId: string;
  readonly #key: string;

  constructor(type: SleeperType, key: string) {
    this.type = type;
    this.actorId = `${type.name}/${key}`;
    this.#key = key;
  }

  cell(): ActorCell {
    const { awake: before, type } = this;
    if (before?.accepting || (before !== undefined && type.system.closing)) return before;
    this.awake = type.system.start(
      type,
      { input: { id: this, key: this.#key, before } },
      undefined,
    );
    return this.awake;
  }
}

/** What an actor gets with its start: its key, and the actor of the same key that may still be ending. */
type Input = { readonly id: Key; readonly key: string; readonly before: ActorCell | undefined };

class SleeperType extends ActorType {
  override readonly sleeps = true;
  store: Store | undefined = undefined;
  override readonly phases: readonly Phase[] = [
    { name: "load", owner: PhaseOwner.Internal, run: (cell) => this.#load(cell) },
    ...phasesOf(this.options).filter(({ name }) => name === "onStart"),
  ];
  override readonly endPhases: ActorType["endPhases"] = [
    ...endPhasesOf(this.options),
    {
      name: "save",
      owner: PhaseOwner.Internal,
      run: (cell, life) => this.store?.save((cell.input as Input).key, life.state),
    },
  ];

  /** What reaches an actor that is going to sleep wakes the next one. */
  override undelivered(cell: ActorCell, envelope: Envelope, reason: DeadLetterReason): void {
    const asleep = cell.stopReason === StopReason.Normal && !this.system.closing;
    if (asleep) insert((cell.input as Input).id.cell(), envelope);
    else super.undelivered(cell, envelope, reason);
  }

  async #load(cell: ActorCell): Promise<void> {
    const { key, before } = cell.input as Input;
    if (before?.isStopped === false) await before.ensureExtras().stopped.promise;
    cell.life.state = (await this.store?.load(key)) ?? this.options.state?.(undefined);
  }
}

/** Actors of `definition` by key; each sleeps as soon as it is idle. */
export function sleepers<State, Messages extends Handlers<State>>(
  system: ActorSystem,
  definition: ActorDefinition<State, undefined, Messages>,
  store: Store,
): (key: string) => ActorRef<Messages> {
  const runtime: SystemRuntime = requireRuntime(system);
  const type = runtime.typeOf(definition, SleeperType) as SleeperType;
  const keys = new Map<string, Key>();
  type.store = store;
  runtime.hooks.idle.add((cell) => {
    if (cell.type === type) cell.drainAndStop(StopReason.Normal);
  });
  return (key) => {
    const target = keys.get(key) ?? new Key(type, key);
    keys.set(key, target);
    return new CellRef<Messages, "reject">(target, undefined);
  };
}
