import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { addClusterViews } from "../../src/monitor/cluster/cluster-views.ts";
import {
  clusterDeadLetters,
  clusters,
  placementDetail,
  placementList,
} from "../../tools/api/cluster-shapes.ts";
import { FakeCluster } from "../_support/console-cluster.ts";
import { type ConsoleKit, openConsole } from "../_support/console-kit.ts";

const HEADER = { "x-limelight-action": "1" };

describe("the console's cluster", () => {
  let cluster: FakeCluster;
  let kit: ConsoleKit;
  beforeEach(async () => {
    cluster = new FakeCluster();
    kit = await openConsole({ allowActions: true, system: { name: "shop" } });
    addClusterViews(kit.system, cluster);
  });
  afterEach(() => kit[Symbol.asyncDispose]());

  const act = (body: object) => kit.post("/api/actions", body, HEADER);

  it("has all nodes of the cluster of each system, as the document describes them", async () => {
    const { status, json } = await kit.get("/api/cluster");

    assert.equal(status, 200);
    const answer = clusters.parse(json);
    assert.deepEqual(
      answer.clusters[0]?.nodes.map(({ id, reachable }) => [id, reachable]),
      [
        ["r-3-ccc", false],
        ["r-1-aaa", true],
        ["r-2-bbb", true],
      ],
    );
    assert.equal(answer.clusters[0]?.system, "shop");
  });

  it("is empty for systems without a cluster", async () => {
    await using alone = await openConsole({});

    assert.deepEqual((await alone.get("/api/cluster")).json, { clusters: [] });
    assert.deepEqual((await alone.get("/api/cluster/placements")).json, {
      placements: [],
      cursor: null,
    });
    assert.equal((await alone.get("/api/cluster/placements/cart/alice")).status, 404);
  });

  it("lists placements by what is asked for", async () => {
    const query = "type=cart&prefix=a%2Fb&status=running&runner=r-1-aaa&limit=5&cursor=cart.a";
    const { json } = await kit.get(`/api/cluster/placements?${query}`);

    assert.equal(placementList.parse(json).placements[0]?.system, "shop");
    assert.deepEqual(cluster.asked, [
      {
        type: "cart",
        prefix: "a~1b",
        status: "running",
        runnerId: "r-1-aaa",
        cursor: "cart.a",
        limit: 5,
      },
    ]);
    assert.equal((await kit.get("/api/cluster/placements?limit=1001")).status, 400);
  });

  it("tells where one actor is, and why it has moved", async () => {
    const { json } = await kit.get("/api/cluster/placements/cart%2Falice");

    const { placement, moves } = placementDetail.parse(json);
    assert.equal(placement.runnerId, "r-1-aaa");
    assert.deepEqual(
      moves.map(({ from, reason, by }) => [from, reason, by]),
      [["r-2-bbb", "runner_lost", "r-1-aaa"]],
    );
    assert.equal((await kit.get("/api/cluster/placements/cart/bob")).status, 404);
  });

  it("has dead letters sent once more or discarded, once", async () => {
    const listed = async () =>
      clusterDeadLetters.parse((await kit.get("/api/cluster/dead-letters")).json).deadLetters;
    assert.equal((await listed())[0]?.what, "signal destroy");

    const done = await act({ action: "resend_dead_letter", id: "12" });
    const again = await act({ action: "discard_dead_letter", id: "12", system: "shop" });

    assert.deepEqual(done.json, { action: "resend_dead_letter", id: "12" });
    assert.equal(again.status, 404);
    assert.deepEqual(cluster.done, ["resend 12"]);
    assert.deepEqual(await listed(), []);
  });

  it("refuses actions on dead letters that are not well formed, and all if it only shows", async () => {
    for (const wrong of [{ id: 12 }, { id: "12", key: "x" }, {}]) {
      const { status } = await act({ action: "discard_dead_letter", ...wrong });
      assert.equal(status, 400);
    }
    await using showing = await openConsole({});
    const body = { action: "discard_dead_letter", id: "12" };
    assert.equal((await showing.post("/api/actions", body, HEADER)).status, 403);
    assert.deepEqual(cluster.done, []);
  });

  it("answers with the code of the engine when it cannot be read", async () => {
    cluster.failing = true;

    const { status, json } = await kit.get("/api/cluster/placements");

    assert.equal(status, 503);
    assert.match(json.error.message, /^ERR_ENGINE_UNAVAILABLE: the server is away$/);
    const action = await act({ action: "discard_dead_letter", id: "12" });
    assert.equal(action.status, 409);
  });
});
