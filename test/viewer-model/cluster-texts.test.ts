import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  clusterFaults,
  moveText,
  nodeText,
  nodeTone,
} from "../../src/viewer/cluster/cluster-texts.ts";
import type { ClusterRow } from "../../src/wire/cluster.ts";
import { clusterNode, FakeCluster } from "../_support/console-cluster.ts";

describe("what viewers say of a cluster", () => {
  it("is how a node is, and when one that does not answer was last seen", () => {
    const silent = clusterNode("a", { reachable: false, lastSeenAtMs: 5_000 });

    assert.equal(nodeText(clusterNode("a"), 9_000), "ready");
    assert.equal(nodeText(silent, 17_000), "unreachable, last seen 12 s ago");
    assert.equal(nodeText({ ...silent, status: "lost" }, 17_000), "lost, last seen 12 s ago");
    assert.equal(
      nodeText({ ...silent, role: "client", status: null, lastSeenAtMs: null }, 1),
      "unreachable, never seen",
    );
  });

  it("is that a runner is given no actors, why, and for how long", () => {
    const evicted = { reason: "failed_starts", sinceAtMs: 5_000 };
    const given = clusterNode("a", { evicted });

    assert.equal(nodeText(given, 17_000), "ready, given no actors for 12 s: failed starts");
    assert.equal(
      nodeText({ ...given, reachable: false, lastSeenAtMs: null }, 17_000),
      "unreachable, never seen",
    );
  });

  it("marks what needs attention, and not a runner that has left", () => {
    const tone = (parts: Parameters<typeof clusterNode>[1]) => nodeTone(clusterNode("a", parts));

    assert.equal(tone({}), "calm");
    assert.equal(tone({ healthScore: 1 }), "warn");
    assert.equal(tone({ status: "draining" }), "warn");
    assert.equal(tone({ evicted: { reason: "failed_starts", sinceAtMs: 1 } }), "warn");
    assert.equal(tone({ reachable: false }), "bad");
    assert.equal(tone({ status: "lost", reachable: false }), "bad");
    assert.equal(tone({ status: "left", reachable: false }), "calm");
  });

  it("lists faults of the whole, worst first, and none if all is well", async () => {
    const cluster: ClusterRow = { system: "shop", ...(await new FakeCluster().overview()) };
    const well: ClusterRow = {
      ...cluster,
      nodes: [clusterNode("a")],
      coordinator: { ...cluster.coordinator, placements: { running: 3 } },
    };

    assert.deepEqual(clusterFaults(cluster), [
      "1 node cannot be reached",
      "1 actor waiting for a runner",
    ]);
    assert.deepEqual(clusterFaults(well), []);
    const evicted = { reason: "unhealthy", sinceAtMs: 1 };
    assert.deepEqual(clusterFaults({ ...well, nodes: [clusterNode("a", { evicted })] }), [
      "1 runner given no further actors",
    ]);
    const none = { ...well, coordinator: { nodeId: null, term: null, placements: null } };
    const logs = [{ log: "dead_letters", messages: 2, oldestAtMs: 1 }];
    assert.deepEqual(clusterFaults({ ...none, logs, problems: ["ERR_ENGINE_UNAVAILABLE"] }), [
      "no node says that it is the coordinator",
      "2 dead letters",
      "not read: ERR_ENGINE_UNAVAILABLE",
    ]);
  });

  it("says where an actor went, and why", () => {
    const move = { id: "cart/a", from: "r-1", to: null, generation: 1, atMs: 1, by: "r-2" };

    assert.equal(moveText({ ...move, reason: "runner_lost" }), "r-1 → nowhere, runner lost");
  });
});
