import type { Context, Player, Ref, Site } from "./cast.ts";
import type { Target } from "./plan.ts";

/** The actors of a scenario. */
export class Troupe {
  readonly players: Player[] = [];
  /** Actors whose `spawn` has not returned; `undefined` for the workers of a pool. */
  readonly spawning: (Player | undefined)[] = [];
  /** Actors spawned since the last step, whose promises are to be watched from outside. */
  readonly arrivals: Player[] = [];
  /** Whether the end of the actor with this id has been logged. */
  readonly #hasStopped: (id: string) => boolean;
  readonly #byId = new Map<string, Player>();

  constructor(hasStopped: (id: string) => boolean) {
    this.#hasStopped = hasStopped;
  }

  /** Adds an actor; its ref follows with {@link Troupe.name}. */
  enlist(definition: number, parent: Player | undefined): Player {
    const player: Player = {
      ref: undefined,
      parent,
      definition,
      children: [],
      lives: [],
      inside: undefined,
      ended: false,
    };
    parent?.children.push(player);
    return player;
  }

  name(player: Player, ref: Ref): void {
    player.ref = ref;
    if (!this.players.includes(player)) this.players.push(player);
    this.#byId.set(ref.id, player);
    if (this.#hasStopped(ref.id)) player.ended = true;
  }

  /** The actor with this id has ended. */
  end(id: string): void {
    const player = this.#byId.get(id);
    if (player !== undefined) player.ended = true;
  }

  /** Returns the actor of a context. The workers of pools, and actors being spawned, are met here first. */
  playerOf(c: Context): Player {
    const known = this.#byId.get(c.id);
    if (known !== undefined) return known;
    const innermost = this.spawning.at(-1);
    const player =
      innermost !== undefined &&
      innermost.ref === undefined &&
      c.type === `kind-${innermost.definition}`
        ? innermost
        : this.enlist(Number(c.type.slice("kind-".length)), undefined);
    this.name(player, c.self as unknown as Ref);
    return player;
  }

  /** Returns whether a life, or the actor with an id, is over. */
  isOver(holder: object | string): boolean {
    if (typeof holder === "string") return this.#byId.get(holder)?.ended === true;
    return !this.players.some(({ lives }) => lives.at(-1) === holder);
  }

  /** Returns the ref a target means at this site, if there is any actor yet. */
  find({ who, n }: Target, { player }: Site): Ref | undefined {
    const candidates = this.#candidates(who, player).filter(({ ref }) => ref !== undefined);
    const chosen = candidates.length > 0 ? candidates : this.players;
    return chosen[n % Math.max(1, chosen.length)]?.ref;
  }

  #candidates(who: Target["who"], player: Player | undefined): readonly Player[] {
    switch (who) {
      case "self":
        return player === undefined ? [] : [player];
      case "parent":
        return player?.parent === undefined ? [] : [player.parent];
      case "sibling":
        return player?.parent?.children.filter((other) => other !== player) ?? [];
      case "child":
        return player?.children ?? [];
      case "living":
        return this.players.filter(({ ended }) => !ended);
      case "any":
        return this.players;
    }
  }
}
