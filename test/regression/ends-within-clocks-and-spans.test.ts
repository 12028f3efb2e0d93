import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DelegatedReply } from "../../src/index.ts";
import { ManualClock } from "../../src/testing.ts";
import { boom } from "../_support/ends-sites.ts";
import { WAYS, type Way } from "../_support/ends-ways.ts";
import { World } from "../_support/ends-world.ts";

const FLAVOR = { name: "foreign code", strategy: "one_for_one", maxActs: 1 } as const;

/** A clock of an application that runs code of its own at each call. */
class CallingClock extends ManualClock {
  onCall: () => void = () => {};

  override monotonicMs(): number {
    this.onCall();
    return super.monotonicMs();
  }

  override schedule(
    ...args: Parameters<ManualClock["schedule"]>
  ): ReturnType<ManualClock["schedule"]> {
    this.onCall();
    return super.schedule(...args);
  }
}

/** Makes the runtime call foreign code in as many places as possible. */
async function playAll(world: World): Promise<void> {
  const hooks = { state: () => ({}), onStart: () => {}, onStop: () => {} };
  await world.open(hooks, hooks);
  await world.spawnFamily();
  const subject = world.part("subject");
  world.track(subject?.with({ timeoutMs: 40 }).ask.run(() => new Promise(() => {})));
  await world.clock.advance(50);
  let reply: DelegatedReply<unknown> | undefined;
  world.part("elder")?.tell.run((c) => {
    c.every("tick", 300, () => {});
    c.after("later", 5, () => {});
    c.spawnTask("job", () => Promise.resolve());
    c.pipe(Promise.resolve(1), "item");
    world.track(world.part("younger")?.ask.ping());
  });
  world.track(
    world.part("elder")?.ask.run((c) => {
      reply = c.delegateReply();
      return reply;
    }),
  );
  world.track(world.part("elder")?.ask.run(() => Promise.resolve()));
  await world.clock.advance(5);
  reply?.resolve(1);
  world.part("elder")?.tell.run(boom);
  world.part("younger")?.tell.run((c) => c.stop());
  await world.clock.advance(5);
  world.part("elder")?.tell.ping();
  world.part("younger")?.tell.ping();
  world.track(world.part("child")?.stop());
  world.part("subject")?.kill();
}

function unlessShutDown(error: unknown): void {
  if ((error as { code?: unknown }).code !== "ERR_SYSTEM_STOPPED") throw error;
}

/** Returns the number of calls of foreign code; ends something at the call with the number `at`. */
async function play(source: "clock" | "spans", way: Way, at: number): Promise<number> {
  const clock = new CallingClock();
  const world = new World({ ...FLAVOR, traced: source === "spans" }, clock);
  let calls = 0;
  const onCall = (): void => {
    calls += 1;
    if (calls === at) way.end(world);
  };
  if (source === "clock") clock.onCall = onCall;
  else world.onSpan = onCall;
  await playAll(world).catch(unlessShutDown);
  await world.passTime();
  await world.close();
  return calls;
}

/** Ways that end something at once; the others only mark it for later. */
const SUDDEN = ["kills subject", "kills parent", "restarts subject", "shuts the system down"];

describe("an end from within", () => {
  for (const source of ["clock", "spans"] as const) {
    for (const way of WAYS.filter(({ name }) => SUDDEN.includes(name))) {
      it(`the ${source} that ${way.name}`, async () => {
        const calls = await play(source, way, 0);
        const failures: string[] = [];
        for (let at = 1; at <= calls; at += 1) {
          try {
            await play(source, way, at);
          } catch (error) {
            failures.push(`call ${at}: ${error instanceof Error ? error.message : String(error)}`);
          }
        }
        assert.deepEqual(failures, []);
      });
    }
  }
});
