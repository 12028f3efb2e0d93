import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CellRef } from "../../src/actor/delivery/cell-ref.ts";
import {
  type ActorRef,
  type ActorSystem,
  type AnyMessages,
  createSystem,
  defineActor,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { expectBooks, ManualClock } from "../../src/testing.ts";
import type { Member, MemberDefinition, MemberRef } from "./actor-family.ts";
import { expectClosedBooks, shutDownBy } from "./actor-system.ts";
import { type ModelActor, type Nature, WINDOW_MS } from "./supervision-model.ts";

export const BACKOFF_MS = 10;
const MAX_TURNS = 500;

/** The forest as the model has it, and the time. */
export interface Forest {
  readonly actors: ModelActor[];
  nowMs: number;
}

/** The real forest: the same actors at the same places. */
export class RealForest {
  readonly clock: ManualClock = new ManualClock();
  readonly system: ActorSystem = createSystem({
    logger: createLogger({ level: "silent" }),
    clock: this.clock,
    tracing: false,
  });
  readonly refs: MemberRef[] = [];
  readonly heard: number[] = [];

  spawn(nature: Nature, parent: MemberRef | undefined): Promise<unknown> | undefined {
    const at = this.refs.length;
    this.heard.push(0);
    const definition = this.#define(nature, at);
    if (parent === undefined) {
      this.refs.push(this.system.spawn(definition));
      return undefined;
    }
    return parent.ask.act((c) => void this.refs.push(c.spawnChild(definition)));
  }

  #define(nature: Nature, at: number): MemberDefinition {
    const { strategy, childLimit, policy, limit, directive, hook, backoff } = nature;
    const window = { windowMs: WINDOW_MS };
    const delay = { initialMs: BACKOFF_MS, maxMs: BACKOFF_MS, jitter: 0 };
    const count = (): void => {
      this.heard[at] = Number(this.heard[at]) + 1;
    };
    return defineActor<undefined, undefined, AnyMessages, "reject", Member>("tree", {
      supervision: {
        strategy,
        ...window,
        ...(childLimit === undefined ? {} : { maxRestarts: childLimit }),
      },
      restart: { policy, maxRestarts: limit, ...window, ...(backoff ? { backoff: delay } : {}) },
      onFailure: () => directive,
      ...(hook ? { onTerminated: count } : {}),
      handlers: {
        act: (c, act) => act(c),
        fail(): never {
          throw new Error("oops");
        },
      },
    });
  }

  /** Lets everything come to rest: nothing waits, nobody is on the way from one state to another. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      await nextTurn();
      const { waiting, processing } = this.system.books();
      if (waiting === 0 && processing === 0 && this.refs.every(isAtRest)) return;
    }
    throw new Error("the forest does not come to rest");
  }

  async close(): Promise<void> {
    await shutDownBy(this.clock, this.system);
    expectClosedBooks(this.system);
    for (const ref of this.refs) assert.equal(tiesOf(ref), 0, "ties are left");
    await this.clock.advance(1_000);
    assert.equal(this.clock.pendingTimers, 0, "timers are left on the clock");
  }
}

function isAtRest(ref: ActorRef<Member>): boolean {
  const cell = CellRef.cellOf(ref);
  return cell?.state === "stopped" || (cell?.state === "running" && !cell.runnable);
}

function tiesOf(ref: ActorRef<Member>): number {
  const links = CellRef.cellOf(ref)?.extrasIfAny?.links;
  return links === undefined ? 0 : links.linked.size + links.watched.size + links.watchers.size;
}

/** Holds that both forests are the same. */
export function compare({ actors }: Forest, real: RealForest): void {
  expectBooks(real.system);
  const modelled = actors.map(({ reason, restarts, heard }) => ({ reason, restarts, heard }));
  const seen = real.refs.map((ref, at) => {
    const cell = CellRef.cellOf(ref);
    const restarts = cell?.extrasIfAny?.restarts ?? 0;
    return { reason: cell?.stopReason, restarts, heard: real.heard[at] };
  });
  assert.deepEqual(seen, modelled);
  assert.equal(real.system.books().active, actors.filter(({ alive }) => alive).length);
}
