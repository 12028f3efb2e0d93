/** One series of an answer of Prometheus. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An alert rule as Prometheus has it. */
export interface Rule {
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
}

/** A Prometheus, asked over its HTTP interface. */
export class PrometheusClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** What it answers to `query`, now or at `time` in seconds since the epoch. */
  async query(query: string, time?: number): Promise<Series[]> {
    const parameters = new URLSearchParams({ query });
    if (time !== undefined) parameters.set("time", String(time));
    const found = await this.#ask<{
      result: { metric: Series["metric"]; value: [number, string] }[];
    }>(`query?${parameters}`);
    return found.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** The only value of `query`, or `undefined` when there is none. */
  async value(query: string): Promise<number | undefined> {
    return (await this.query(query))[0]?.value;
  }

  /** Every value that `query` had each second from `start` to `end`, in seconds since the epoch. */
  async values(query: string, start: number, end: number): Promise<number[]> {
    const parameters = { query, start: String(start), end: String(end), step: "1" };
    const found = await this.#ask<{ result: { values: [number, string][] }[] }>(
      `query_range?${new URLSearchParams(parameters)}`,
    );
    return found.result.flatMap(({ values }) => values.map(([, value]) => Number(value)));
  }

  /** The trace ids that exemplars of `query` carry. */
  async exemplars(query: string, start: number, end: number): Promise<string[]> {
    const parameters = { query, start: String(start), end: String(end) };
    const found = await this.#ask<{ exemplars: { labels: { trace_id: string } }[] }[]>(
      `query_exemplars?${new URLSearchParams(parameters)}`,
    );
    return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
  }

  /** All alert rules. */
  async rules(): Promise<Rule[]> {
    const { groups } = await this.#ask<{ groups: { rules: Rule[] }[] }>("rules?type=alert");
    return groups.flatMap(({ rules }) => rules);
  }

  async #ask<Data>(path: string): Promise<Data> {
    const answer = await fetch(`${this.#url}/api/v1/${path}`);
    const { status, data, error } = (await answer.json()) as Record<string, unknown>;
    if (status !== "success") throw new Error(`${path}: ${error}`);
    return data as Data;
  }
}
