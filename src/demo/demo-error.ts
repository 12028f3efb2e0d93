/** Why the demo could not do what it was asked to. */
export const DemoErrorCode = {
  ConsolePort: "ERR_CONSOLE_PORT",
  LoadFailed: "ERR_LOAD_FAILED",
  LogFile: "ERR_LOG_FILE",
  PortTaken: "ERR_PORT_TAKEN",
  PortDenied: "ERR_PORT_DENIED",
} as const;
export type DemoErrorCode = (typeof DemoErrorCode)[keyof typeof DemoErrorCode];

/** Something a person can put right; its message says how. */
export class DemoError extends Error {
  override readonly name = "DemoError";
  readonly code: DemoErrorCode;

  constructor(message: string, options: ErrorOptions & { readonly code: DemoErrorCode }) {
    super(message, options);
    this.code = options.code;
  }
}

/** What to tell somebody whose port cannot be had; any other error comes back as it is. */
export function explainListenError(error: unknown, port: number): unknown {
  const systemCode = error instanceof Error && "code" in error ? error.code : undefined;
  switch (systemCode) {
    case "EADDRINUSE":
      return new DemoError(
        `port ${port} is taken; choose another with --port, or any with --port 0`,
        {
          code: DemoErrorCode.PortTaken,
          cause: error,
        },
      );
    case "EACCES":
      return new DemoError(
        `port ${port} needs rights this user has not; choose another with --port`,
        {
          code: DemoErrorCode.PortDenied,
          cause: error,
        },
      );
    default:
      return error;
  }
}
