import { nextTurn } from "../../../src/base/node-timers.ts";
import { createSystem, LimelightError, type MonitoredSystem } from "../../../src/index.ts";
import { expectBooks, type InMemoryTelemetry, inMemoryTelemetry } from "../../../src/testing.ts";
import { expectClosedBooks, passTimeUntil } from "../../_support/actor-system.ts";
import { Gate } from "../../_support/actor-waiting.ts";
import { JumpingClock } from "../../_support/jumping-clock.ts";
import { Boom, type CastDefinition, defineCast, type Shown, type Stage } from "./keyed-cast.ts";
import { KeyedModel } from "./keyed-model.ts";
import type { KeyedPlan, Step } from "./keyed-plan.ts";
import { ScenarioStore } from "./keyed-store.ts";

/** Turns in which everything that can go on without time passing does so. */
const TURNS = 6;
/** Errors of a message that promise that nothing of it was stored. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  "ERR_SAVE_FAILED",
  "ERR_STATE_CONFLICT",
  "ERR_START_FAILED",
  "ERR_RESIDENT_LIMIT",
  "ERR_REPLY_LOST",
]);
/** Gauges that are zero when no actor is awake. */
const GAUGES = ["actor.awake", "actor.keep_awake.active", "actor.inbox.depth", "actor.task.active"];
/** Log lines that no fault of a store may cause. */
const FORBIDDEN: ReadonlySet<unknown> = new Set(["actor.runtime.fault", "actor.schedule.given_up"]);

/** A system of a scenario, with what belongs to it alone. */
interface Run {
  readonly system: MonitoredSystem;
  readonly clock: JumpingClock;
  readonly telemetry: InMemoryTelemetry;
  readonly cut: () => void;
  readonly cast: Readonly<Record<Step["type"], CastDefinition>>;
}

/** One scenario: systems that follow each other on one store, and what the outside knows of them. */
export class KeyedPlay {
  readonly problems: string[] = [];
  readonly codes: Map<unknown, number> = new Map();
  readonly #plan: KeyedPlan;
  readonly #store = new ScenarioStore();
  readonly #model = new KeyedModel((text) => this.problem(text));
  readonly #pending = new Map<Promise<unknown>, string>();
  readonly #thrown = new Map<number, number>();
  #gate = new Gate();
  #lives = 0;
  #creations = 0;
  #epochMs = new JumpingClock().epochMs();
  #latestMs = 0;
  #run: Run;

  constructor(plan: KeyedPlan) {
    this.#plan = plan;
    this.#run = this.#open();
  }

  problem(text: string): void {
    if (this.problems.length < 10) this.problems.push(text);
  }

  /** Performs the plan. */
  async perform(): Promise<void> {
    for (const step of this.#plan.steps) {
      await this.#take(step);
      if (step.atOnce) continue;
      await turns();
      await this.#check(false);
      if (this.problems.length > 0) {
        this.problem(`after step ${step.op}: ${step.do} ${step.type}/k${step.key}`);
        return;
      }
    }
    await this.#end();
  }

  /** Lets everything come to its end without further faults. */
  async #end(): Promise<void> {
    this.#store.heal();
    await this.#store.applyLate();
    this.#gate.open(); // and stays open
    const { clock } = this.#run;
    clock.jump(Math.max(0, this.#latestMs - clock.epochMs()));
    for (let step = 0; step < 12; step += 1) await clock.advance(1_000);
    for (let step = 0; step < 14; step += 1) await clock.advance(15_000);
    await turns();
    for (const what of this.#pending.values()) this.problem(`${what} never settled`);
    await this.#check(true);
    await this.#checkListing();
    await this.#close();
    await this.#check(true);
  }

  #open(): Run {
    const clock = new JumpingClock();
    clock.jump(this.#epochMs - clock.epochMs());
    const telemetry = inMemoryTelemetry();
    const stage = this.#stage(() => this.#run);
    const cast = { eager: defineCast("eager", stage), lazy: defineCast("lazy", stage) };
    const { store, cut } = this.#store.view();
    const { maxResident } = this.#plan;
    const system = createSystem({
      ...telemetry.systemOptions,
      clock,
      store,
      actors: [cast.eager, cast.lazy],
      maxResident,
      shutdownDeadlineMs: 10_000,
    });
    return { system, clock, telemetry, cut, cast };
  }

  #stage(run: () => Run): Stage {
    const newest = new Map<string, number>();
    return {
      problem: (text) => this.problem(text),
      lifeBegins: (key) => {
        this.#lives += 1;
        newest.set(key, this.#lives);
        return this.#lives;
      },
      lifeOf: (key) => newest.get(key),
      newCreation: (key) => {
        this.#creations += 1;
        return `${key}#${this.#creations}`;
      },
      gate: () => this.#gate,
      throws: (op, times) => {
        const thrown = this.#thrown.get(op) ?? 0;
        this.#thrown.set(op, thrown + 1);
        return thrown < times;
      },
      saved: (op, shown) => {
        const key = this.#model.operations.get(op)?.key;
        if (key !== undefined) this.#model.shown(key, shown);
      },
      relay: async (op, target) => {
        const { system, cast } = run();
        const shown = await system.get(cast.eager, `k${target}`).ask.add(op, false);
        this.#model.shown(`eager/k${target}`, shown);
        return shown;
      },
    };
  }

  async #take(step: Step): Promise<void> {
    const { clock, system, cast } = this.#run;
    const ref = system.get(cast[step.type], `k${step.key}`);
    const key = `${step.type}/k${step.key}`;
    const { op } = step;
    switch (step.do) {
      case "ask":
        return this.#asked(step, key, "mark", ref.ask.add(op, true));
      case "tell":
        this.#model.sent(op, key, "mark");
        return ref.tell.add(op, true);
      case "read":
        return this.#asked(step, key, "mark", ref.ask.read());
      case "slow":
        return this.#asked(step, key, "mark", ref.ask.slow(op));
      case "save":
        return this.#asked(step, key, "mark", ref.ask.save(op, step.throws > 0));
      case "boom":
        this.#model.sent(op, key, "mark");
        return ref.tell.boom(op);
      case "refuse":
        return this.#asked(step, key, "mark", ref.ask.refuse(op) as Promise<never>);
      case "relay": {
        const target = step.key + 1;
        if (step.type === "lazy" || target >= this.#plan.keys) return;
        this.#model.sent(op, `eager/k${target}`, "mark");
        return this.#asked({ ...step, op: -op }, key, "mark", ref.ask.relay(op, target));
      }
      case "schedule":
        return this.#asked(step, key, "schedule", ref.ask.schedule(op, step.ms, step.throws));
      case "cancel":
        return this.#cancel(step, key, ref);
      case "send":
        this.#model.sent(op, key, "job");
        return this.#watch(
          ref.queue.jobs.send({ op, throws: step.throws }).then(() => this.#model.queued(key, op)),
          step,
        );
      case "queue_ask":
        this.#model.sent(op, key, "job");
        return this.#watch(
          ref.queue.jobs.ask({ op, throws: step.throws }).then(() => this.#model.queued(key, op)),
          step,
        );
      case "sleep":
        return this.#watch(ref.sleep(), step);
      case "kill":
        return ref.kill();
      case "destroy": {
        const ended = this.#model.destroys(key);
        const destroyed = ref.destroy().then(
          () => ended("removed"),
          (error: unknown) => {
            ended("failed");
            throw error;
          },
        );
        return this.#watch(destroyed, step);
      }
      case "turn":
        return turns();
      case "advance":
        return clock.advance(step.ms);
      case "gate":
        return this.#openGate();
      case "fault":
        return this.#store.fail(step.fault);
      case "heal":
        return this.#store.heal();
      case "late":
        return this.#store.applyLate();
      case "jump":
        return clock.jump(step.op % 2 === 0 ? step.ms : -step.ms);
      case "restart":
        this.#store.heal();
        await this.#close();
        this.#run = this.#open();
        return;
      case "crash":
        this.#run.cut();
        this.#store.heal();
        await this.#close();
        this.#run = this.#open();
        return;
    }
  }

  #asked(step: Step, key: string, kind: "mark" | "schedule", reply: Promise<Shown>): void {
    if (step.op > 0) this.#model.sent(step.op, key, kind);
    const isDurable = step.type === "eager";
    const answered = reply.then(
      (shown) => {
        if (isDurable) this.#model.shown(key, shown, kind === "schedule" ? step.op : undefined);
      },
      (error: unknown) => {
        const code = (error as { readonly code?: unknown }).code;
        const isOwn = error instanceof Boom && step.do === "refuse";
        // What a handler changes before an `await` may be stored by a commit that begins meanwhile.
        const isWhole = step.do !== "save" && step.do !== "slow";
        if (isWhole && (isOwn || REFUSALS.has(code))) {
          this.#model.refused(step.op, isOwn ? "Boom" : String(code));
        }
        throw error;
      },
    );
    this.#watch(answered, step);
  }

  /** Cancels the schedule that was set last under the key. */
  #cancel(step: Step, key: string, ref: ReturnType<typeof refOf>): void {
    const scheduled = [...this.#model.operations.values()].filter(
      (operation) => operation.kind === "schedule" && operation.key === key,
    );
    const last = scheduled.at(-1);
    if (last === undefined) return;
    this.#model.cancels(last.op);
    const reply = ref.ask.cancel(last.op).then((shown) => {
      if (step.type === "eager" && shown.cancelled === true) this.#model.cancelled(last.op);
      return shown;
    });
    this.#asked({ ...step, op: -step.op }, key, "mark", reply);
  }

  #watch(promise: Promise<unknown>, step: Step): void {
    const what = `step ${step.op} (${step.do} ${step.type}/k${step.key})`;
    this.#pending.set(promise, what);
    promise.then(
      () => this.#pending.delete(promise),
      (error: unknown) => {
        this.#pending.delete(promise);
        const code = LimelightError.is(error) ? error.code : (error as Error).name;
        this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
        if (!LimelightError.is(error) && !(error instanceof Boom)) {
          this.problem(`${what} failed with ${String((error as Error).stack ?? error)}`);
        }
      },
    );
  }

  #openGate(): void {
    this.#gate.open();
    this.#gate = new Gate();
  }

  async #check(atEnd: boolean): Promise<void> {
    const { system, clock, telemetry } = this.#run;
    this.#latestMs = Math.max(this.#latestMs, clock.epochMs());
    try {
      expectBooks(system);
    } catch (error) {
      this.problem((error as Error).message);
    }
    this.#model.check(await this.#store.texts(), atEnd);
    if (!atEnd) return;
    for (const { event, err } of telemetry.logs()) {
      if (FORBIDDEN.has(event)) this.problem(`logged ${String(event)} ${JSON.stringify(err)}`);
    }
  }

  /** The listing has the actors that are stored, and says which of them are awake. */
  async #checkListing(): Promise<void> {
    const { system, cast } = this.#run;
    const stored = [...(await this.#store.texts()).keys()].filter((key) => key.startsWith("m/"));
    const listed: string[] = [];
    let awake = 0;
    for (const type of [cast.eager, cast.lazy]) {
      const { keys } = await system.keys(type, { limit: 1_000 });
      for (const row of keys) {
        listed.push(`m/${type.type}/${row.key.join(",")}`);
        if (row.awake) awake += 1;
      }
    }
    if (listed.join() !== stored.join()) this.problem(`${listed} are listed, ${stored} stored`);
    const { active } = system.books();
    if (awake !== active) this.problem(`${awake} actors are listed as awake, of ${active}`);
  }

  /** Shuts the system down, and checks that nothing is left of it. */
  async #close(): Promise<void> {
    const { system, clock, telemetry } = this.#run;
    const down = system.shutdown();
    await clock.advance(0);
    this.#gate.open();
    await passTimeUntil(clock, down);
    await clock.advance(10_000);
    await turns();
    this.#gate = new Gate();
    this.#epochMs = clock.epochMs();
    try {
      expectClosedBooks(system);
    } catch (error) {
      this.problem((error as Error).message);
    }
    for (const name of GAUGES) {
      for (const { value, attributes } of await telemetry.points(name)) {
        if (Number(value) !== 0) this.problem(`${name} is ${value}: ${JSON.stringify(attributes)}`);
      }
    }
    const { pendingTimers, backgroundTimers } = clock;
    if (pendingTimers + backgroundTimers > 0)
      this.problem(`timers are left: ${pendingTimers}, ${backgroundTimers}`);
    for (const what of this.#pending.values()) this.problem(`${what} never settled`);
  }
}

function refOf({ system, cast }: Run) {
  return system.get(cast.eager, "a");
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
}
