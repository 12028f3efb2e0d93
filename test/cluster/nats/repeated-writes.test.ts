import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JetStreamApi } from "../../../src/cluster/nats-client/jetstream-api.ts";
import { ApiCode } from "../../../src/cluster/nats-client/nats-errors.ts";
import { Silence } from "../../../src/cluster/nats-client/silence.ts";
import type { Asking, Outgoing, Uplink } from "../../../src/cluster/nats-client/uplink.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

interface Sent {
  readonly subject: string;
  readonly asking: Asking;
}

/** An uplink that sends each request `times` times more, if it may, before it gets the answer. */
function apiThatRepeats(times: number, answer: object): { api: JetStreamApi; sent: Sent[] } {
  const clock = new ManualClock();
  const sent: Sent[] = [];
  const uplink: Pick<Uplink, "silence" | "monotonicMs" | "request"> = {
    silence: new Silence({ clock, tooLong: () => {} }),
    monotonicMs: () => clock.monotonicMs(),
    request: async ({ subject }: Outgoing, asking: Asking) => {
      sent.push({ subject, asking });
      if (asking.reminder !== undefined) asking.reminder.times = times;
      return { headers: {}, body: Buffer.from(JSON.stringify(answer)) };
    },
  };
  return { api: new JetStreamApi(uplink as Uplink, 5_000), sent };
}

const message = { stream: "ORDERS", subject: "orders.a", headers: {}, body: new Uint8Array() };
const REFUSED = { error: { err_code: ApiCode.WrongSequence, description: "wrong last sequence" } };

describe("a write that expects a sequence", () => {
  it("has met something else if it was sent once and is refused", async () => {
    const { api } = apiThatRepeats(0, REFUSED);

    await assert.rejects(api.store({ ...message, expectedSequence: 1 }), { name: "ApiError" });
  });

  it("is not known to have failed if it was sent again and is refused: it may have met itself", async () => {
    const { api } = apiThatRepeats(1, REFUSED);

    const stored = api.store({ ...message, expectedSequence: 1 });

    await assert.rejects(stored, { code: "ERR_ENGINE_NO_REPLY" });
  });

  it("is refused for another reason however often it was sent", async () => {
    const full = { error: { err_code: 10_077, description: "maximum messages exceeded" } };
    const { api } = apiThatRepeats(1, full);

    await assert.rejects(api.store({ ...message, expectedSequence: 1 }), { name: "ApiError" });
  });
});

describe("requests to JetStream", () => {
  it("may be sent again if they change nothing, or nothing more the second time", async () => {
    const { api, sent } = apiThatRepeats(0, { seq: 1, message: { time: "" }, config: {} });

    await api.call("STREAM.INFO.ORDERS", {});
    await api.call("STREAM.MSG.GET.ORDERS", {});
    await api.call("CONSUMER.INFO.ORDERS.c", {});
    await api.store({ ...message, id: "1" });
    await api.store({ ...message, expectedSequence: 1 });
    await api.answer("$JS.ACK.ORDERS.c.1.2.3.4.5", Buffer.from("+ACK"));

    const leaders = sent.map(({ asking }) => asking.reminder?.leader);
    assert.deepEqual(leaders, [
      "STREAM.INFO.ORDERS",
      "STREAM.MSG.GET.ORDERS",
      "CONSUMER.INFO.ORDERS.c",
      "ORDERS",
      "ORDERS",
      "$JS.ACK.ORDERS.c",
    ]);
  });

  it("are sent once otherwise", async () => {
    const { api, sent } = apiThatRepeats(0, { seq: 1 });

    await api.store(message);
    for (const operation of [
      "CONSUMER.CREATE.ORDERS.c",
      "CONSUMER.DELETE.ORDERS.c",
      "STREAM.PURGE.ORDERS",
      "STREAM.MSG.DELETE.ORDERS",
      "STREAM.CREATE.ORDERS",
    ]) {
      await api.call(operation, {});
    }

    for (const { subject, asking } of sent) assert.equal(asking.reminder, undefined, subject);
  });
});
