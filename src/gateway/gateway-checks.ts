import { ErrorCode, UsageError } from "../base/errors.ts";
import { createHealth, type Health } from "../health/create-health.ts";
import { answerProbe } from "../health/probe-requests.ts";
import type { MonitoredSystem } from "../monitor/monitored-system.ts";
import type { GatewayHost } from "../monitor/system-access.ts";
import { GatewayCode } from "./call/gateway-code.ts";
import type { InFlight } from "./call/in-flight.ts";
import type { GatewaySettings } from "./gateway-options.ts";
import type { Reply } from "./http/http-answer.ts";

/** Name of the check of the gateway itself. */
const OWN_CHECK = "gateway";

/**
 * Creates the probes of a gateway: its system, whether it has room for requests, and the checks of the application. They
 * wake no actor and read no store.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
 */
export function createProbes(
  system: MonitoredSystem,
  host: GatewayHost,
  { checks }: Pick<GatewaySettings, "checks">,
  inFlight: InFlight,
): Health {
  if (Object.hasOwn(checks, OWN_CHECK)) {
    throw new UsageError(`the name ${OWN_CHECK} is that of a built-in check`, {
      code: ErrorCode.InvalidOption,
    });
  }
  const requireRoom = (): void => {
    if (!inFlight.isFull) return;
    const text = "as many requests are being answered as `limits` allow";
    throw Object.assign(new Error(text), { code: GatewayCode.Overloaded });
  };
  return createHealth({
    systems: [system],
    checks: { ...checks, [OWN_CHECK]: requireRoom },
    clock: host.clock,
    logger: {
      info: (fields: unknown, text?: string) => host.log("info", fields as object, text ?? ""),
      warn: (fields: unknown, text?: string) => host.log("warn", fields as object, text ?? ""),
    },
  });
}

/** Answers a probe, in the form of `limelight/health`. */
export async function replyToProbe(
  health: Health,
  name: "livez" | "readyz",
  query: string | undefined,
): Promise<Reply> {
  const { status, content } = await answerProbe(
    health,
    name,
    "GET",
    new URLSearchParams(query ?? ""),
  );
  return { status, body: String(content.body), type: content.type };
}
