/** How a promise settles: `ok`, or the code or text of its error. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "ok";
  } catch (thrown) {
    try {
      const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
      return String(code ?? message ?? thrown);
    } catch {
      return "hostile";
    }
  }
}
