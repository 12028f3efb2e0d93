import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Clock, type ClockTimer, systemClock } from "../../src/base/clock.ts";
import { Environment } from "../../src/preload/environment.ts";
import { OtlpDelivery } from "../../src/preload/otlp/otlp-delivery.ts";
import { otlpEndpoint } from "../../src/preload/otlp/otlp-endpoint.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";

/** Fires at once what is a pause between two attempts, and notes how long it was to be. */
class PauseClock implements Clock {
  readonly pausesMs: number[] = [];

  monotonicMs(): number {
    return 0;
  }

  epochMs(): number {
    return systemClock.epochMs();
  }

  schedule(callback: () => void, delayMs: number): ClockTimer {
    // The time-outs of a request are 2 s and 10 s.
    if (delayMs === 2_000 || delayMs === 10_000) return { cancel: () => {} };
    this.pausesMs.push(delayMs);
    const timer = setImmediate(callback);
    return { cancel: () => clearImmediate(timer) };
  }
}

describe("a collector that answers 503", () => {
  for (const header of ["0", "-5", "Thu, 01 Jan 1970 00:00:00 GMT", "soon"]) {
    it(`with Retry-After: ${header} is asked again after pauses that grow`, async () => {
      await using receiver = await OtlpReceiver.start();
      receiver.answerWith({ status: 503, headers: { "retry-after": header } });
      process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.url;
      const clock = new PauseClock();
      const endpoint = otlpEndpoint(new Environment(process.env, () => {}), "traces");

      const payload = new TextEncoder().encode("{}");
      const never = new AbortController().signal;
      const { delivered } = await new OtlpDelivery(endpoint, clock).deliver(payload, never);

      assert.deepEqual([delivered, receiver.requests.length], [false, 6]);
      assert.equal(clock.pausesMs.length, 5);
      for (const pauseMs of clock.pausesMs) assert.ok(pauseMs >= 800, `${clock.pausesMs}`);
    });
  }
});
