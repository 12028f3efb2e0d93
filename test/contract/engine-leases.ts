import assert from "node:assert/strict";
import { it } from "node:test";
import { type KeyValue, NO_ENTRY } from "../../src/cluster/engine/key-value.ts";
import { bytes, engineError, freshToken, type World } from "./engine-world.ts";

const CONFLICT = engineError("ERR_ENGINE_CONFLICT");

/** What every engine must do with entries that expire. */
export function describeLeases(world: World): void {
  const leases = (): KeyValue => world().one.leases;
  const others = (): KeyValue => world().other.leases;

  const expired = (key: string): Promise<true> =>
    world().until(
      "expired",
      async () => (await others().read(key)) === undefined || undefined,
    ) as Promise<true>;

  it("lets an entry vanish that is not written again, from reads and lists", async () => {
    const token = freshToken();
    await leases().put(`${token}.a`, bytes("1"));
    assert.ok(await others().read(`${token}.a`));

    await expired(`${token}.a`);

    assert.deepEqual(await others().list(token), []);
  });

  it("lets an entry vanish that was updated after it was created (C3)", async () => {
    const key = freshToken();
    const created = await leases().put(key, bytes("1"), { expectedRevision: NO_ENTRY });
    await leases().put(key, bytes("2"), { expectedRevision: created });

    await expired(key);
  });

  it("keeps an entry that is written again, for as long as it is", async () => {
    const token = freshToken();
    await leases().put(`${token}.left`, bytes("1"));
    await leases().put(`${token}.kept`, bytes("1"));

    // The second entry is written each time that the first is looked at, until that has expired.
    await world().until("expired", async () => {
      await leases().put(`${token}.kept`, bytes("1"));
      return (await others().read(`${token}.left`)) === undefined || undefined;
    });

    assert.ok(await others().read(`${token}.kept`));
  });

  it("lets an entry be created again after it has expired, and not be updated", async () => {
    const key = freshToken();
    const before = await leases().put(key, bytes("1"), { expectedRevision: NO_ENTRY });
    await expired(key);

    await assert.rejects(leases().put(key, bytes("2"), { expectedRevision: before }), CONFLICT);
    const again = await others().put(key, bytes("3"), { expectedRevision: NO_ENTRY });

    assert.ok(again > before);
    await assert.rejects(leases().put(key, bytes("4"), { expectedRevision: NO_ENTRY }), CONFLICT);
  });

  it("can be given up at once", async () => {
    const key = freshToken();
    await leases().put(key, bytes("1"));

    await leases().remove(key);

    assert.equal(await others().read(key), undefined);
    await others().put(key, bytes("2"), { expectedRevision: NO_ENTRY });
  });

  it("lets nothing else vanish", async () => {
    const key = freshToken();
    const { placements, runners } = world().one;
    await placements.put(key, bytes("1"));
    await runners.put(key, bytes("1"));
    await leases().put(key, bytes("1"));

    await expired(key);

    assert.ok(await placements.read(key));
    assert.ok(await runners.read(key));
  });
}
