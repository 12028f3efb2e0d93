import { Refusal } from "../../http/refusal.ts";
import { GatewayCode } from "./gateway-code.ts";

const RETRY_AFTER = { headers: { "Retry-After": "1" } };

/** Counts what is being answered, limits it, and knows when it is over. */
export class InFlight {
  readonly #limit: number;
  #count = 0;
  /** Since the drain began. */
  #answered = 0;
  #lost = 0;
  #isDraining = false;
  #isClosed = false;
  readonly #idle: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether {@link drain} has been called. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  get isIdle(): boolean {
    return this.#count === 0;
  }

  /** Whether there is no room for another one. */
  get isFull(): boolean {
    return this.#count >= this.#limit;
  }

  /** How many were answered since the drain began, and how many were not, or cannot be any more. */
  get report(): { readonly answered: number; readonly unknown: number } {
    return { answered: this.#answered, unknown: this.#lost + this.#count };
  }

  /**
   * Begins one. {@link InFlight.end} must follow.
   *
   * @throws {@link Refusal} `ERR_OVERLOADED`, `ERR_DRAINING`
   */
  begin(): void {
    if (this.#isClosed) {
      throw new Refusal(GatewayCode.Draining, "the gateway is closed", RETRY_AFTER);
    }
    if (this.isFull) {
      const text = `${this.#limit} requests are being answered already`;
      throw new Refusal(GatewayCode.Overloaded, text, RETRY_AFTER);
    }
    this.#count += 1;
  }

  /** @param wasAnswered `false` if the client had gone away, or its connection was cut */
  end(wasAnswered: boolean): void {
    this.#count -= 1;
    if (this.#isDraining && wasAnswered) this.#answered += 1;
    if (this.#isDraining && !wasAnswered) this.#lost += 1;
    if (this.#count > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** What arrives from now on is still answered, but the gateway is about to end. */
  drain(): void {
    this.#isDraining = true;
  }

  /** What arrives from now on is refused. */
  close(): void {
    this.#isDraining = true;
    this.#isClosed = true;
  }

  /** Resolves when nothing is being answered. */
  whenIdle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }
}
