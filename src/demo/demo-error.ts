import { LimelightError } from "../index.ts";
import type { StoreErrorCode } from "../store.ts";

/** Reasons for which the demo could not run. */
export const DemoErrorCode = {
  ConsolePort: "ERR_CONSOLE_PORT",
  Host: "ERR_HOST",
  LoadFailed: "ERR_LOAD_FAILED",
  LogFile: "ERR_LOG_FILE",
  Nats: "ERR_NATS",
  PortTaken: "ERR_PORT_TAKEN",
  PortDenied: "ERR_PORT_DENIED",
} as const;
export type DemoErrorCode = (typeof DemoErrorCode)[keyof typeof DemoErrorCode];

/** An error the user can fix; its message says how. */
export class DemoError extends Error {
  override readonly name = "DemoError";
  readonly code: DemoErrorCode | StoreErrorCode;

  constructor(
    message: string,
    options: ErrorOptions & { readonly code: DemoErrorCode | StoreErrorCode },
  ) {
    super(message, options);
    this.code = options.code;
  }
}

/** Explains why the gateway cannot bind its address. Any other error is returned unchanged. */
export function explainListenError(error: unknown, host: string, port: number): unknown {
  if (!LimelightError.is(error) || error.code !== "ERR_GATEWAY_PORT") return error;
  const { code: systemCode } = Object(error.cause) as { readonly code?: unknown };
  const explained = (code: DemoErrorCode, message: string): DemoError =>
    new DemoError(message, { code, cause: error });
  switch (systemCode) {
    case "EADDRINUSE":
      return explained(
        DemoErrorCode.PortTaken,
        `port ${port} is taken; choose another with --port, or any with --port 0`,
      );
    case "EACCES":
      return explained(
        DemoErrorCode.PortDenied,
        `port ${port} needs rights this user has not; choose another with --port`,
      );
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EAI_AGAIN":
    case "ENOTFOUND":
      return explained(
        DemoErrorCode.Host,
        `${host} is no address of this machine; choose one of its own with --host`,
      );
    default:
      return error;
  }
}
