/** A log line as Loki keeps it. */
export interface StoredLog {
  readonly timeMs: number;
  readonly body: string;
  /** Labels and structured metadata. */
  readonly fields: Readonly<Record<string, string>>;
}

interface StreamJson {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [
    time: string,
    line: string,
    more?: { readonly structuredMetadata?: Readonly<Record<string, string>> },
  ])[];
}

/** As much as Loki gives out at once. */
const LIMIT = "5000";

/** A Loki, asked over its HTTP interface. */
export class LokiClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Every line that `query` finds in the last hour, in the order they were written.
   *
   * @throws Error with what Loki says when it does not understand the query
   */
  async lines(query: string): Promise<StoredLog[]> {
    const parameters = new URLSearchParams({
      query,
      limit: LIMIT,
      direction: "forward",
      since: "1h",
    });
    const answer = await fetch(`${this.#url}/loki/api/v1/query_range?${parameters}`, {
      headers: { "x-loki-response-encoding-flags": "categorize-labels" },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${query}: ${text}`);
    const { data } = JSON.parse(text) as { data: { result: readonly StreamJson[] } };
    const found = data.result.flatMap(({ stream, values }) =>
      values.map(([time, body, more]) => ({
        timeMs: Number(BigInt(time) / 1_000_000n),
        body,
        fields: { ...stream, ...more?.structuredMetadata },
      })),
    );
    return found.toSorted((a, b) => a.timeMs - b.timeMs || place(a) - place(b));
  }
}

/** Where it stood in its file: Loki keeps lines of the same millisecond in no order. */
function place({ fields }: StoredLog): number {
  return Number(fields["log_file_record_number"] ?? 0);
}
