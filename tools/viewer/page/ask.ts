/** A backend has refused a question, or did not answer. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * What this page's server answers to a question for one of the backends.
 *
 * @throws {@link QueryError} with what the backend says is wrong
 */
export async function askJson<Answer>(
  path: string,
  parameters: Readonly<Record<string, string | number>> = {},
  signal?: AbortSignal,
): Promise<Answer> {
  const texts = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  const query = new URLSearchParams(texts).toString();
  const response = await fetch(query === "" ? path : `${path}?${query}`, {
    headers: { accept: "application/json" },
    ...(signal === undefined ? {} : { signal }),
  });
  if (!response.ok)
    throw new QueryError(response.status, reasonOf(response.status, await response.text()));
  return (await response.json()) as Answer;
}

/** Prometheus says it in JSON, the others in plain text. */
function reasonOf(status: number, body: string): string {
  const [, inJson] = /"error":\s*("(?:[^"\\]|\\.)*")/.exec(body) ?? [];
  const reason = inJson === undefined ? body.trim() : (JSON.parse(inJson) as string);
  return reason === "" ? `status ${status}` : reason.slice(0, 400);
}
