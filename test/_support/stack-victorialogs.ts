/** A log line as VictoriaLogs keeps it. */
export interface StoredLog {
  readonly timeMs: number;
  readonly body: string;
  /** All fields but message, time and stream; their values are text. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What lines are looked for in; times are in milliseconds since the epoch. */
export interface LogRange {
  /** An hour ago where there is none. */
  readonly startMs?: number;
  readonly endMs?: number;
  /** The newest so many; all where there is none. */
  readonly limit?: number;
}

interface LineJson {
  readonly _time: string;
  readonly _msg: string;
  readonly _stream: string;
  readonly _stream_id: string;
  readonly [field: string]: string;
}

const HOUR_MS = 3_600_000;

/** A VictoriaLogs, asked over its HTTP interface. */
export class VictoriaLogsClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Every line that `query` finds, in the order they were written.
   *
   * @throws Error with what VictoriaLogs says when it does not understand the query
   */
  async lines(query: string, range: LogRange = {}): Promise<StoredLog[]> {
    const { startMs = Date.now() - HOUR_MS, endMs, limit } = range;
    const parameters = new URLSearchParams({ query, start: new Date(startMs).toISOString() });
    if (endMs !== undefined) parameters.set("end", new Date(endMs).toISOString());
    if (limit !== undefined) parameters.set("limit", String(limit));
    const answer = await fetch(`${this.#url}/select/logsql/query`, {
      method: "POST",
      body: parameters,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${query}: ${text}`);
    const found = text.split("\n").filter((line) => line !== "");
    return found
      .map((line) => stored(JSON.parse(line) as LineJson))
      .toSorted((a, b) => a.timeMs - b.timeMs || place(a) - place(b));
  }

  /** One of its own numbers, as in `vl_streams_created_total`; without labels of all of them together. */
  async metric(name: string): Promise<number> {
    const answer = await fetch(`${this.#url}/metrics`);
    const values = (await answer.text())
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
    if (values.length === 0) throw new Error(`VictoriaLogs has no metric ${name}`);
    return values.reduce((sum, value) => sum + value, 0);
  }
}

function stored({ _time, _msg, _stream, _stream_id, ...fields }: LineJson): StoredLog {
  return { timeMs: Date.parse(_time), body: _msg, fields };
}

/** Where it stood in its file: lines of the same millisecond come in no order. */
function place({ fields }: StoredLog): number {
  return Number(fields["log.file.record_number"] ?? 0);
}
