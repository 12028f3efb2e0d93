import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAddressedTo } from "../../../src/activation/access/event-feed.ts";
import { EventRing, type Unnumbered } from "../../../src/activation/connection/event-ring.ts";
import { WhenSlow } from "../../../src/index.ts";

const INCARNATION = "0a1b2c3d-0000-4000-8000-000000000000";

function ringOf(
  replay: { readonly events?: number; readonly bytes?: number },
  former?: string,
): EventRing {
  return new EventRing({ events: 1_000, bytes: 1_048_576, ...replay }, INCARNATION, former);
}

function said(event: string, body = "1"): Unnumbered {
  const { Close: whenSlow } = WhenSlow;
  return { event, body, traceparent: undefined, whenSlow, only: undefined, except: undefined };
}

describe("the ring of events", () => {
  it("numbers events, and keeps as many as are replayed", () => {
    const ring = ringOf({ events: 2 });

    for (const event of ["a", "b", "a", "b"]) ring.add(said(event), true);

    assert.deepEqual([ring.first, ring.last], [3, 4]);
    assert.deepEqual([ring.evicted("a"), ring.evicted("b"), ring.evicted("c")], [1, 2, 0]);
    assert.equal(ring.at(1)?.event, "a", "it is still there for those who are being sent it");
    assert.deepEqual([ring.at(0), ring.at(5)], [undefined, undefined]);
  });

  it("keeps no more bytes than are replayed", () => {
    const ring = ringOf({ bytes: 10 });

    for (const body of ['"1234"', '"é"', '"12345678"']) ring.add(said("a", body), true);

    assert.deepEqual([ring.first, ring.last, ring.evicted("a")], [3, 3, 2]);
    ring.add(said("a", `"${"x".repeat(20)}"`), true);
    assert.deepEqual([ring.first, ring.last, ring.at(4)?.number], [5, 4, 4]);
  });

  it("replays none if it is told so, and still sends", () => {
    const ring = ringOf({ events: 0 });

    ring.add(said("a"), true);

    assert.deepEqual([ring.first, ring.last, ring.evicted("a"), ring.at(1)?.number], [2, 1, 1, 1]);
  });

  it("holds a bounded number of events and bytes, however many there are", () => {
    const ring = ringOf({ events: 10 });

    for (let count = 0; count < 10_000; count += 1) ring.add(said("a"), true);

    assert.deepEqual([ring.at(10_000 - 256), ring.at(10_000 - 255)?.number], [undefined, 9_745]);
    const large = `"${"x".repeat(300_000)}"`;
    for (let count = 0; count < 20; count += 1) ring.add(said("a", large), true);
    assert.deepEqual(
      [ring.first, ring.at(10_016), ring.at(10_020)?.number],
      [10_018, undefined, 10_020],
    );
  });

  it("keeps nothing of what no one can ask for", () => {
    const ring = ringOf({});

    ring.add(said("a"), false);
    ring.add(said("b"), true);

    assert.deepEqual([ring.first, ring.at(1), ring.at(2)?.event], [2, undefined, "b"]);
    assert.equal(ring.evicted("a"), 1);
  });

  it("has positions of its own, which begin at the end of the activation before", () => {
    const [ring, other] = [ringOf({}), ringOf({}, "0a1b2c3d.11112222.7")];
    ring.add(said("a"), true);
    other.add(said("a"), true);

    assert.equal(ring.numberOf(ring.position(1)), 1);
    assert.equal(other.numberOf(ring.position(1)), undefined);
    assert.equal(other.position(0), "0a1b2c3d.11112222.7");
    assert.equal(other.numberOf("0a1b2c3d.11112222.7"), 0);
    assert.equal(other.isOfCreation(ring.position(1)), true);
    assert.equal(other.isOfCreation("ffffffff.11112222.7"), false);
  });

  it("knows no position that it has not given", () => {
    const ring = ringOf({});
    const [creation, tag] = ring.position(1).split(".");

    for (const position of [
      "",
      ".",
      "1",
      `${creation}.${tag}`,
      `${creation}.${tag}.x`,
      `${creation}.${tag}.-1`,
      `${creation}.${tag}.1e3`,
      `${creation}.${tag}.99999999999999999999`,
      `${creation}.${tag}.1\n`,
    ]) {
      assert.equal(ring.numberOf(position), undefined, position);
    }
  });
});

describe("an event", () => {
  const to = { connectionId: "new", formerId: "old" };

  it("is for all, for those it names, or for all but one", () => {
    const for_ = (only: string[] | undefined, except?: string): boolean =>
      isAddressedTo({ ...said("a"), number: 1, only: only && new Set(only), except }, to);

    assert.deepEqual(
      [for_(undefined), for_(["new"]), for_(["x"]), for_([])],
      [true, true, false, false],
    );
    assert.deepEqual(
      [for_(undefined, "new"), for_(undefined, "x"), for_(["new"], "new")],
      [false, true, false],
    );
    assert.deepEqual([for_(["old"]), for_(undefined, "old")], [true, false], "before the break");
  });
});
