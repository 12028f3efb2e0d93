import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, context, createContextKey, propagation, trace } from "@opentelemetry/api";
import fc from "fast-check";
import { type ActorRef, defineActor } from "../../../src/index.ts";
import { withSpan } from "../../../src/telemetry.ts";
import { createProbe, ManualClock } from "../../../src/testing.ts";
import { type Kit, startKit } from "../../_support/telemetry-kit.ts";
import { assertChildOf, inCaller, spanNamed } from "../../_support/telemetry-spans.ts";
import { until } from "../../_support/telemetry-until.ts";

/** Opens and ends a span of the application's own, as any library that is instrumented does. */
function ownSpan({ telemetry }: Kit, name: string): void {
  telemetry.tracerProvider.getTracer("application").startSpan(name).end();
}

function baggageOf(active: Context): string | undefined {
  return propagation.getBaggage(active)?.getEntry("tenant")?.value;
}

function withBaggage<Result>(tenant: string, fn: () => Promise<Result>): Promise<Result> {
  const baggage = propagation.createBaggage({ tenant: { value: tenant } });
  return context.with(propagation.setBaggage(context.active(), baggage), fn);
}

describe("a span of the application's own", () => {
  it("is a child of the handler it is made in, before and after an await", async () => {
    await using kit = startKit();
    const worker = defineActor("worker", {
      handlers: {
        async work() {
          ownSpan(kit, "before");
          await Promise.resolve();
          ownSpan(kit, "after");
        },
      },
    });

    await kit.system.spawn(worker).ask.work();

    const handler = spanNamed(kit.telemetry, "worker.work");
    assertChildOf(spanNamed(kit.telemetry, "before"), handler);
    assertChildOf(spanNamed(kit.telemetry, "after"), handler);
  });

  it("is a child of the task it is made in", async () => {
    await using kit = startKit();
    const worker = defineActor("worker", {
      handlers: {
        work: (c) =>
          c.spawnTask("chore", async () => {
            ownSpan(kit, "before");
            await Promise.resolve();
            ownSpan(kit, "after");
          }).settled,
      },
    });

    await kit.system.spawn(worker).ask.work();

    const task = spanNamed(kit.telemetry, "worker task chore");
    assertChildOf(spanNamed(kit.telemetry, "before"), task);
    assertChildOf(spanNamed(kit.telemetry, "after"), task);
  });

  it("is a child of the timer it is made in", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const sleeper = defineActor("sleeper", {
      handlers: {
        set: (c) => void c.after("alarm", 10, () => ownSpan(kit, "rings")),
      },
    });

    await kit.system.spawn(sleeper).ask.set();
    await clock.advance(10);

    assertChildOf(spanNamed(kit.telemetry, "rings"), spanNamed(kit.telemetry, "sleeper.alarm"));
  });

  it("is a child of the hook it is made in", async () => {
    await using kit = startKit();
    const hooked = defineActor("hooked", {
      async onStart() {
        await Promise.resolve();
        ownSpan(kit, "starting");
      },
      onStop() {
        ownSpan(kit, "stopping");
      },
      handlers: { noop() {} },
    });
    const ref = kit.system.spawn(hooked);

    await ref.whenReady();
    await ref.stop();
    await until(() => kit.telemetry.spansNamed("hooked stop").length === 1, "the stop's span");

    assertChildOf(spanNamed(kit.telemetry, "starting"), spanNamed(kit.telemetry, "hooked start"));
    assertChildOf(spanNamed(kit.telemetry, "stopping"), spanNamed(kit.telemetry, "hooked stop"));
  });

  it("is the parent of what is sent while it is active", async () => {
    await using kit = startKit();
    const leaf = kit.system.spawn(defineActor("leaf", { handlers: { touch() {} } }));
    const tracer = kit.telemetry.tracerProvider.getTracer("application");
    const worker = defineActor("worker", {
      handlers: {
        work: () =>
          tracer.startActiveSpan("own", async (span) => {
            await leaf.ask.touch();
            span.end();
          }),
      },
    });

    await kit.system.spawn(worker).ask.work();

    const own = spanNamed(kit.telemetry, "own");
    assertChildOf(own, spanNamed(kit.telemetry, "worker.work"));
    assertChildOf(spanNamed(kit.telemetry, "ask leaf.touch"), own);
  });

  it("made around an ask by withSpan leaves the actor's identity on the log lines within", async () => {
    await using kit = startKit();
    const worker = defineActor("worker", {
      handlers: {
        work: () => withSpan("own", () => void kit.telemetry.logger.info("within")),
      },
    });
    const ref = kit.system.spawn(worker);

    await ref.ask.work();

    const line = kit.telemetry.logs().find(({ msg }) => msg === "within");
    assert.equal(line?.["actor_id"], ref.id);
  });
});

describe("the context", () => {
  const last = defineActor("last", { handlers: { read: () => baggageOf(context.active()) } });

  it("an application sets around a message reaches the next actors and their tasks", async () => {
    await using kit = startKit();
    const end = kit.system.spawn(last);
    const middle = defineActor("middle", {
      handlers: {
        pass: (c) =>
          new Promise((resolve) => {
            c.spawnTask("chore", async () => {
              await Promise.resolve();
              resolve(await end.ask.read());
            });
          }),
      },
    });
    const ref = kit.system.spawn(middle);

    assert.equal(await withBaggage("acme", () => ref.ask.pass()), "acme");
    assert.equal(await ref.ask.pass(), undefined);
  });

  it("that a handler sets with `context.with` reaches the next actor, and only that", async () => {
    await using kit = startKit();
    const end = kit.system.spawn(last);
    const middle = defineActor("middle", {
      handlers: {
        async pass() {
          const inside = await withBaggage("acme", () => end.ask.read());
          return [inside, await end.ask.read()];
        },
      },
    });

    const seen = await kit.system.spawn(middle).ask.pass();

    assert.deepEqual(seen, ["acme", undefined]);
    const [first] = kit.telemetry.spansNamed("ask last.read");
    assertChildOf(first!, spanNamed(kit.telemetry, "middle.pass"));
  });

  it("reaches timers from where they were set", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const probe = createProbe<string | undefined>(kit.system);
    const sleeper = defineActor("sleeper", {
      handlers: {
        set: (c) =>
          void c.after("alarm", 10, () => probe.ref.tell.receive(baggageOf(context.active()))),
      },
    });
    const ref = kit.system.spawn(sleeper);

    await withBaggage("acme", () => ref.ask.set());
    await clock.advance(10);

    assert.equal(await probe.next(), "acme");
  });

  it("of a message does not stay with its actor", async () => {
    await using kit = startKit();
    const end = kit.system.spawn(last);

    const seen = await Promise.all([
      withBaggage("a", () => end.ask.read()),
      end.ask.read(),
      withBaggage("b", () => end.ask.read()),
      withBaggage("b", () => end.ask.read()),
      end.ask.read(),
    ]);

    assert.deepEqual(seen, ["a", undefined, "b", "b", undefined]);
  });

  it("does not leak out of the actors into whoever waits for them", async () => {
    await using kit = startKit();
    const end = kit.system.spawn(last);

    await withBaggage("acme", () => end.ask.read());

    assert.equal(baggageOf(context.active()), undefined);
    assert.equal(trace.getActiveSpan(), undefined);
  });

  it("a system is created in does not reach its actors", async () => {
    const created: { kit?: Kit } = {};
    await withBaggage("creator", async () => {
      created.kit = startKit();
    });
    await using kit = created.kit!;

    assert.equal(await kit.system.spawn(last).ask.read(), undefined);
  });

  it("can be read and changed like any other", async () => {
    await using kit = startKit();
    const key = createContextKey("test");
    const worker = defineActor("worker", {
      handlers: {
        look() {
          const active = context.active();
          const changed = active.setValue(key, 1);
          return [
            changed.getValue(key),
            changed.deleteValue(key).getValue(key),
            active.getValue(key),
            trace.getSpan(changed) === trace.getSpan(active),
            trace.getSpan(trace.deleteSpan(active)),
          ];
        },
      },
    });

    const seen = await kit.system.spawn(worker).ask.look();

    assert.deepEqual(seen, [1, undefined, undefined, true, undefined]);
  });

  it("does not grow while 10,000 messages go to and fro", async () => {
    await using kit = startKit({ tracing: { rootSampleRatio: 0 } });
    const done = Promise.withResolvers<number>();
    const key = createContextKey("test");
    const player = defineActor("player", {
      handlers: {
        hit(c, rounds: number, other: ActorRef<{ hit(c: never, ...args: unknown[]): void }>) {
          if (rounds > 0) other.tell.hit(rounds - 1, c.self);
          else done.resolve(depthOf(context.active()));
        },
      },
    });
    const [ping, pong] = [kit.system.spawn(player), kit.system.spawn(player)];

    await context.with(context.active().setValue(key, 1), () => {
      ping.tell.hit(10_000, pong as never);
      return done.promise;
    });

    assert.equal(await done.promise, 2);
  });
});

/** Length of the chain of contexts that hang below `active`, by whatever property. */
function depthOf(active: Context): number {
  let depth = 1;
  for (let at = active as { base?: Context }; at.base !== undefined; at = at.base as never)
    depth += 1;
  return depth;
}

/** How a message goes on to the next actor. */
const WAYS = ["ask", "task", "later", "tell"] as const;
const LAYERS = 5;
const ACTORS_PER_LAYER = 4;

interface Seen {
  readonly traceId: string | undefined;
  readonly tenant: string | undefined;
}

function look(): Seen {
  const active = context.active();
  return { traceId: trace.getSpanContext(active)?.traceId, tenant: baggageOf(active) };
}

type Hop = (ways: readonly string[]) => Promise<Seen[]>;

/** Several actors that take journeys in turn; each looks around before and after it passes one on. */
function spawnLayer(kit: Kit, next: Hop | undefined): Hop {
  const layer = defineActor("layer", {
    handlers: {
      async hop(c, ways: readonly string[], reply?: (seen: Seen[]) => void): Promise<Seen[]> {
        const before = look();
        const below = await passOn(c, ways);
        const seen = [before, look(), ...below];
        reply?.(seen);
        return seen;
      },
    },
  });
  type Context = Parameters<typeof layer.options.handlers.hop>[0];
  async function passOn(c: Context, [way, ...rest]: readonly string[]): Promise<Seen[]> {
    if (next === undefined || way === undefined) return [];
    if (way === "later") await Promise.resolve();
    if (way !== "task") return next([way, ...rest]);
    const result = Promise.withResolvers<Seen[]>();
    c.spawnTask("hop", () =>
      next([way, ...rest]).then((below) => result.resolve([look(), ...below])),
    );
    return result.promise;
  }
  const refs = Array.from({ length: ACTORS_PER_LAYER }, () => kit.system.spawn(layer));
  let turn = 0;
  return ([way, ...rest]) => {
    turn += 1;
    const ref = refs[turn % ACTORS_PER_LAYER]!;
    if (way !== "tell") return ref.ask.hop(rest);
    const { promise, resolve } = Promise.withResolvers<Seen[]>();
    ref.tell.hop(rest, resolve);
    return promise;
  };
}

describe("messages of many traces at once", () => {
  it("never see each other's trace or baggage, however they interleave", async () => {
    await using kit = startKit();
    let first = spawnLayer(kit, undefined);
    for (let layer = 1; layer < LAYERS; layer += 1) first = spawnLayer(kit, first);
    const journeys = fc.array(fc.array(fc.constantFrom(...WAYS), { minLength: 1, maxLength: 10 }), {
      minLength: 1,
      maxLength: 60,
    });

    const travel = async (ways: readonly string[], number: number): Promise<void> =>
      inCaller(kit.telemetry, async () => {
        const { traceId } = look();
        const tenant = `tenant-${number}`;
        const all = await withBaggage(tenant, () => first(ways));
        assert.ok(all.length >= 2);
        for (const seen of all) assert.deepEqual(seen, { traceId, tenant });
      });
    await fc.assert(
      fc.asyncProperty(journeys, async (all) => {
        await Promise.all(all.map(travel));
      }),
      { numRuns: 25 },
    );
  });
});
