import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WriteKind } from "../../../src/store/contract/store.ts";
import { CountedStore } from "../../../src/store/counting/counted-store.ts";
import { StorageMetrics } from "../../../src/store/counting/storage-metrics.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { Catalogue } from "../../../src/telemetry/catalogue.ts";
import { PointBook } from "../../../src/telemetry/metrics/point-book.ts";
import { ImbalanceLog } from "../../../src/telemetry/metrics/points.ts";
import { TypeMetrics } from "../../../src/telemetry/metrics/type-metrics.ts";
import { ManualClock } from "../../../src/testing.ts";

function createBook(): PointBook {
  return new PointBook(new ImbalanceLog(() => {}), { wantsRecords: false, record() {} });
}

function metricsOf(book: PointBook): StorageMetrics {
  return new StorageMetrics(book, new TypeMetrics(book, "cart"));
}

/** The counters that are not zero, as `name phase operation`. */
function countsOf(book: PointBook): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { metric, attributes, value } of book.recorded()) {
    const { "actor.type": _type, ...rest } = attributes;
    const name = [metric.name.replace("actor.storage.", ""), ...Object.values(rest)].join(" ");
    if (value !== 0) counts[name] = value;
  }
  return counts;
}

/** The durations in milliseconds that were recorded, as `phase operation error`. */
function durationsOf(book: PointBook): Record<string, [count: number, sumMs: number]> {
  const durations: Record<string, [number, number]> = {};
  for (const { metric, attributes, histogram } of book.readHistograms()) {
    if (metric !== Catalogue.StorageDuration) continue;
    const { "actor.type": _type, ...rest } = attributes;
    const { count, sum } = histogram.read();
    durations[Object.values(rest).join(" ")] = [count, Math.round(sum * 1000)];
  }
  return durations;
}

/** A store each of whose calls takes 5 ms of a manual clock. */
class SlowStore extends MemoryStore {
  readonly clock: ManualClock = new ManualClock();

  override async get(key: string): ReturnType<MemoryStore["get"]> {
    await this.clock.advance(5);
    return super.get(key);
  }
}

const value = Uint8Array.of(1);

describe("the decorator at the store's edge", () => {
  it("counts each call as one round trip, and what it reads and writes as operations", async () => {
    const book = createBook();
    const metrics = metricsOf(book);
    const store = new CountedStore(new MemoryStore(), metrics, new ManualClock());

    await store.load({ keys: ["a", "b"], prefixes: ["p/"] });
    await store.batch([
      { kind: WriteKind.Put, key: "a", value },
      { kind: WriteKind.Put, key: "b", value },
      { kind: WriteKind.Delete, key: "c" },
      { kind: WriteKind.DeletePrefix, prefix: "p/" },
      { kind: WriteKind.Check, key: "d", expectedRevision: 0 },
    ]);
    store.ready();
    await store.get("a");
    await store.put("a", value);
    await store.delete("a");
    await store.deletePrefix("p/");
    await store.list("p/");
    await store.listKeys("p/");

    assert.deepEqual([store.roundTrips("starting"), store.roundTrips("ready")], [2, 6]);
    assert.deepEqual(countsOf(book), {
      "round_trips starting": 2,
      "operations starting get": 2,
      "operations starting list": 1,
      "operations starting put": 2,
      "operations starting delete": 1,
      "operations starting delete_prefix": 1,
      "operations starting check": 1,
      "round_trips ready": 6,
      "operations ready get": 1,
      "operations ready put": 1,
      "operations ready delete": 1,
      "operations ready delete_prefix": 1,
      "operations ready list": 2,
    });
    assert.deepEqual(Object.keys(durationsOf(book)).toSorted(), [
      "ready delete",
      "ready delete_prefix",
      "ready get",
      "ready list",
      "ready put",
      "starting batch",
      "starting load",
    ]);
  });

  it("records times, also of calls that fail, in the phase in which they began", async () => {
    const [book, slow] = [createBook(), new SlowStore()];
    const store = new CountedStore(slow, metricsOf(book), slow.clock);

    const reading = store.get("a");
    store.ready();
    await reading;
    await assert.rejects(store.put("a", value, { expectedRevision: 4 }));
    await slow.close();
    await assert.rejects(store.get("a"));

    assert.deepEqual(durationsOf(book), {
      "starting get": [1, 5],
      "ready put ERR_STORE_CONFLICT": [1, 0],
      "ready get ERR_STORE_CLOSED": [1, 5],
    });
  });

  it("shares the cap on error types with the other metrics of the type", async () => {
    const book = createBook();
    const type = new TypeMetrics(book, "cart");
    const metrics = new StorageMetrics(book, type);

    for (let at = 0; at < 20; at += 1) {
      metrics.failed("ready", "get", 1, Object.assign(new Error("x"), { code: `E${at}` }));
    }

    assert.equal(durationsOf(book)["ready get _OTHER"]?.[0], 4);
    assert.equal(type.overflows, 4);
  });

  it("adds up the actors of a type, and tells their own round trips apart", async () => {
    const book = createBook();
    const metrics = metricsOf(book);
    const memory = new MemoryStore();
    const stores = [1, 2].map(() => new CountedStore(memory, metrics, new ManualClock()));

    for (const store of stores) await store.get("a");
    await stores[1]?.get("a");

    assert.equal(countsOf(book)["round_trips starting"], 3);
    assert.deepEqual(
      stores.map((store) => store.roundTrips("starting")),
      [1, 2],
    );
  });
});
