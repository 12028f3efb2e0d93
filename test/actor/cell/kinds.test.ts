import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ActorType } from "../../../src/actor/cell/actor-type.ts";
import { awakeCounts, awakeReason } from "../../../src/actor/cell/awake-reason.ts";
import type { ActorCell } from "../../../src/actor/cell/cell.ts";
import { CellRef } from "../../../src/actor/delivery/cell-ref.ts";
import type { PendingAsk } from "../../../src/actor/mailbox/pending-ask.ts";
import { requireRuntime } from "../../../src/actor/system/create-runtime.ts";
import { spawnTask } from "../../../src/actor/work/tasks.ts";
import { DeliveryError, ErrorCode } from "../../../src/base/errors.ts";
import {
  type ActorContext,
  type ActorRef,
  type DelegatedReply,
  defineActor,
} from "../../../src/index.ts";
import { AwakeReason } from "../../../src/telemetry/attributes.ts";
import { type OpenSystem, openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns } from "../../_support/actor-waiting.ts";

type Act = (c: ActorContext<undefined>) => unknown;

/** A definition of its own for each test, since a definition has one kind in a system. */
function definePlain() {
  return defineActor("plain", {
    handlers: {
      act: (c, act: Act) => act(c),
      give: (c): DelegatedReply<string> => {
        const reply = c.delegateReply<string>();
        c.spawnTask("give", async () => reply.resolve("later"));
        return reply;
      },
      keep: (c): DelegatedReply<string> => c.delegateReply<string>(),
    },
  });
}

type Plain = ReturnType<typeof definePlain>;
type PlainRef = ActorRef<Plain["options"]["handlers"]>;

function spawnOf(
  open: OpenSystem,
  Kind: typeof ActorType,
): { readonly ref: PlainRef; readonly cell: ActorCell } {
  const definition = definePlain();
  requireRuntime(open.system).typeOf(definition, Kind);
  const ref = open.system.spawn(definition);
  return { ref, cell: CellRef.cellOf(ref) as ActorCell };
}

describe("a kind of actor that holds replies", () => {
  class Holding extends ActorType {
    override readonly holdsReplies = true;
    readonly held: (() => void)[] = [];

    override reply(_cell: ActorCell, ask: PendingAsk, value: unknown): void {
      this.held.push(() => ask.reply(value));
    }
  }

  it("gets the replies of all handlers, and gives them when it likes", async () => {
    await using open = openSystem();
    const { ref, cell } = spawnOf(open, Holding);
    const { held } = cell.type as Holding;
    const got: unknown[] = [];

    const asks = [
      ref.ask.act(() => "at once"),
      ref.ask.act(async () => "awaited"),
      ref.ask.give(),
    ].map((ask) => ask.then((reply) => got.push(reply)));
    await settleTurns();
    assert.deepEqual([got, held.length], [[], 3]);
    for (const give of held) give();
    await Promise.all(asks);

    assert.deepEqual(got, ["at once", "awaited", "later"]);
  });

  it("gives errors at once", async () => {
    await using open = openSystem();
    const { ref } = spawnOf(open, Holding);

    const code = await codeOf(
      ref.ask.act(() => {
        throw Object.assign(new Error("no"), { code: "NO" });
      }),
    );

    assert.equal(code, "NO");
  });
});

describe("a kind of actor that observes turns", () => {
  class Observing extends ActorType {
    override readonly observesTurns = true;
    readonly ends: string[] = [];

    override turnEnded({ blocked, depth }: ActorCell): void {
      this.ends.push(`${blocked ? "awaiting" : "free"} ${depth}`);
    }
  }

  it("hears of the end of each run of messages, and of each handler that awaited", async () => {
    await using open = openSystem();
    const { ref, cell } = spawnOf(open, Observing);
    const { ends } = cell.type as Observing;
    const gate = new Gate();

    for (let message = 0; message < 3; message += 1) ref.tell.act(() => {});
    await settleTurns();
    // How many messages a run has depends on the machine's speed.
    assert.equal(ends.at(-1), "free 0");
    ends.length = 0;
    const asked = ref.ask.act(() => gate.opened);
    ref.tell.act(() => {});
    await settleTurns();
    assert.deepEqual(ends, ["awaiting 1"]);
    gate.open();
    await asked;
    await settleTurns();

    assert.deepEqual(ends, ["awaiting 1", "free 1", "free 0"]);
  });
});

describe("a kind of actor that refuses asks", () => {
  class Refusing extends ActorType {
    override refusal({ actorId }: ActorCell, messageType: string): DeliveryError {
      return new DeliveryError("gone", { code: ErrorCode.NameTaken, actorId, messageType });
    }
  }

  it("says with which error", async () => {
    await using open = openSystem();
    const { ref } = spawnOf(open, Refusing);
    ref.kill();

    assert.equal(await codeOf(ref.ask.act(() => {})), "ERR_NAME_TAKEN");
  });
});

describe("what keeps an actor awake", () => {
  class Sleepy extends ActorType {
    override readonly sleeps = true;
    further: AwakeReason = AwakeReason.Idle;

    override furtherAwakeReason(): AwakeReason {
      return this.further;
    }
  }

  it("is a task, unless the task says otherwise", async () => {
    await using open = openSystem();
    const { cell } = spawnOf(open, Sleepy);
    const idle: string[] = [];
    requireRuntime(open.system).hooks.idle.add(({ actorId }) => idle.push(actorId));
    const gate = new Gate();
    const task = spawnTask(cell, "work", () => gate.opened);
    const reasons = [awakeReason(cell)];

    task.keepsAwake = AwakeReason.KeepAwake;
    reasons.push(awakeReason(cell));
    assert.deepEqual(idle, []);
    task.keepsAwake = undefined;
    reasons.push(awakeReason(cell));

    assert.deepEqual(reasons, ["task", "keep_awake", "idle"]);
    assert.deepEqual(idle, [cell.actorId]);
    gate.open();
    await task.settled;
  });

  it("is what its kind says, after all else", async () => {
    await using open = openSystem();
    const { cell, ref } = spawnOf(open, Sleepy);
    (cell.type as Sleepy).further = AwakeReason.Connection;

    assert.equal(awakeReason(cell), "connection");
    const kept = ref.ask.keep().catch(() => {});
    await settleTurns();
    assert.equal(awakeReason(cell), "reply");
    (cell.type as Sleepy).further = AwakeReason.Internal;
    assert.equal(awakeReason(cell), "internal");
    ref.kill();
    await kept;
  });

  it("is counted by reason, in order", async () => {
    await using open = openSystem();
    const { cell, ref } = spawnOf(open, Sleepy);
    const gate = new Gate();
    const task = spawnTask(cell, "work", () => gate.opened);
    const asked = ref.ask.act(async (c) => {
      c.after("later", 60_000, () => {});
      c.spawnChild(definePlain());
      await gate.opened;
    });
    ref.tell.act(() => {});
    await settleTurns();

    const counts = awakeCounts(cell).map(({ reason, count }) => `${reason} ${count}`);

    assert.deepEqual(counts, ["handling 1", "mailbox 1", "task 1", "timer 1", "child 1"]);
    gate.open();
    await asked;
    await task.settled;
  });

  it("ends with the reply to an ask that has timed out", async () => {
    await using open = openManualSystem();
    const { cell, ref } = spawnOf(open, Sleepy);
    const idle: string[] = [];
    requireRuntime(open.system).hooks.idle.add(({ actorId }) => idle.push(actorId));

    const code = codeOf(ref.with({ timeoutMs: 100 }).ask.keep());
    await settleTurns();
    assert.deepEqual(idle, []);
    await open.clock.advance(100);

    assert.equal(await code, "ERR_ASK_TIMEOUT");
    assert.deepEqual(idle, [cell.actorId]);
  });
});
