import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import {
  type KeyValue,
  type KeyValueCondition,
  type KeyValueEntry,
  NO_ENTRY,
} from "../../../src/cluster/engine/key-value.ts";
import { resolveWrite } from "../../../src/cluster/engine/resolve-write.ts";
import { ManualClock } from "../../../src/testing.ts";
import { codeOf } from "../../_support/actor-waiting.ts";

/** What becomes of one call of the engine. */
type Fate = "ok" | "lost" | "ghost" | "late" | "unavailable" | "full";

function failed(code: ErrorCode): ClusterError {
  return new ClusterError("an injected fault", { code });
}

/**
 * One key. Each `put` has the next fate. Not acknowledged are `lost`: written, `ghost`: not written, and `late`: tried
 * 70 ms later.
 */
class OneKey implements Pick<KeyValue, "read" | "put"> {
  readonly #clock: ManualClock;
  readonly fates: Fate[] = [];
  readonly readFates: Fate[] = [];
  entry: KeyValueEntry | undefined;
  puts = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  async read(): Promise<KeyValueEntry | undefined> {
    if ((this.readFates.shift() ?? "ok") !== "ok") throw failed(ErrorCode.EngineUnavailable);
    return this.entry;
  }

  async put(key: string, value: Uint8Array, condition?: KeyValueCondition): Promise<number> {
    this.puts += 1;
    const fate = this.fates.shift() ?? "ok";
    if (fate === "late") this.#clock.schedule(() => this.#tryWrite(key, value, condition), 70);
    if (fate === "ghost" || fate === "late") throw failed(ErrorCode.EngineUnknownOutcome);
    if (fate === "unavailable") throw failed(ErrorCode.EngineUnavailable);
    if (fate === "full") throw failed(ErrorCode.EngineFull);
    const revision = this.write(key, value, condition?.expectedRevision);
    if (fate === "lost") throw failed(ErrorCode.EngineUnknownOutcome);
    return revision;
  }

  #tryWrite(key: string, value: Uint8Array, condition?: KeyValueCondition): void {
    const current = this.entry?.revision ?? NO_ENTRY;
    if (condition?.expectedRevision === current) this.write(key, value);
  }

  write(key: string, value: Uint8Array, expected = this.entry?.revision ?? NO_ENTRY): number {
    const current = this.entry?.revision ?? NO_ENTRY;
    if (expected !== current) throw failed(ErrorCode.EngineConflict);
    this.entry = { key, value, revision: current + 1 };
    return current + 1;
  }
}

const OURS = Buffer.from("ours");
const WRITE = { key: "k", value: OURS, expectedRevision: NO_ENTRY };

interface Run {
  readonly key: OneKey;
  readonly clock: ManualClock;
  readonly outcome: Promise<number>;
  /** What was reported of it. */
  readonly resolutions: string[];
}

function run(fates: readonly Fate[], readFates: readonly Fate[] = [], signal?: AbortSignal): Run {
  const clock = new ManualClock();
  const key = new OneKey(clock);
  key.fates.push(...fates);
  key.readFates.push(...readFates);
  const resolutions: string[] = [];
  const outcome = resolveWrite(key as never, WRITE, {
    clock,
    luck: () => 0.5,
    resolved: (resolution) => resolutions.push(resolution),
    ...(signal === undefined ? {} : { signal }),
  });
  outcome.catch(() => {}); // looked at once the clock has moved
  return { key, clock, outcome, resolutions };
}

describe("a write that has to be resolved", () => {
  it("returns the revision of a write that is acknowledged", async () => {
    assert.equal(await run([]).outcome, 1);
  });

  it("rejects at once with an error that promises that nothing was written", async () => {
    assert.equal(await codeOf(run(["unavailable"]).outcome), "ERR_ENGINE_UNAVAILABLE");
    assert.equal(await codeOf(run(["full"]).outcome), "ERR_ENGINE_FULL");
  });

  it("recognises its own write after an acknowledgement was lost", async () => {
    const { outcome, clock, key } = run(["lost"]);

    await clock.advance(1_000);

    assert.equal(await outcome, 1);
    assert.deepEqual(key.entry?.value, OURS);
  });

  it("writes the same again if nothing was written", async () => {
    const { outcome, clock, key } = run(["ghost", "ghost", "unavailable"]);

    await clock.advance(5_000);

    assert.equal(await outcome, 1);
    assert.equal(key.puts, 4);
  });

  it("recognises an attempt that has happened late", async () => {
    const { outcome, clock, key } = run(["late", "ghost", "ghost"]);

    await clock.advance(5_000);

    assert.equal(await outcome, 1);
    assert.equal(key.puts, 4);
  });

  it("is a conflict if another writer was first", async () => {
    const { outcome, clock, key } = run(["ghost"]);
    key.write("k", Buffer.from("theirs"));

    await clock.advance(5_000);

    assert.equal(await codeOf(outcome), "ERR_ENGINE_CONFLICT");
    assert.equal(key.puts, 2);
  });

  it("reads again if the key cannot be read", async () => {
    const { outcome, clock } = run(["lost"], ["unavailable", "unavailable"]);

    await clock.advance(5_000);

    assert.equal(await outcome, 1);
  });

  it("stays unknown after 5 s, also if later attempts were refused", async () => {
    const { outcome, clock, key } = run(["ghost", ...Array<Fate>(50).fill("unavailable")]);

    await clock.advance(4_000);
    const early = key.puts;
    await clock.advance(60_000);

    assert.equal(await codeOf(outcome), "ERR_ENGINE_UNKNOWN_OUTCOME");
    assert.ok(key.puts < early + 4, `${key.puts} attempts, ${early} of them early`);
    assert.equal(clock.backgroundTimers, 0);
  });

  it("stays unknown when it is aborted", async () => {
    const controller = new AbortController();
    const { outcome, clock } = run(["ghost", "ghost"], [], controller.signal);
    await clock.advance(0);

    controller.abort();

    assert.equal(await codeOf(outcome), "ERR_ENGINE_UNKNOWN_OUTCOME");
    assert.equal(clock.backgroundTimers, 0);
  });

  it("reports what was found out, once, and nothing of writes with a known outcome", async () => {
    const known = run([]);
    const refused = run(["full"]);
    const written = run(["lost"]);
    const overtaken = run(["ghost"]);
    overtaken.key.write("k", Buffer.from("theirs"));
    const lost = run(Array<Fate>(60).fill("ghost"));

    const resolutions: (readonly string[])[] = [];
    for (const each of [known, refused, written, overtaken, lost]) {
      await each.clock.advance(60_000);
      await each.outcome.catch(() => {}); // its error is looked at by the tests above
      resolutions.push(each.resolutions);
    }

    assert.deepEqual(resolutions, [[], [], ["written"], ["not_written"], ["unresolved"]]);
  });

  it("never says that a write has happened that has not, or the other way round", async () => {
    const fate = fc.constantFrom<Fate>("ok", "lost", "ghost", "late", "unavailable", "full");
    const someFates = fc.array(fate, { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(someFates, someFates, fc.nat(2), async (fates, readFates, rivalAfter) => {
        const { key, clock, outcome } = run(fates, readFates);
        for (let step = 0; step < rivalAfter; step += 1) await clock.advance(60);
        const isRivalIn = key.entry === undefined && rivalAfter > 0;
        if (isRivalIn) key.write("k", Buffer.from("theirs"));
        await clock.advance(20_000);

        const isOurs = key.entry?.value === OURS;
        const code = await codeOf(outcome);
        if (code === undefined) assert.equal(isOurs, true);
        else if (code !== "ERR_ENGINE_UNKNOWN_OUTCOME") assert.equal(isOurs, false, String(code));
      }),
      { numRuns: 150 },
    );
  });
});
