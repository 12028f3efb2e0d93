import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import type { MemberRef } from "./actor-family.ts";
import { BACKOFF_MS, compare, type Forest, type RealForest } from "./supervision-forest.ts";
import { ModelActor, type Nature } from "./supervision-model.ts";

const MAX_ACTORS = 12;

type Command = fc.AsyncCommand<Forest, RealForest>;

/** Does something to an actor, chosen by number among the living, and compares both forests. */
abstract class OnActor implements Command {
  readonly at: number;

  constructor(at: number) {
    this.at = at;
  }

  check({ actors }: Readonly<Forest>): boolean {
    return actors.some(({ alive }) => alive);
  }

  async run(model: Forest, real: RealForest): Promise<void> {
    const living = model.actors.filter(({ alive }) => alive);
    const actor = living[this.at % living.length] as ModelActor;
    await this.act(actor, real.refs[model.actors.indexOf(actor)] as MemberRef, model, real);
    await real.clock.advance(BACKOFF_MS);
    await real.rest();
    model.nowMs += BACKOFF_MS;
    compare(model, real);
  }

  protected abstract act(
    actor: ModelActor,
    ref: MemberRef,
    model: Forest,
    real: RealForest,
  ): Promise<void>;

  toString(): string {
    return `${this.constructor.name}(${this.at})`;
  }
}

class SpawnTop implements Command {
  readonly nature: Nature;

  constructor(nature: Nature) {
    this.nature = nature;
  }

  check({ actors }: Readonly<Forest>): boolean {
    return actors.length < MAX_ACTORS;
  }

  async run(model: Forest, real: RealForest): Promise<void> {
    await real.spawn(this.nature, undefined);
    model.actors.push(new ModelActor(this.nature, undefined));
    await real.rest();
    compare(model, real);
  }

  toString(): string {
    return `SpawnTop(${JSON.stringify(this.nature)})`;
  }
}

class SpawnChild extends OnActor {
  readonly nature: Nature;

  constructor(at: number, nature: Nature) {
    super(at);
    this.nature = nature;
  }

  override check(model: Readonly<Forest>): boolean {
    return super.check(model) && model.actors.length < MAX_ACTORS;
  }

  protected async act(
    actor: ModelActor,
    ref: MemberRef,
    model: Forest,
    real: RealForest,
  ): Promise<void> {
    await real.spawn(this.nature, ref);
    model.actors.push(new ModelActor(this.nature, actor));
  }

  override toString(): string {
    return `SpawnChild(${this.at}, ${JSON.stringify(this.nature)})`;
  }
}

/** A family of four at once, so that strategies have somebody to be about. */
class SpawnFamily implements Command {
  readonly natures: readonly Nature[];

  constructor(natures: readonly Nature[]) {
    this.natures = natures;
  }

  check({ actors }: Readonly<Forest>): boolean {
    return actors.length + this.natures.length <= MAX_ACTORS;
  }

  async run(model: Forest, real: RealForest): Promise<void> {
    const [own, ...childrens] = this.natures;
    if (own === undefined) return;
    const top = new ModelActor(own, undefined);
    model.actors.push(top);
    await real.spawn(own, undefined);
    const ref = real.refs.at(-1);
    for (const drawn of childrens) {
      model.actors.push(new ModelActor(drawn, top));
      await real.spawn(drawn, ref);
    }
    await real.rest();
    compare(model, real);
  }

  toString(): string {
    return `SpawnFamily(${JSON.stringify(this.natures)})`;
  }
}

class Fail extends OnActor {
  protected async act(actor: ModelActor, ref: MemberRef, model: Forest): Promise<void> {
    ref.tell.fail();
    actor.fail(model.nowMs);
  }
}

class Stop extends OnActor {
  protected async act(actor: ModelActor, ref: MemberRef): Promise<void> {
    void ref.stop();
    actor.end("normal");
  }
}

class Kill extends OnActor {
  protected async act(actor: ModelActor, ref: MemberRef): Promise<void> {
    ref.kill();
    actor.end("killed");
  }
}

/** Ends an actor while its restart, if it is granted one, may be put off. */
class FailAndEnd extends OnActor {
  readonly how: "stop" | "kill";

  constructor(at: number, how: "stop" | "kill") {
    super(at);
    this.how = how;
  }

  protected async act(actor: ModelActor, ref: MemberRef, model: Forest): Promise<void> {
    ref.tell.fail();
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    const { heard, restarts } = actor;
    actor.fail(model.nowMs);
    // What it would hear of waits in its mailbox while its restart is put off, and is lost at its end.
    if (actor.nature.backoff && actor.restarts > restarts) actor.heard = heard;
    if (this.how === "kill") ref.kill();
    else void ref.stop();
    actor.end(this.how === "kill" ? "killed" : "normal");
  }

  override toString(): string {
    return `FailAndEnd(${this.at}, ${this.how})`;
  }
}

/** Ties actors at the top: deaths below them would race with those of their families. */
class Tie extends OnActor {
  readonly other: number;
  readonly verb: "link" | "unlink" | "watch";

  constructor(at: number, other: number, verb: "link" | "unlink" | "watch") {
    super(at);
    this.other = other;
    this.verb = verb;
  }

  protected async act(
    actor: ModelActor,
    ref: MemberRef,
    model: Forest,
    real: RealForest,
  ): Promise<void> {
    const { verb } = this;
    const others = model.actors.filter((other) => other !== actor && this.#fits(actor, other));
    const other = others[this.other % Math.max(1, others.length)];
    if (other === undefined || (verb === "watch" && !actor.nature.hook)) return;
    const target = real.refs[model.actors.indexOf(other)] as MemberRef;
    await ref.ask.act((c) => c[verb](target));
    if (verb === "watch") other.watchers.add(actor);
    else this.#link(actor, other);
  }

  #fits(actor: ModelActor, other: ModelActor): boolean {
    if (!other.alive || actor.parent !== undefined) return false;
    return this.verb === "watch" || other.parent === undefined;
  }

  #link(one: ModelActor, other: ModelActor): void {
    if (this.verb === "link") {
      one.linked.add(other);
      other.linked.add(one);
    } else {
      one.linked.delete(other);
      other.linked.delete(one);
    }
  }

  override toString(): string {
    return `Tie(${this.at}, ${this.other}, ${this.verb})`;
  }
}

const nature: fc.Arbitrary<Nature> = fc.record({
  strategy: fc.constantFrom("one_for_one", "one_for_all", "rest_for_one"),
  childLimit: fc.constantFrom(undefined, 2, 3, 4),
  policy: fc.constantFrom("permanent", "permanent", "transient", "never"),
  limit: fc.constantFrom(0, 2, 5, 5),
  directive: fc.constantFrom(
    ...Array<undefined>(8).fill(undefined),
    "resume",
    "restart",
    "stop",
    "escalate",
  ),
  hook: fc.boolean(),
  backoff: fc.boolean(),
});
const at = fc.nat({ max: 20 });
const how = fc.constantFrom<"stop" | "kill">("stop", "kill");
const verb = fc.constantFrom<"link" | "unlink" | "watch">("link", "link", "unlink", "watch");

/** Whatever may happen to a forest. */
export const supervisionCommands: fc.Arbitrary<Iterable<Command>> = fc.commands(
  [
    nature.map((drawn) => new SpawnTop(drawn)),
    fc.array(nature, { minLength: 4, maxLength: 4 }).map((drawn) => new SpawnFamily(drawn)),
    fc.tuple(at, nature).map(([parent, drawn]) => new SpawnChild(parent, drawn)),
    fc.tuple(at, nature).map(([parent, drawn]) => new SpawnChild(parent, drawn)),
    at.map((actor) => new Fail(actor)),
    at.map((actor) => new Fail(actor)),
    at.map((actor) => new Fail(actor)),
    at.map((actor) => new Stop(actor)),
    at.map((actor) => new Kill(actor)),
    fc.tuple(at, how).map(([actor, end]) => new FailAndEnd(actor, end)),
    fc.tuple(at, at, verb).map(([one, other, tie]) => new Tie(one, other, tie)),
    fc.tuple(at, at, verb).map(([one, other, tie]) => new Tie(one, other, tie)),
  ],
  { maxCommands: 60, size: "max" },
);
