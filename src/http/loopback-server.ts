import { type Answer, GuardedServer, type GuardedServerOptions } from "./guarded-server.ts";
import { HostGuard, type HostGuardOptions, siteOf } from "./host-guard.ts";

const LIMITS = {
  maxHeaderBytes: 16_384,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  keepAliveMs: 5_000,
};

/** Options of a {@link LoopbackServer}. */
export interface LoopbackServerOptions
  extends Omit<HostGuardOptions, "allowedOrigins">,
    Pick<GuardedServerOptions, "port" | "problems" | "refusalContent" | "onFault"> {
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly maxConnections: number;
}

/**
 * An HTTP server for the machine it runs on, beside the work of its process: it does not keep it running.
 *
 * Each request must name the server and must not come from a page of another site.
 */
export class LoopbackServer extends GuardedServer {
  constructor(options: LoopbackServerOptions, answer: Answer) {
    const { host, match, allowedHosts, advice, maxConnections, ...others } = options;
    const guard = new HostGuard({ host, match, allowedHosts, advice });
    const limits = { ...LIMITS, maxConnections };
    super({ ...others, host, limits, keepsProcess: false }, (request, response) => {
      for (const name in others.headers) response.setHeader(name, others.headers[name] ?? "");
      guard.requireOwnSite(siteOf(request), request.socket.localPort ?? 0);
      return answer(request, response);
    });
  }
}
