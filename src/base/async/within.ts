import { type Clock, KeepAlive } from "../clock.ts";

/** The code of an application has taken longer than it may. */
export class SlowCodeError extends Error {
  override readonly name = "SlowCodeError";
}

/**
 * Waits for a promise of an application's code; what it does later is ignored.
 *
 * Rejects as `promise` does, and with an error after `limitMs`.
 *
 * @param what the code, for the message of the error
 */
export async function within<Value>(
  {
    clock,
    limitMs,
    what,
  }: { readonly clock: Clock; readonly limitMs: number; readonly what: string },
  promise: PromiseLike<Value>,
): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const give = (): void => reject(new SlowCodeError(`${what} took longer than ${limitMs} ms`));
  const timer = clock.schedule(give, limitMs, KeepAlive.No);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.cancel();
  }
}
