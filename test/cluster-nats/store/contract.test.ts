import { after, before } from "node:test";
import type { Uplink } from "../../../src/cluster/nats-client/uplink.ts";
import { NatsStore } from "../../../src/cluster/nats-store/nats-store.ts";
import type { Store } from "../../../src/store/contract/store.ts";
import { StackVersion } from "../../../tools/stack/versions.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, uplinkTo } from "../../_support/nats-world.ts";
import { storeWithinOwner } from "../../_support/store-within-owner.ts";
import { describeStore } from "../../contract/store.ts";

/** A record of an actor must fit into a message: the values of the suite are larger than those of a usual server. */
const LARGE_MESSAGES = "max_payload: 16MB";

for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
  let server: NatsServer;
  const uplinks: Uplink[] = [];
  const open = async (): Promise<Store> => {
    const uplink = await uplinkTo(server.address);
    uplinks.push(uplink);
    return await NatsStore.open(uplink, { namespace: freshNamespace() });
  };
  before(async () => {
    server = await NatsServer.start({ version, config: LARGE_MESSAGES });
  });
  after(async () => {
    for (const uplink of uplinks) await uplink.close();
    await server[Symbol.asyncDispose]();
  });

  describeStore(
    `in NATS ${version}, for one actor`,
    async () => storeWithinOwner(await open(), "cart/alice"),
    { isAtomic: true, maxKeyBytes: 15 * 1024, extraKeyBytes: "v/cart/alice/".length },
  );
  describeStore(`in NATS ${version}, for keys of their own`, open, {
    isAtomic: false,
    maxKeyBytes: 2_000,
    extraKeyBytes: 0,
  });
}
