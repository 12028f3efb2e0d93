import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import { encodeReply } from "../../../src/cluster/calls/call-answer.ts";
import type { BusMessage } from "../../../src/cluster/engine/bus.ts";
import { decodeLinkRequest } from "../../../src/cluster/links/link-requests.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { LinkPair, MAX_BYTES } from "../../_support/link-pair.ts";

function noReply(): ClusterError {
  return new ClusterError("no reply", { code: ErrorCode.EngineNoReply });
}

describe("a link whose requests are not answered", () => {
  let pair: LinkPair;
  beforeEach(() => {
    pair = new LinkPair();
  });

  it("answers a connect once when its frame has come, and the reply is lost", async () => {
    const reply = new Deferred<BusMessage>();
    pair.answer = () => reply.promise;
    const asking = pair.ask("c1");
    pair.open("c1");
    reply.reject(noReply());
    await asking;

    assert.deepEqual(pair.told, ["opened c1"]);
    assert.equal(pair.node.isOver, false);
  });

  it("answers a connect once when the link ends, and the reply is lost", async () => {
    const reply = new Deferred<BusMessage>();
    pair.answer = () => reply.promise;
    const asking = pair.ask("c1");
    pair.node.break();
    reply.reject(noReply());
    await asking;

    assert.deepEqual(pair.told, ["over", "failed ERR_RUNNER_LOST"]);
  });

  it("closes a connection that was opened after its connect had failed", async () => {
    await pair.connect("c1");
    pair.answer = async () => {
      throw noReply();
    };
    await assert.rejects(pair.ask("c2"), { code: "ERR_ENGINE_NO_REPLY" });
    const closed: string[] = [];
    pair.answer = async (message) => {
      const request = decodeLinkRequest(message, MAX_BYTES);
      if (request.kind === "close") closed.push(request.connectionId);
      return encodeReply(undefined, MAX_BYTES);
    };
    pair.open("c2");
    await settleTurns();

    assert.deepEqual(closed, ["c2"]);
    assert.ok(!pair.told.includes("opened c2"));
  });

  it("tells the runner of its end when its only connect was not answered", async () => {
    pair.answer = async () => {
      throw noReply();
    };
    await assert.rejects(pair.ask("c1"), { code: "ERR_ENGINE_NO_REPLY" });

    assert.deepEqual(pair.asked, ["end"]);
    assert.deepEqual(pair.told, ["over"]);
  });

  it("is given up when a connection cannot be closed, since that would stay open there", async () => {
    await pair.connect("c1");
    await pair.connect("c2");
    pair.answer = async () => {
      throw noReply();
    };
    await pair.node.close("c1", "lost");

    assert.equal(pair.told.at(-1), "ended c2 ended true");
    assert.equal(pair.asked.at(-1), "end");
    assert.deepEqual(pair.faults, ["link_no_answer"]);
  });
});
