import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trace } from "@opentelemetry/api";
import { pino } from "pino";
import { ActorType } from "../../../src/actor/cell/actor-type.ts";
import type { ActorCell } from "../../../src/actor/cell/cell.ts";
import { accept } from "../../../src/actor/delivery/admission.ts";
import { CellRef } from "../../../src/actor/delivery/cell-ref.ts";
import type { Target } from "../../../src/actor/delivery/target.ts";
import { Envelope } from "../../../src/actor/mailbox/envelope.ts";
import { Route } from "../../../src/actor/mailbox/route.ts";
import { requireRuntime } from "../../../src/actor/system/create-runtime.ts";
import { OpenFor } from "../../../src/actor/system/system-runtime.ts";
import { type ActorContext, type ActorSystem, defineActor } from "../../../src/index.ts";
import { MessageKind } from "../../../src/telemetry/attributes.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { spanNamed } from "../../_support/telemetry-spans.ts";

type Act = (c: ActorContext<undefined>) => unknown;

const doer = defineActor("doer", { handlers: { act: (c, act: Act) => act(c) } });

/** A kind whose actors are awake under one key. */
class Addressed extends ActorType {
  override keyOf(): string {
    return "a,b";
  }

  override generationOf(): number {
    return 3;
  }
}

function typeOf(
  { system }: { readonly system: ActorSystem },
  Kind: typeof ActorType = Addressed,
): ActorType {
  return requireRuntime(system).typeOf(doer, Kind);
}

describe("an actor with a key", () => {
  it("has it on its spans and lines, with its generation", async () => {
    await using kit = startKit();
    typeOf(kit);
    await kit.system.spawn(doer).ask.act((c) => c.log.info("working"));
    await until(() => kit.telemetry.spans().length >= 3);

    for (const name of ["ask doer.act", "doer.act", "doer start"]) {
      const { attributes } = spanNamed(kit.telemetry, name);
      assert.equal(attributes["actor.key"], "a,b", name);
      assert.equal(attributes["actor.generation"], 3, name);
    }
    const line = kit.telemetry.logs().find(({ msg }) => msg === "working");
    assert.partialDeepStrictEqual(line, { actor_key: "a,b", actor_generation: 3 });
  });

  it("has it on the lines of a logger that is not limelight's", async () => {
    const lines: object[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    await using open = openSystem({ logger });
    typeOf(open);

    await open.system.spawn(doer).ask.act((c) => c.log.info("working"));

    const line = lines.find((one) => (one as { readonly msg?: string }).msg === "working");
    assert.partialDeepStrictEqual(line, { actor_key: "a,b", actor_generation: 3 });
  });
});

describe("a message of a schedule", () => {
  it("starts a trace that links to the span that set the schedule, and fails as a timer does", async () => {
    await using kit = startKit();
    const type = typeOf(kit, ActorType);
    const ref = kit.system.spawn(doer);
    const cell = CellRef.cellOf(ref) as ActorCell;
    const route = new Route({
      actorType: "doer",
      messageType: "due",
      kind: MessageKind.Schedule,
      metrics: type.metrics,
      handler() {
        throw new Error("no");
      },
    });
    const cause = { traceId: "0".repeat(31).concat("1"), spanId: "0".repeat(15).concat("2") };
    const envelope = new Envelope(route);
    envelope.span = trace.wrapSpanContext({ ...cause, traceFlags: 1 });

    accept(cell, envelope);
    await until(() => kit.telemetry.logs().some(({ event }) => event === "actor.failed"));

    const span = spanNamed(kit.telemetry, "doer.due");
    assert.equal(span.attributes["actor.message.kind"], "schedule");
    assert.notEqual(span.spanContext().traceId, cause.traceId);
    assert.partialDeepStrictEqual(span.links, [{ context: cause }]);
    const failed = kit.telemetry.logs().find(({ event }) => event === "actor.failed");
    assert.partialDeepStrictEqual(failed, { phase: "timer", directive: "restart" });
  });
});

describe("a target that starts its actor", () => {
  /** Starts an actor at the first message. */
  class Sleeper implements Target {
    readonly actorId = "sleeper";
    readonly type: ActorType;
    awake: ActorCell | undefined = undefined;

    constructor(type: ActorType) {
      this.type = type;
    }

    cell(): ActorCell {
      this.awake ??= this.type.system.start(this.type, undefined, undefined);
      return this.awake;
    }

    awakeCell(): ActorCell | undefined {
      return this.awake;
    }
  }

  const observer = defineActor("observer", {
    handlers: { act: (c, act: Act) => act(c) },
    onTerminated() {},
  });

  it("is woken by a link and a watch, but not to remove one", async () => {
    await using open = openSystem();
    const sleeper = new Sleeper(typeOf(open));
    const ref = new CellRef<object, "reject">(sleeper, undefined);
    const ask = open.system.spawn(observer).ask;

    await ask.act((c) => c.unlink(ref));
    await ask.act((c) => c.unwatch(ref));
    assert.equal(sleeper.awake, undefined);
    await ask.act((c) => c.watch(ref));
    await ask.act((c) => c.link(ref));
    const { linked, watchers } = sleeper.cell().extrasIfAny?.links ?? {};
    assert.deepEqual([linked?.size, watchers?.size], [1, 1]);
    await ask.act((c) => c.unlink(ref));
    await ask.act((c) => c.unwatch(ref));

    assert.deepEqual([linked?.size, watchers?.size], [0, 0]);
  });
});

describe("an actor that is started while its system shuts down", () => {
  it("is refused, unless work in flight needs it", async () => {
    await using open = openSystem();
    const runtime = requireRuntime(open.system);
    const type = typeOf(open);
    const gate = new Gate();
    const asked = open.system.spawn(doer).ask.act(() => gate.opened);
    await settleTurns();
    const down = open.system.shutdown();

    const code = await codeOf((async () => runtime.start(type, undefined, undefined))());
    const started = runtime.start(type, undefined, undefined, OpenFor.WorkInFlight);
    gate.open();
    await asked;
    await down;

    assert.equal(code, "ERR_SYSTEM_STOPPED");
    assert.equal(started.stopReason, "shutdown");
    const late = async () => runtime.start(type, undefined, undefined, OpenFor.WorkInFlight);
    assert.equal(await codeOf(late()), "ERR_SYSTEM_STOPPED");
  });
});

describe("a definition whose actors have keys", () => {
  it("cannot be spawned", async () => {
    await using open = openSystem();
    const keyed = Object.freeze({ ...doer, keyed: true });

    assert.equal(await codeOf((async () => open.system.spawn(keyed))()), "ERR_INVALID_OPTION");
    const pool = async () => open.system.spawnPool(keyed, { size: 2 });
    assert.equal(await codeOf(pool()), "ERR_INVALID_OPTION");
  });
});
