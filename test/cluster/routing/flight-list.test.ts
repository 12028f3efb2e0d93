import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Flight, FlightList } from "../../../src/cluster/routing/flight-list.ts";
import type { Outgoing } from "../../../src/cluster/routing/outgoing.ts";

/** Nothing of it is used. */
const outgoing = {} as Outgoing;

describe("FlightList", () => {
  const flights = (count: number): readonly Flight[] =>
    Array.from({ length: count }, () => new Flight(outgoing, "r-1"));
  const listed = (list: FlightList): readonly Flight[] => {
    const found: Flight[] = [];
    for (let flight = list.first; flight !== undefined; flight = flight.next) found.push(flight);
    return found;
  };

  it("keeps the order, whichever are removed", () => {
    const all = flights(5);
    const [a, b, c, d, e] = all as [Flight, Flight, Flight, Flight, Flight];
    const list = new FlightList();
    for (const flight of all) list.add(flight);

    for (const flight of [c, a, e]) assert.equal(list.remove(flight), true);
    list.add(c);

    assert.deepEqual(listed(list), [b, d, c]);
    for (const flight of [b, c, d]) list.remove(flight);
    assert.equal(list.first, undefined);
  });

  it("removes a flight once, and only its own", () => {
    const [a, b] = flights(2) as [Flight, Flight];
    const [list, other] = [new FlightList(), new FlightList()];
    list.add(a);
    other.add(b);

    assert.equal(list.remove(b), false);
    assert.equal(list.remove(a), true);
    assert.equal(list.remove(a), false);
    assert.equal(other.first, b);
  });

  it("leaves nothing of the others at one that was removed", () => {
    const [a, b, c] = flights(3) as [Flight, Flight, Flight];
    const list = new FlightList();
    for (const flight of [a, b, c]) list.add(flight);

    list.remove(b);

    assert.deepEqual([b.previous, b.next, b.list], [undefined, undefined, undefined]);
  });
});
