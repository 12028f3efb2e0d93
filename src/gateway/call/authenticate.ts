import type { Caller } from "../../activation/definition/caller.ts";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError, UsageError } from "../../base/errors.ts";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import { AddressWindows } from "./address-windows.ts";
import { requireCaller } from "./caller-check.ts";
import { GatewayCode } from "./gateway-code.ts";
import { TokenCallers } from "./token-callers.ts";

/** What a client sent to say who it is. */
export interface Credentials {
  /** Of `Authorization: Bearer`, or of the first frame of a socket. */
  readonly token: string | undefined;
  /** All request headers; of a socket, those of its handshake. */
  readonly headers: Headers;
  /** Of the client. */
  readonly address: string;
  /** What it came by. */
  readonly transport: "http" | "websocket";
}

/**
 * Returns who it is, or `undefined` for 401. If it throws, or takes more than 5 s, the answer is 503: the client keeps its
 * token.
 */
export type Authenticate = (
  credentials: Credentials,
) => Caller | undefined | Promise<Caller | undefined>;

/** What an {@link Authenticator} is given of a client. Headers are copied only for a function. */
export interface ClientFacts {
  readonly token: string | undefined;
  /** Empty if it is not known: failures are not counted then, since all clients would be one. */
  readonly address: string;
  readonly transport: "http" | "websocket";
  readonly exchange: { headers(): Headers };
}

/** Parts of an {@link Authenticator}. */
export interface AuthenticatorOptions {
  readonly auth: Readonly<Record<string, Caller>> | Authenticate | "anyone" | undefined;
  readonly timeoutMs: number;
  readonly failuresPerMinute: number;
  readonly clock: Clock;
  /** Gets what `auth` has thrown. */
  readonly onFault: (error: unknown) => void;
}

const MINUTE_MS = 60_000;
const MS_PER_SECOND = 1_000;

/** Finds out who calls, and refuses addresses that guess tokens. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #tokens: TokenCallers | undefined;
  readonly #check: Authenticate | undefined;
  readonly #failures: AddressWindows;

  /** @throws {@link UsageError} `ERR_INVALID_OPTION` */
  constructor(options: AuthenticatorOptions) {
    const { auth, clock } = options;
    this.#options = options;
    this.#failures = new AddressWindows(clock, MINUTE_MS);
    if (auth === undefined || auth === "anyone") return;
    if (typeof auth === "function") this.#check = auth;
    else if (typeof auth === "object" && auth !== null) this.#tokens = new TokenCallers(auth);
    else {
      throw new UsageError('`auth` must be tokens with callers, a function, or "anyone"', {
        code: ErrorCode.InvalidOption,
      });
    }
  }

  /** Whether requests need a caller. */
  get isRequired(): boolean {
    return this.#check !== undefined || this.#tokens !== undefined;
  }

  /**
   * Returns who calls; `undefined` where no caller is needed. Without a function as `auth` the result is no promise.
   *
   * @throws {@link Refusal} `TOKEN`, `ERR_RATE_LIMITED`, `ERR_AUTH_UNAVAILABLE`
   */
  identify(client: ClientFacts): Caller | undefined | Promise<Caller> {
    if (!this.isRequired) return undefined;
    this.#requireFewFailures(client.address);
    if (this.#check !== undefined) return this.#ask(this.#check, client);
    const { token } = client;
    return this.#admit(token === undefined ? undefined : this.#tokens?.find(token), client);
  }

  async #ask(check: Authenticate, client: ClientFacts): Promise<Caller> {
    const { token, address, transport, exchange } = client;
    let found: unknown;
    try {
      found = await this.#inTime(check, { token, address, transport, headers: exchange.headers() });
      if (found !== undefined) found = requireCaller(found, "`auth`");
    } catch (error) {
      this.#options.onFault(error);
      throw new Refusal(GatewayCode.AuthUnavailable, "callers cannot be identified at the moment");
    }
    return this.#admit(found as Caller | undefined, client);
  }

  /** A call that goes on after its time is ignored: it has no signal to end by. */
  #inTime(check: Authenticate, credentials: Credentials): Promise<unknown> {
    const { clock, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = clock.schedule(
        () => {
          const text = `\`auth\` took longer than ${timeoutMs} ms`;
          reject(new LimelightError(text, { code: ErrorCode.CheckTimeout }));
        },
        timeoutMs,
        KeepAlive.No,
      );
      Promise.resolve()
        .then(() => check(credentials))
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  #admit(caller: Caller | undefined, { token, address }: ClientFacts): Caller {
    const { expiresAtMs = Number.POSITIVE_INFINITY } = caller ?? {};
    if (caller !== undefined && expiresAtMs > this.#options.clock.epochMs()) return caller;
    // A caller whose time is over has not guessed.
    if (caller === undefined && token !== undefined && address !== "") {
      this.#failures.add(address);
    }
    throw new Refusal(HttpCode.Token, "a valid token is needed: Authorization: Bearer", {
      headers: { "WWW-Authenticate": "Bearer" },
    });
  }

  #requireFewFailures(address: string): void {
    if (this.#failures.count(address) < this.#options.failuresPerMinute) return;
    const seconds = Math.ceil(this.#failures.leftMs(address) / MS_PER_SECOND);
    throw new Refusal(GatewayCode.RateLimited, "too many wrong tokens came from this address", {
      headers: { "Retry-After": String(Math.max(1, seconds)) },
    });
  }
}
