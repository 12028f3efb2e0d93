/** A backend rejected a query or did not answer. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Parameters = Readonly<Record<string, string | number>>;

/**
 * Queries a backend through the page's server and returns the JSON response.
 *
 * @throws {@link QueryError} with the backend's message
 */
export async function askJson<Answer>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<Answer> {
  return (await (await ask(path, parameters, signal)).json()) as Answer;
}

/**
 * Like {@link askJson}, for a response with one JSON value per line.
 *
 * @throws {@link QueryError} with the backend's message
 */
export async function askJsonLines<Line>(
  path: string,
  parameters: Parameters,
  signal: AbortSignal,
): Promise<Line[]> {
  const lines = (await (await ask(path, parameters, signal)).text()).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

async function ask(path: string, parameters: Parameters, signal?: AbortSignal): Promise<Response> {
  const texts = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  const query = new URLSearchParams(texts).toString();
  const response = await fetch(query === "" ? path : `${path}?${query}`, {
    ...(signal === undefined ? {} : { signal }),
  });
  if (!response.ok)
    throw new QueryError(response.status, reasonOf(response.status, await response.text()));
  return response;
}

/**
 * Returns the backend's message: Prometheus sends it in JSON as `error`, Jaeger as `msg` or `message`,
 * VictoriaLogs as plain text.
 */
function reasonOf(status: number, body: string): string {
  const [, inJson] = /"(?:error|msg|message)":\s*("(?:[^"\\]|\\.)*")/.exec(body) ?? [];
  const reason = inJson === undefined ? body.trim() : (JSON.parse(inJson) as string);
  return reason === "" ? `status ${status}` : reason.slice(0, 400);
}
