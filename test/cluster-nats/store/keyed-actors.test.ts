import { after, before } from "node:test";
import { NatsStore } from "../../../src/cluster/nats-store/nats-store.ts";
import type { Store } from "../../../src/store/contract/store.ts";
import type { StorePlace } from "../../_support/keyed-stores.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, uplinkTo } from "../../_support/nats-world.ts";
import { describeLaterPrograms } from "../../activation/programs/later-programs.ts";
import { describeStatePrograms } from "../../activation/programs/state-programs.ts";
import { describeQueueLoops } from "../../activation/queue/loops.ts";
import { describeFiredSchedules } from "../../activation/schedule/fired.ts";
import { describeLooking } from "../../monitor/keys/looking.ts";

/* Keyed actors as they run on other stores: the same suites, in one process. */

let server: NatsServer;
before(async () => {
  // One suite stores more of an actor than a usual message may have.
  server = await NatsServer.start({ config: "max_payload: 8MB" });
});
after(() => server[Symbol.asyncDispose]());

/** A namespace of the server that outlives the stores that are opened on it. */
function natsPlace(): StorePlace {
  const namespace = freshNamespace();
  const open = async (): Promise<Store> => {
    const uplink = await uplinkTo(server.address);
    const store = await NatsStore.open(uplink, { namespace });
    const close = async (): Promise<void> => {
      await store.close();
      await uplink.close();
    };
    return {
      get: (key) => store.get(key),
      load: (request) => store.load(request),
      list: (prefix, options) => store.list(prefix, options),
      listKeys: (prefix, options) => store.listKeys(prefix, options),
      put: (key, value, options) => store.put(key, value, options),
      delete: (key, options) => store.delete(key, options),
      deletePrefix: (prefix) => store.deletePrefix(prefix),
      batch: (operations) => store.batch(operations),
      close,
    };
  };
  return { open, remove: () => {} };
}

describeStatePrograms("NATS", natsPlace);
describeLaterPrograms("NATS", natsPlace);
describeQueueLoops("NATS", natsPlace);
describeFiredSchedules("NATS", natsPlace);
describeLooking("NATS", natsPlace);
