import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import { Arrivals } from "../../../src/cluster/calls/arrivals.ts";
import { encodeFailure } from "../../../src/cluster/calls/call-answer.ts";
import type { BusMessage } from "../../../src/cluster/engine/bus.ts";
import { ClusterPlacement } from "../../../src/cluster/routing/cluster-placement.ts";
import type { Wanted } from "../../../src/cluster/routing/coordinator-client.ts";
import type { OpenRouting } from "../../../src/cluster/routing/open-routing.ts";
import type { Route } from "../../../src/cluster/routing/route-cache.ts";
import { ManualClock } from "../../../src/testing.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { quietCallTelemetry } from "../../_support/quiet-call-telemetry.ts";
import { ModelMessage } from "../simulation/model-message.ts";

const ROUTE: Route = { runnerId: "r-1", generation: 3 };

/** Sends a message whose first delivery fails. Returns what is said of it when its actor is looked for again. */
async function doubtAfter(failure: ErrorCode, isAnswer: boolean): Promise<Route | undefined> {
  const clock = new ManualClock();
  const asked: Wanted[] = [];
  const request = async (): Promise<BusMessage> => {
    const error = new ClusterError("not there", { code: failure });
    if (isAnswer) return encodeFailure(error, false);
    throw error;
  };
  const routing = {
    session: { bus: { request, publish: () => true }, capabilities: { maxMessageBytes: 65_536 } },
    runners: { onGone: () => {} },
    routes: {
      known: () => undefined,
      drop: () => {},
      place: (_owner: unknown, wanted: Wanted) => {
        asked.push(wanted);
        return asked.length === 1 ? Promise.resolve(ROUTE) : new Promise(() => {});
      },
    },
  } as unknown as OpenRouting;
  const placement = new ClusterPlacement({
    nodeId: "node",
    runnerId: () => undefined,
    clock,
    luck: () => 0.5,
    opened: Promise.resolve(routing),
    arrivals: new Arrivals(clock, 10),
    telemetry: quietCallTelemetry(clock),
  });
  const parts = { clock, host: undefined, timeoutMs: 5_000 };
  const owner = { type: "cart", keyText: "a" };
  const message = new ModelMessage(parts, { owner, kind: "read", id: "1", stored: () => {} });

  placement.forward(message.forwarded());
  while (asked.length < 2) {
    await settleTurns();
    await clock.advance(10);
  }
  placement.close(new ClusterError("over", { code: ErrorCode.SystemStopped }));
  return asked[1]?.notAt;
}

describe("a message that was not handled where it was sent", () => {
  it("has its actor looked into if the runner does not have it, or nothing listens there", async () => {
    assert.deepEqual(await doubtAfter(ErrorCode.NotOwner, true), ROUTE);
    assert.deepEqual(await doubtAfter(ErrorCode.EngineNoListener, false), ROUTE);
  });

  it("has nothing looked into if the runner drains, or cannot be reached from here", async () => {
    assert.equal(await doubtAfter(ErrorCode.RunnerDraining, true), undefined);
    assert.equal(await doubtAfter(ErrorCode.EngineUnavailable, false), undefined);
  });
});
