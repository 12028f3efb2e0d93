/** Codes of a host that is no address of this machine. */
const NO_ADDRESS: ReadonlySet<string> = new Set([
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EAI_AGAIN",
  "ENOTFOUND",
]);

/** A port that cannot be bound; `code` is the operating system's. */
export class PortError extends Error {
  override readonly name = "PortError";
  readonly code: string | undefined;
  readonly port: number;
  /** Whether the host is the reason, so that no other port would help. */
  readonly concernsHost: boolean;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const reason = cause.code === "EADDRINUSE" ? "is taken" : `cannot be had (${cause.message})`;
    super(`port ${port} on ${host} ${reason}`, { cause });
    this.code = cause.code;
    this.port = port;
    this.concernsHost = NO_ADDRESS.has(cause.code ?? "");
  }
}
