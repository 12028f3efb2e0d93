import { AsyncResource } from "node:async_hooks";
import { context, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { arrivals } from "../arrivals.ts";
import type { Subject } from "../subject.ts";
import { registerContextManager } from "../subjects/open-telemetry.ts";
import { BURST } from "./tell.ts";
import { type Work, WorkId } from "./work.ts";

/** Contexts in the ring; equal to the burst, so every message of a burst has its own. */
const RING = BURST;

export const tellDistinct: Work = {
  id: WorkId.TellDistinct,
  description:
    "as tell-bursts, each message under another unsampled OpenTelemetry context (ring of 1,000)",
  fullOps: 1_000_000,
  step: BURST,
  async prepare<Handle>(subject: Subject<Handle>) {
    registerContextManager();
    const handle = await subject.spawn();
    const send = (): void => subject.tell(handle);
    // Entering a ready-made AsyncResource is the cheapest way for a sender to change its context
    // (about 25 ns; context.with would cost 280). The reference does it too, for nothing.
    const ring = Array.from({ length: RING }, (_, index) => senderUnderContext(index));
    return {
      async run(ops) {
        for (let sent = 0; sent < ops; sent += BURST) {
          const handled = arrivals(BURST);
          for (const sender of ring) sender.runInAsyncScope(send);
          await handled;
        }
      },
    };
  },
};

function senderUnderContext(index: number): AsyncResource {
  const unsampled = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: (index + 1).toString(16).padStart(32, "0"),
    spanId: (index + 1).toString(16).padStart(16, "0"),
    traceFlags: TraceFlags.NONE,
    isRemote: true,
  });
  return context.with(unsampled, () => new AsyncResource("limelight-bench-sender"));
}
