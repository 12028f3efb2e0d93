import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Published } from "../../../src/activation/access/event-feed.ts";
import { DirectedEvents } from "../../../src/gateway/events/directed.ts";

function eventOf(length = 1): Published {
  return {
    number: 1,
    event: "said",
    body: "x".repeat(length),
    traceparent: undefined,
    whenSlow: "close",
    only: undefined,
    except: undefined,
  };
}

describe("events to one connection alone", () => {
  it("are kept up to 16, and what is older counts as missing", () => {
    const events = new DirectedEvents();
    for (let count = 0; count < 17; count += 1) events.add(1, eventOf());

    assert.equal(events.after(1, 1)?.length, 16);
    assert.equal(events.after(0, 1), undefined);
    assert.deepEqual(events.after(17, 1), []);
    assert.equal(events.after(18, 1), undefined);
  });

  it("are kept up to 65,536 characters together", () => {
    const events = new DirectedEvents();
    events.add(1, eventOf(32_768));
    events.add(1, eventOf(32_768));
    assert.equal(events.after(0, 1)?.length, 2);

    events.add(1, eventOf(1));

    assert.equal(events.after(0, 1), undefined);
    assert.equal(events.after(1, 1)?.length, 2);
  });

  it("that are larger are sent, and not kept", () => {
    const events = new DirectedEvents(3);

    assert.match(events.add(1, eventOf(65_537)), /xxx/);

    assert.equal(events.after(3, 1), undefined);
    assert.deepEqual(events.after(4, 1), []);
  });
});
