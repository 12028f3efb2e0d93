import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ActorOperation,
  type OperationResults,
} from "../../../src/activation/placement/placement.ts";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import { Arrivals } from "../../../src/cluster/calls/arrivals.ts";
import { encodeFailure } from "../../../src/cluster/calls/call-answer.ts";
import { leaseLost } from "../../../src/cluster/calls/fenced-call.ts";
import type { BusMessage, RequestOptions } from "../../../src/cluster/engine/bus.ts";
import { Operations, type OperationsParts } from "../../../src/cluster/routing/operations.ts";
import { ManualClock } from "../../../src/testing.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";

const OWNER = { type: "cart", keyText: "a" };

/** Begins an operation at runner r-1, which never answers, or as it is told to. */
class Silent {
  readonly clock: ManualClock = new ManualClock();
  readonly #gone = new Set<(runnerId: string, hasLeft: boolean) => void>();
  readonly #operations: Operations;

  constructor(answer?: BusMessage) {
    const request = (_to: string, _message: BusMessage, { signal }: RequestOptions) => {
      if (answer !== undefined) return Promise.resolve(answer);
      return new Promise<BusMessage>((_resolve, reject) => {
        const aborted = new ClusterError("given up", { code: ErrorCode.Aborted });
        signal?.addEventListener("abort", () => reject(aborted));
      });
    };
    const route = { runnerId: "r-1", generation: 3 };
    this.#operations = new Operations({
      runnerId: () => undefined,
      clock: this.clock,
      luck: () => 0.5,
      session: { bus: { request }, capabilities: { maxMessageBytes: 65_536 } },
      routes: { find: async () => route, place: async () => route, drop: () => {} },
      runners: {
        onGone: (listener: (runnerId: string, hasLeft: boolean) => void) => {
          this.#gone.add(listener);
          return () => this.#gone.delete(listener);
        },
      },
      arrivals: new Arrivals(this.clock, 10),
      scans: () => false,
      signal: new AbortController().signal,
      newId: () => "id",
    } as unknown as OperationsParts);
  }

  /** Number of operations that wait for a runner. */
  get waiting(): number {
    return this.#gone.size;
  }

  perform<Operation extends ActorOperation>(
    operation: Operation,
  ): Promise<OperationResults[Operation]> {
    return this.#operations.perform(OWNER, operation);
  }

  gone(runnerId: string, hasLeft: boolean): void {
    for (const listener of this.#gone) listener(runnerId, hasLeft);
  }
}

/** Resolves with what becomes of an operation whose runner is lost. */
async function withLostRunner<Operation extends ActorOperation>(
  operation: Operation,
): Promise<OperationResults[Operation]> {
  const silent = new Silent();
  const done = silent.perform(operation);
  done.catch(() => {}); // told below
  await settleTurns();
  assert.equal(silent.waiting, 1);
  silent.gone("r-2", false);
  await settleTurns();
  assert.equal(silent.waiting, 1, "another runner is of no concern");
  silent.gone("r-1", false);
  await settleTurns();
  assert.equal(silent.waiting, 0);
  return await done;
}

describe("an operation whose runner is lost", () => {
  it("is done if it was to end the activation, which has ended", async () => {
    assert.equal(await withLostRunner(ActorOperation.Sleep), undefined);
    assert.equal(await withLostRunner(ActorOperation.Kill), undefined);
    assert.equal(await withLostRunner(ActorOperation.WhenStopped), "fenced");
  });

  it("has an unknown outcome otherwise", async () => {
    const lost = { name: "ClusterError", code: "ERR_RUNNER_LOST", runnerId: "r-1" };
    await assert.rejects(withLostRunner(ActorOperation.Destroy), lost);
    await assert.rejects(withLostRunner(ActorOperation.Wake), lost);
  });

  it("is not done again if the lease of the runner has run out meanwhile", async () => {
    const perform = (operation: ActorOperation) => {
      return new Silent(encodeFailure(leaseLost({ owner: OWNER, name: operation }), true)).perform(
        operation,
      );
    };

    assert.equal(await perform(ActorOperation.Sleep), undefined);
    await assert.rejects(perform(ActorOperation.Destroy), { code: "ERR_RUNNER_LOST" });
  });

  it("is waited for a moment longer if the runner has left in order", async () => {
    const silent = new Silent();
    const done = silent.perform(ActorOperation.Sleep);
    await settleTurns();

    silent.gone("r-1", true);
    await settleTurns();
    assert.equal(silent.waiting, 1, "its answer may be on its way");
    await silent.clock.advance(2_000);

    await done;
    assert.equal(silent.waiting, 0);
  });
});
