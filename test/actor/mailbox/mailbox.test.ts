import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";
import fc from "fast-check";
import { ABSENT, Envelope } from "../../../src/actor/mailbox/envelope.ts";
import { Mailbox } from "../../../src/actor/mailbox/mailbox.ts";
import { Route } from "../../../src/actor/mailbox/route.ts";

/** A route as far as a mailbox looks at one. */
const route = new Route({
  actorType: "echo",
  messageType: "say",
  kind: "tell",
  handler: () => undefined,
  metrics: undefined as never,
});
const traced = ROOT_CONTEXT.setValue(createContextKey("trace"), "t");

/** Puts message number `id` in, in one of the ways a message can travel. */
const ways = {
  bare: (mailbox: Mailbox, id: number) =>
    mailbox.enqueueBare(route.bareTells[1], id, ABSENT, ROOT_CONTEXT),
  traced: (mailbox: Mailbox, id: number) =>
    mailbox.enqueueBare(route.bareTells[2], id, "second", traced),
  wrapped: (mailbox: Mailbox, id: number) => {
    const envelope = new Envelope(route);
    envelope.first = id;
    mailbox.enqueue(envelope);
  },
} as const;
type Way = keyof typeof ways;

const change = fc.oneof(
  fc.record({ do: fc.constantFrom<Way>("bare", "traced", "wrapped"), times: fc.nat({ max: 40 }) }),
  fc.record({ do: fc.constantFrom("take" as const, "look" as const), times: fc.nat({ max: 50 }) }),
);

/** A mailbox, and beside it the plain list it must agree with. */
class ModelledMailbox {
  readonly #mailbox = new Mailbox();
  readonly #list: [number, Way][] = [];
  #lastId = 0;

  send(way: Way, times: number): void {
    for (let sent = 0; sent < times; sent += 1) {
      this.#lastId += 1;
      ways[way](this.#mailbox, this.#lastId);
      this.#list.push([this.#lastId, way]);
    }
  }

  /** Takes up to `times` messages out and holds them against the list. */
  take(times: number): void {
    for (let taken = 0; taken < times; taken += 1) {
      const envelope = this.#mailbox.dequeue();
      const [id, way] = this.#list.shift() ?? [];
      assert.equal(envelope?.first, id);
      if (envelope === undefined) return;
      assert.equal(envelope.route, route);
      assert.equal(envelope.context, way === "traced" ? traced : ROOT_CONTEXT);
      assert.deepEqual(envelope.args(), way === "traced" ? [id, "second"] : [id]);
    }
  }

  look(nowMs: number): void {
    this.#mailbox.oldestSentAtMs(nowMs);
    assert.equal(this.#mailbox.depth, this.#list.length);
  }
}

describe("Mailbox", () => {
  it("is first-in, first-out, regardless of what travels and however it grows and shrinks", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const mailbox = new ModelledMailbox();

        for (const { do: what, times } of changes) {
          if (what === "take") mailbox.take(times);
          else if (what === "look") mailbox.look(times);
          else mailbox.send(what, times);
        }

        mailbox.take(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps two mailboxes apart that fill and empty in turn", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 40 }), { maxLength: 30 }), (counts) => {
        const mailboxes = [new Mailbox(), new Mailbox()] as const;

        for (const count of counts) {
          for (let id = 0; id < count; id += 1) {
            ways.bare(mailboxes[0], id);
            ways.traced(mailboxes[1], -id);
          }
          const taken = mailboxes.map((mailbox) =>
            Array.from({ length: count }, () => Number(mailbox.dequeue()?.first)),
          );
          assert.deepEqual(
            taken[0],
            taken[1]?.map((id) => 0 - id),
          );
        }
      }),
    );
  });

  it("holds a hundred thousand and gives them back in order", () => {
    const mailbox = new Mailbox();
    for (let id = 0; id < 100_000; id += 1) ways.bare(mailbox, id);

    const inOrder = Array.from({ length: 100_000 }, (_, id) => mailbox.dequeue()?.first === id);

    assert.ok(inOrder.every(Boolean));
    assert.equal(mailbox.dequeue(), undefined);
  });

  it("knows since when its oldest message has waited: at least since it was first asked", () => {
    const mailbox = new Mailbox();
    assert.equal(mailbox.oldestSentAtMs(1), undefined);
    ways.bare(mailbox, 1);

    const first = mailbox.oldestSentAtMs(5);
    const second = mailbox.oldestSentAtMs(9);

    assert.deepEqual([first, second], [5, 5]);
    assert.equal(mailbox.dequeue()?.first, 1);
    assert.equal(mailbox.oldestSentAtMs(10), undefined);
  });
});
