import { ErrorCode, LimelightError } from "../base/errors.ts";
import { isInstance } from "../base/foreign-value.ts";
import type { Answer } from "../http/guarded-server.ts";
import { HostMatch } from "../http/host-guard.ts";
import { LoopbackServer } from "../http/loopback-server.ts";
import { PortError } from "../http/port-error.ts";
import { securityHeaders } from "../http/security-headers.ts";
import { tellDiag } from "../telemetry/context/diag-line.ts";
import type { ConsoleSettings } from "./console-options.ts";
import { refusalContent } from "./pages.ts";
import { CONSOLE_PROBLEMS } from "./problem.ts";

/** Connections beyond those of viewers: pending requests and idle keep-alive connections. */
const SPARE_CONNECTIONS = 64;
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

type ServerSettings = Pick<ConsoleSettings, "host" | "port" | "allowedHosts" | "maxViewers">;

/**
 * Starts the HTTP server of a console.
 *
 * @throws {@link LimelightError} `ERR_CONSOLE_PORT`
 */
export async function openServer(
  settings: ServerSettings,
  answer: Answer,
): Promise<LoopbackServer> {
  const { maxViewers, ...address } = settings;
  const server = new LoopbackServer(
    {
      ...address,
      match: HostMatch.Exact,
      advice: "`allowedHosts` names further ones",
      maxConnections: maxViewers + SPARE_CONNECTIONS,
      headers: securityHeaders(PAGE_POLICY),
      problems: CONSOLE_PROBLEMS,
      refusalContent,
      onFault: (error) => tellDiag("limelight's console could not answer", error),
    },
    answer,
  );
  try {
    await server.listen();
  } catch (cause) {
    if (!isInstance(cause, PortError)) throw cause;
    const advice = cause.concernsHost
      ? "`host` must be an address of this machine"
      : "port 0 takes any that is free";
    throw new LimelightError(`${cause.message}; ${advice}`, {
      code: ErrorCode.ConsolePort,
      cause,
    });
  }
  return server;
}
