import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NO_HEADERS } from "../../../src/cluster/engine/bus.ts";
import { noReply } from "../../../src/cluster/nats-client/pending-requests.ts";
import { Silence } from "../../../src/cluster/nats-client/silence.ts";
import type { Outgoing, Uplink } from "../../../src/cluster/nats-client/uplink.ts";
import { NatsStore } from "../../../src/cluster/nats-store/nats-store.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

/** A connection to servers where streams whose names match `silent` have no leader: nothing answers for them. */
function uplinkWith(silent: RegExp, clock: ManualClock): Uplink {
  const uplink: Pick<Uplink, "monotonicMs" | "request" | "silence"> = {
    silence: new Silence({ clock, tooLong: () => {} }),
    monotonicMs: () => clock.monotonicMs(),
    async request({ subject, body }: Outgoing) {
      if (silent.test(subject)) {
        await clock.advance(20_000); // longer than the store waits
        throw noReply(subject, "no reply");
      }
      const config: unknown = JSON.parse(Buffer.from(body).toString());
      return { headers: NO_HEADERS, body: Buffer.from(JSON.stringify({ config })) };
    },
  };
  return uplink as Uplink;
}

describe("a store on NATS that is opened while servers elect a leader", () => {
  for (const stream of ["RECORDS", "INDEX"]) {
    // A node tries again what failed with this code; with another one it would never join its cluster.
    it(`says that the engine is unavailable: no leader of ${stream}`, async () => {
      const clock = new ManualClock();
      const uplink = uplinkWith(new RegExp(`CREATE\\..*${stream}`), clock);

      const opening = NatsStore.open(uplink, { namespace: "t", clock });

      await assert.rejects(opening, { code: "ERR_ENGINE_UNAVAILABLE" });
    });
  }
});
