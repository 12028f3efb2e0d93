/** Whether `value` is a promise, of any implementation. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === "function";
  } catch {
    return false; // a `then` that throws when it is read also throws when it is awaited
  }
}
