import { parseTimeMs } from "../nats-client/jetstream-api.ts";
import type { Examination } from "./examine-nats.ts";
import { type Finding, ok, Topic, warning } from "./finding.ts";

/** Below, nobody would notice. */
const TOLERABLE_MS = 1_000;
const TIMEOUT_MS = 2_000;

interface UserAnswer {
  readonly server?: { readonly time?: string };
}

/**
 * Examines how far the server's clock is from ours. Leases and fences need no clocks that agree; expiry dates of commands,
 * times in views and the ends of traces do.
 */
export async function examineClock({ uplink, clock }: Examination): Promise<Finding> {
  const sentAtMs = clock.epochMs();
  let time: string | undefined;
  try {
    const message = { subject: "$SYS.REQ.USER.INFO", headers: {}, body: new Uint8Array() };
    const reply = await uplink.request(message, { timeoutMs: TIMEOUT_MS });
    time = (JSON.parse(Buffer.from(reply.body).toString()) as UserAnswer).server?.time;
  } catch {
    time = undefined; // servers before 2.10 have no answer
  }
  if (time === undefined) {
    return warning(Topic.Clock, "the server does not tell its time", "compare the clocks yourself");
  }
  const receivedAtMs = clock.epochMs();
  // The server has answered at some time in between.
  const skewMs = Math.round(parseTimeMs(time) - (sentAtMs + receivedAtMs) / 2);
  const text = `the server's clock is ${Math.abs(skewMs)} ms ${skewMs < 0 ? "behind" : "ahead of"} this one`;
  if (Math.abs(skewMs) <= TOLERABLE_MS + (receivedAtMs - sentAtMs) / 2)
    return ok(Topic.Clock, text);
  return warning(
    Topic.Clock,
    text,
    "synchronise the clocks of all machines, for example with chrony",
  );
}
