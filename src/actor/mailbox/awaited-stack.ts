const resolved: Promise<void> = Promise.resolve();

/**
 * Throws `error` with a stack that shows where the promise is awaited which is resolved with the promise of this
 * function: `at async checkout (shop.ts:12:5)`. The stack of an error that is made in a timer, or in the code
 * that ends an actor, has no frame of the asker, and capturing one with each ask would cost more than the ask.
 *
 * V8 adds the frames of awaiting functions to a stack that is captured in a job of the promise they await. It
 * follows the promise of this function to the promise resolved with it, which V8 attaches in a job of its own:
 * hence the two waits. Only the failing ask pays. The stack is formatted when it is first read.
 *
 * @see {@link https://v8.dev/docs/stack-trace-api#async-stack-traces | Async stack traces}
 */
export async function throwWhereAwaited(error: Error): Promise<never> {
  await resolved;
  await resolved;
  Error.captureStackTrace(error, throwWhereAwaited);
  throw error;
}
