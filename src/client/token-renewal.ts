import type { AuthReply } from "../wire/gateway-frames.ts";
import type { ClientSettings } from "./client-settings.ts";
import type { Settle } from "./repeated-call.ts";

/** A token is renewed this long before its end, or after half of its time. */
const BEFORE_MS = 30_000;
const LEAST_MS = 1_000;

/** Sends a new token before the caller's time is over, at which the gateway closes the socket. */
export class TokenRenewal {
  readonly #client: ClientSettings;
  readonly #send: (token: string, settle: Settle) => void;
  #cancel: () => void = () => undefined;

  /** @param send sends a token to the gateway */
  constructor(client: ClientSettings, send: (token: string, settle: Settle) => void) {
    this.#client = client;
    this.#send = send;
  }

  /** Begins with a token that ends in `expMs`; `undefined` for one without an end. */
  start(expMs: number | undefined): void {
    this.stop();
    if (expMs === undefined || !this.#client.hasNewTokens) return;
    const delayMs = Math.max(LEAST_MS, expMs / 2, expMs - BEFORE_MS);
    let isOver = false;
    const cancelTimer = this.#client.platform.schedule(() => {
      // A token that cannot be had is asked for again when the gateway has closed the socket.
      this.#client.token().then(
        (token) => {
          if (!isOver && token !== undefined) this.#renew(token);
        },
        () => undefined,
      );
    }, delayMs);
    this.#cancel = () => {
      isOver = true;
      cancelTimer();
    };
  }

  stop(): void {
    this.#cancel();
    this.#cancel = () => undefined;
  }

  #renew(token: string): void {
    this.#send(token, {
      reply: (value) => this.start((value as AuthReply | undefined)?.expMs),
      fail: () => undefined,
    });
  }
}
