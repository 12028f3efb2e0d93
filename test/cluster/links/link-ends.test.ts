import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { KeyAddress } from "../../../src/activation/access/actor-access.ts";
import type { Outlet } from "../../../src/activation/access/link.ts";
import { Arrivals } from "../../../src/cluster/calls/arrivals.ts";
import { decodeAnswer } from "../../../src/cluster/calls/call-answer.ts";
import type { BusMessage, ReceivedMessage } from "../../../src/cluster/engine/bus.ts";
import { LinkDesk } from "../../../src/cluster/links/link-desk.ts";
import { encodeLinkRequest } from "../../../src/cluster/links/link-requests.ts";
import { RemoteLinks } from "../../../src/cluster/links/remote-links.ts";
import type { OpenRouting } from "../../../src/cluster/routing/open-routing.ts";
import { ManualClock } from "../../../src/testing.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";

const OWNER = { type: "cart", keyText: "a" };
const REQUEST = { connectionId: "c1", params: undefined, events: [], last: undefined };
const OUTLET: Outlet = { advanced: () => {}, direct: () => {}, ended: () => {} };
const NEVER_HERE = {
  connect: () => assert.fail("the actor has never started here"),
} as unknown as KeyAddress;

describe("connections to an actor whose start is on its way", () => {
  it("fail at once when the process that they come from ends", async () => {
    const clock = new ManualClock();
    const arrivals = new Arrivals(clock, 10);
    const routing = {
      routes: { place: async () => ({ runnerId: "me", generation: 2 }), drop: () => {} },
      runners: { onGone: () => {} },
    } as unknown as OpenRouting;
    const links = new RemoteLinks({
      clock,
      luck: () => 0.5,
      newId: () => "link",
      opened: Promise.resolve(routing),
      runnerId: () => "me",
      arrivals,
      faulted: () => {},
    });
    const told: unknown[] = [];
    links.connect({
      owner: OWNER,
      here: NEVER_HERE,
      request: REQUEST,
      outlet: OUTLET,
      sending: { context: ROOT_CONTEXT, deadlineMs: clock.monotonicMs() + 8_000, create: true },
      answer: {
        opened: () => told.push("opened"),
        fail: (error) => told.push((error as { readonly code?: string }).code),
      },
    });
    await settleTurns();
    assert.equal(arrivals.size, 1);

    links.close();
    await settleTurns();

    assert.deepEqual([told, arrivals.size], [["ERR_SYSTEM_STOPPED"], 0]);
  });

  it("are refused at once when the process that they have come to ends", async () => {
    const clock = new ManualClock();
    const arrivals = new Arrivals(clock, 10);
    const sent: BusMessage[] = [];
    let receive: (message: ReceivedMessage) => void = () => {};
    const desk = new LinkDesk({
      clock,
      bus: {
        publish: (_subject, message) => sent.push(message) > 0,
        subscribe: (_subject, listener) => {
          receive = listener;
          return { stop: () => {}, drain: () => {} };
        },
      },
      maxBytes: 1e6,
      addressOf: () => NEVER_HERE,
      arrivals,
      isLeaseValid: () => true,
      faulted: () => {},
    });
    desk.open("me");
    const open = {
      kind: "open",
      link: "link",
      inbox: "inbox.1",
      address: "cart.a",
      generation: 2,
      timeoutMs: 8_000,
      mustExist: false,
      request: REQUEST,
      trace: {},
      bytes: 1_000,
      frames: 10,
    } as const;
    receive({ ...encodeLinkRequest(open), subject: "link.me", replyTo: "reply.1" });
    assert.deepEqual([sent.length, arrivals.size], [0, 1]);

    desk.close();

    const [answer, ...others] = sent.map((message) => decodeAnswer(message, 1e6));
    assert.deepEqual(others, []);
    assert.ok(answer?.kind === "failed");
    assert.equal((answer.error as { readonly code?: string }).code, "ERR_NOT_OWNER");
    assert.equal(arrivals.size, 0);
    assert.equal(clock.pendingTimers + clock.backgroundTimers, 0);
  });
});
