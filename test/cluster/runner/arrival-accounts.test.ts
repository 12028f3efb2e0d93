import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { commandMessage } from "../../../src/cluster/codec/command-codec.ts";
import { type Command, CommandKind, SignalName } from "../../../src/cluster/protocol/commands.ts";
import { assertAccounted, at, CART, deadLetters } from "../../_support/runner-commands.ts";
import { type RunnerKit, RunnerWorld } from "../../_support/runner-world.ts";

/** What becomes of a command that is next: `shaky` fails twice, `poison` always. */
type Fate = "good" | "expired" | "poison" | "shaky";

/** One thing that happens to the commands of an actor, whose generation is 2. */
type Step =
  /** The next command of the actor. */
  | { readonly kind: "next"; readonly fate: Fate }
  /** The one after the next comes first. */
  | { readonly kind: "swapped" }
  /** A command that was sent before comes again as another message. */
  | { readonly kind: "again"; readonly share: number }
  /** A command of the generation before. */
  | { readonly kind: "stale"; readonly index: number }
  /** Bytes that are no command. */
  | { readonly kind: "broken" }
  | { readonly kind: "pass"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("next" as const),
    fate: fc.constantFrom<Fate>("good", "good", "good", "expired", "poison", "shaky"),
  }),
  fc.record({ kind: fc.constant("swapped" as const) }),
  fc.record({
    kind: fc.constant("again" as const),
    share: fc.double({ min: 0, max: 0.999, noNaN: true }),
  }),
  fc.record({ kind: fc.constant("stale" as const), index: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant("broken" as const) }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1, 100, 1_000, 40_000) }),
);

/** A sender of commands that goes wrong in every way, and what has to come of it. */
class Sender {
  readonly world: RunnerWorld;
  readonly kit: RunnerKit;
  readonly fates: Fate[] = ["good"];
  readonly counts = { sent: 0, stale: 0, late: 0, broken: 0 };
  #messages = 0;

  constructor(world: RunnerWorld, kit: RunnerKit) {
    this.world = world;
    this.kit = kit;
    const attempts = new Map<string, number>();
    kit.host.beforeFire = async (id) => {
      const attempt = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, attempt);
      const fate = this.fates[Number(id) - 1];
      if (fate === "poison" || (fate === "shaky" && attempt < 3)) throw new Error("a failure");
    };
  }

  async play(next: Step): Promise<void> {
    switch (next.kind) {
      case "next":
        this.fates.push(next.fate);
        return await this.#send(this.#wake(2, this.fates.length, next.fate));
      case "swapped":
        this.fates.push("good", "good");
        await this.#send(this.#wake(2, this.fates.length, "good"));
        return await this.#send(this.#wake(2, this.fates.length - 1, "good"));
      case "again": {
        const index = 1 + Math.floor(next.share * this.fates.length);
        return await this.#send(this.#command(2, index));
      }
      case "stale":
        this.counts.stale += 1;
        // A signal is told of, so that it can be given to the present activation.
        if (next.index > 1) this.counts.late += 1;
        return await this.#send({ ...this.#command(1, next.index), id: `s${this.counts.stale}` });
      case "broken":
        this.counts.broken += 1;
        return await this.#append({
          ...this.#message(this.#command(2, 1)),
          body: Buffer.from("?"),
        });
      case "pass":
        await this.world.pass(next.ms);
    }
  }

  #command(generation: number, index: number): Command {
    const wake = this.#wake(generation, index, this.fates[index - 1] ?? "good");
    if (index > 1) return wake;
    const { signal: _signal, ...start } = wake;
    return { ...start, kind: CommandKind.Start };
  }

  #wake(generation: number, index: number, fate: Fate): Command {
    return {
      ...at(generation, index),
      ...{ id: `c${index}`, kind: CommandKind.Signal, signal: SignalName.Wake, issuedAtMs: 0 },
      expiresAtMs: fate === "expired" ? 1 : 4e12,
      data: { dueAtMs: 1, id: `${index}` },
    };
  }

  #message(command: Command): ReturnType<typeof commandMessage> {
    this.#messages += 1;
    return { ...commandMessage(this.kit.runner.id ?? "", command), id: `m${this.#messages}` };
  }

  async #send(command: Command): Promise<void> {
    await this.#append(this.#message(command));
  }

  async #append(message: ReturnType<typeof commandMessage>): Promise<void> {
    this.counts.sent += 1;
    await this.world.value(this.world.boss.commands.append(message));
  }
}

describe("commands of one actor that come in any order, again, too late or broken", () => {
  it("take effect once and in order, and each delivery is accounted for", async () => {
    const steps = fc.array(step, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const world = await RunnerWorld.start();
        const kit = await world.ready();
        await world.running(kit, CART, 2);
        const sender = new Sender(world, kit);

        for (const next of script) await sender.play(next);
        await world.pass(600_000);

        const { observer } = kit;
        const indices = (fate: Fate): string[] =>
          sender.fates.flatMap((one, index) => (one === fate && index > 0 ? [`${index + 1}`] : []));
        const done = kit.host.calls.filter((call) => call.startsWith("fire"));
        const wanted = sender.fates.flatMap((fate, index) =>
          index === 0 || fate === "expired" || fate === "poison"
            ? []
            : [`fire ${CART} ${index + 1}`],
        );
        assert.deepEqual(done, wanted);
        assert.equal(observer.commands.applied ?? 0, 1 + wanted.length);
        assert.equal(observer.commands.expired ?? 0, indices("expired").length);
        assert.equal(observer.commands.dead ?? 0, indices("poison").length + sender.counts.broken);
        assert.equal(observer.commands.stale ?? 0, sender.counts.stale);
        assert.equal((await deadLetters(world)).length, observer.commands.dead ?? 0);
        assert.equal(await world.commandsLeft(), 0);
        assert.equal(observer.waiting, 0);
        assertAccounted(kit);
        const dropped = (await world.events()).filter((event) => event.includes("command_dropped"));
        const unheeded = indices("expired").length + indices("poison").length;
        assert.equal(dropped.length, unheeded + sender.counts.late);
      }),
      { numRuns: 60 },
    );
  });
});
