/** Codes of the terminal view's errors. */
export const TopErrorCode = {
  Unreachable: "ERR_CONSOLE_UNREACHABLE",
  Token: "ERR_CONSOLE_TOKEN",
  NotAConsole: "ERR_NOT_A_CONSOLE",
  Refused: "ERR_CONSOLE_REFUSED",
  Version: "ERR_CONSOLE_VERSION",
  NoTerminal: "ERR_NO_TERMINAL",
  InvalidUrl: "ERR_INVALID_URL",
  UnknownSystem: "ERR_UNKNOWN_SYSTEM",
  UnknownType: "ERR_UNKNOWN_TYPE",
} as const;
export type TopErrorCode = (typeof TopErrorCode)[keyof typeof TopErrorCode];

/** An error that the user can fix. The message says how. */
export class TopError extends Error {
  override readonly name = "TopError";
  readonly code: TopErrorCode;

  constructor(message: string, options: ErrorOptions & { readonly code: TopErrorCode }) {
    super(message, options);
    this.code = options.code;
  }
}
