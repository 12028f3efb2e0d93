import type { OwnHandlers } from "../../../src/actor/definition/messages.ts";
import {
  defineKeyedActor,
  type KeyedDefinition,
  type QueueDefinition,
  queue,
} from "../../../src/index.ts";
import type { Gate } from "../../_support/actor-waiting.ts";

/** One stored effect of a message. */
export interface Mark {
  readonly op: number;
  readonly generation: number;
  /** Which life has made it; every start and restart has another number. */
  readonly life: number;
  /** Whether it was sent by code outside actors, which sends in order. */
  readonly ordered: boolean;
}

/** Everything that an actor of a scenario stores as its state. */
export interface Stored {
  readonly creation: string;
  readonly marks: Mark[];
  readonly fired: number[];
  readonly done: number[];
}

/** What a reply shows of its actor. */
export interface Shown {
  readonly creation: string;
  readonly generation: number;
  /** All effects in the state. */
  readonly ops: readonly number[];
  /** What `c.schedule.cancel` has returned. */
  readonly cancelled?: boolean;
}

/** What the actors of a scenario need of it. */
export interface Stage {
  readonly problem: (text: string) => void;
  /** Called at the beginning of a life. Returns its number. */
  readonly lifeBegins: (key: string) => number;
  /** The life of `key` that began last. */
  readonly lifeOf: (key: string) => number | undefined;
  readonly newCreation: (key: string) => string;
  readonly gate: () => Gate;
  /** Whether the handler of a schedule or queue message throws this time. */
  readonly throws: (op: number, times: number) => boolean;
  /** Changes of `op` were stored, as `saveState` has said. */
  readonly saved: (op: number, shown: Shown) => void;
  /** Asks the next actor of the type. */
  readonly relay: (op: number, target: number) => Promise<Shown>;
}

/** Thrown on purpose. */
export class Boom extends Error {
  override name = "Boom";
}

interface Job {
  readonly op: number;
  readonly throws: number;
}

interface Life {
  state: Stored;
  readonly key: readonly string[];
  readonly generation: number;
  readonly vars: { readonly life: number };
  readonly kv: { put(key: string, value: unknown): void };
}

/** The messages of an actor of a scenario. */
type Messages = {
  add(op: number, ordered: boolean): Shown;
  read(): Shown;
  slow(op: number): Promise<Shown>;
  save(op: number, throws: boolean): Promise<Shown>;
  boom(op: number): void;
  refuse(op: number): void;
  relay(op: number, target: number): Promise<Shown>;
  schedule(op: number, ms: number, throws: number): Shown;
  cancel(op: number): Shown;
  fire(op: number, throws: number): void;
};

/** A type of the actors of a scenario. */
export type CastDefinition = KeyedDefinition<
  "eager" | "lazy",
  undefined,
  OwnHandlers<Messages>,
  { readonly jobs: QueueDefinition<Job, number> }
>;

/** Defines the actors of one scenario. `lazy` saves within an interval, so its replies promise nothing. */
export function defineCast(type: "eager" | "lazy", stage: Stage): CastDefinition {
  /** Messages, schedules and hooks run in the newest life of their key. */
  function begin({ key, vars }: Life): void {
    const newest = stage.lifeOf(`${type}/${key[0]}`);
    if (vars.life !== newest) stage.problem(`life ${vars.life} of ${key[0]} acts beside ${newest}`);
  }

  function shown({ state, generation }: Life): Shown {
    const { creation, marks, fired, done } = state;
    return { creation, generation, ops: [...marks.map(({ op }) => op), ...fired, ...done] };
  }

  function note(c: Life): void {
    const { marks, fired, done } = c.state;
    c.kv.put("copy", marks.length + fired.length + done.length);
  }

  function mark(c: Life, op: number, ordered = true): Shown {
    c.state.marks.push({ op, generation: c.generation, life: c.vars.life, ordered });
    note(c);
    return shown(c);
  }

  return defineKeyedActor(type, {
    idleMs: 1_000,
    stopDeadlineMs: 3_000,
    taskDeadlineMs: 500,
    save: type === "eager" ? "before_reply" : "interval",
    messages: {} as Messages,
    state: (_input: undefined, key: readonly string[]): Stored => ({
      creation: stage.newCreation(`${type}/${key[0]}`),
      marks: [],
      fired: [],
      done: [],
    }),
    vars: (c) => ({ life: stage.lifeBegins(`${type}/${c.key[0]}`) }),
    queues: { jobs: queue<Job, number>({ maxAttempts: 1_000 }) },
    onWake: begin,
    onSleep: begin,
    handlers: {
      add(c, op, ordered) {
        begin(c);
        return mark(c, op, ordered);
      },
      read(c) {
        begin(c);
        return shown(c);
      },
      async slow(c, op) {
        begin(c);
        mark(c, op);
        await stage.gate().opened;
        return shown(c);
      },
      async save(c, op, throws) {
        begin(c);
        const stored = mark(c, op);
        await c.saveState();
        stage.saved(op, stored);
        if (throws) throw new Boom("after the save");
        return shown(c);
      },
      boom(c, op) {
        begin(c);
        mark(c, op);
        throw new Boom("after the change");
      },
      refuse(c) {
        begin(c);
        throw new Boom("before any change");
      },
      async relay(c, op, target) {
        begin(c);
        await stage.relay(op, target);
        return shown(c);
      },
      schedule(c, op, ms, throws) {
        begin(c);
        c.schedule.after(ms, { id: String(op) }).fire(op, throws);
        return shown(c);
      },
      cancel(c, op) {
        begin(c);
        const cancelled = c.schedule.cancel(String(op));
        return { ...shown(c), cancelled };
      },
      fire(c, op, throws) {
        begin(c);
        c.state.fired.push(op);
        note(c);
        if (stage.throws(op, throws)) throw new Boom("in a schedule");
      },
    },
    async run(c) {
      for await (const message of c.queue.jobs) {
        begin(c);
        const { op, throws } = message.body;
        if (stage.throws(op, throws)) {
          if (op % 2 === 0) throw new Boom("in run");
          message.retry({ delayMs: 100 });
          continue;
        }
        c.state.done.push(op);
        note(c);
        message.complete(op);
      }
    },
  });
}
