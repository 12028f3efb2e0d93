/** Thrown when a command cannot run for a reason the user can fix. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: string;

  constructor(message: string, options: ErrorOptions & { readonly code: string }) {
    super(message, options);
    this.code = options.code;
  }
}
