import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, type Asks, defineActor } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";

interface Own {
  value(c: never): number;
}

/** `c.self` does not know its actor's messages. */
function askSelf(c: ActorContext<undefined>): Asks<Own> {
  return c.self.ask as unknown as Asks<Own>;
}

const value = (): number => 42;

describe("an actor that asks itself", () => {
  it("is refused in a synchronous handler, with a counted dead letter", async () => {
    await using open = openSystem();
    const definition = defineActor("selfish", {
      handlers: { value, ask: (c) => codeOf(askSelf(c).value()) },
    });

    const code = await open.system.spawn(definition).ask.ask();

    assert.equal(code, "ERR_SELF_ASK");
    assert.deepEqual(
      open.system.deadLetters.recent().map(({ messageType, reason }) => [messageType, reason]),
      [["value", "self_ask"]],
    );
  });

  it("is refused in a handler that has awaited, thanks to the context", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const definition = defineActor("selfish", {
      handlers: {
        value,
        async ask(c) {
          await gate.opened;
          return codeOf(askSelf(c).value());
        },
      },
    });
    const asked = open.system.spawn(definition).ask.ask();

    gate.open();

    assert.equal(await asked, "ERR_SELF_ASK");
  });

  it("is told what it did: both messages stand in the error", async () => {
    await using open = openSystem();
    const definition = defineActor("selfish", {
      handlers: { value, ask: (c) => askSelf(c).value() },
    });

    const asked = open.system.spawn(definition).ask.ask();

    await assert.rejects(asked, /asks itself value while it handles ask/);
  });

  it("may do so from a task that its handler starts", async () => {
    await using open = openSystem();
    const answers: unknown[] = [];
    const definition = defineActor("patient", {
      handlers: {
        value,
        ask(c) {
          c.spawnTask("ask", async () => answers.push(await askSelf(c).value()));
        },
      },
    });

    open.system.spawn(definition).tell.ask();

    await until(() => answers.length > 0);
    assert.deepEqual(answers, [42]);
  });

  it("may do so from a task that has awaited while another handler runs", async () => {
    await using open = openSystem();
    const gates = { task: new Gate(), handler: new Gate() };
    const answers: unknown[] = [];
    const definition = defineActor("patient", {
      handlers: {
        value,
        async ask(c) {
          c.spawnTask("ask", async () => {
            await gates.task.opened;
            answers.push(await askSelf(c).value());
          });
          await gates.handler.opened;
        },
      },
    });
    open.system.spawn(definition).tell.ask();
    await until(() => open.system.books().processing === 1);

    gates.task.open();
    await until(() => open.system.books().waiting === 1);
    gates.handler.open();

    await until(() => answers.length > 0);
    assert.deepEqual(answers, [42]);
  });

  it("may tell itself", async () => {
    await using open = openSystem();
    const seen: number[] = [];
    const definition = defineActor("echoing", {
      handlers: {
        start: (c) => c.self.tell["note"]?.(1),
        note: (_c, number: number) => seen.push(number),
      },
    });

    open.system.spawn(definition).tell.start();

    await until(() => seen.length > 0);
    assert.deepEqual(seen, [1]);
  });
});

describe("two actors that ask each other", () => {
  it("are not taken for self-asks", async () => {
    await using open = openSystem();
    const back = defineActor("back", { handlers: { value } });
    const front = defineActor("front", {
      handlers: { ask: (c) => c.system.spawn(back).ask.value() },
    });

    const answer = await open.system.spawn(front).ask.ask();

    assert.equal(answer, 42);
  });

  it("end in a coded error when they wait for each other", async () => {
    await using open = openManualSystem({ askTimeoutMs: 100 });
    const codes: unknown[] = [];
    const inner = defineActor("inner", {
      handlers: { ask: (_c, outer: { ask: Asks<Own> }) => codeOf(outer.ask.value()) },
    });
    const outer = defineActor("outer", {
      handlers: {
        value,
        async ask(c) {
          const self = { ask: askSelf(c) };
          codes.push(await c.system.spawn(inner).with({ timeoutMs: 1_000 }).ask.ask(self));
        },
      },
    });
    open.system.spawn(outer).tell.ask();

    await open.clock.advance(200);

    assert.deepEqual(codes, ["ERR_ASK_TIMEOUT"]);
  });
});
