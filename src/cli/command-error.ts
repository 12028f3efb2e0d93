/** Why a command could not do what it was asked to, for a person who can put it right. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: string;

  constructor(message: string, options: ErrorOptions & { readonly code: string }) {
    super(message, options);
    this.code = options.code;
  }
}
