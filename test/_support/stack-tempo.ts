/** A span as Tempo keeps it. */
export interface StoredSpan {
  readonly name: string;
  /** In hexadecimal digits. */
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

type ValueJson = Readonly<Record<string, string | number | boolean>>;
type AttributesJson = readonly { readonly key: string; readonly value: ValueJson }[];

interface TraceJson {
  readonly batches: readonly {
    readonly resource: { readonly attributes?: AttributesJson };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly attributes?: AttributesJson;
      }[];
    }[];
  }[];
}

/** A Tempo, asked over its HTTP interface. */
export class TempoClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** All spans of a trace so far. */
  async trace(traceId: string): Promise<StoredSpan[]> {
    const answer = await fetch(`${this.#url}/api/traces/${traceId}`);
    if (answer.status === 404) return [];
    const { batches } = (await answer.json()) as TraceJson;
    return batches.flatMap(({ resource, scopeSpans }) => {
      const service = plain(resource.attributes)["service.name"];
      return scopeSpans
        .flatMap(({ spans }) => spans)
        .map(({ name, spanId, parentSpanId = "", attributes }) => ({
          name,
          spanId: hexadecimal(spanId),
          parentSpanId: hexadecimal(parentSpanId),
          service,
          attributes: plain(attributes),
        }));
    });
  }

  /**
   * Ids of the traces of the last hour that a TraceQL query finds.
   *
   * @throws Error with what Tempo says when it does not understand the query
   */
  async search(query: string): Promise<string[]> {
    const end = Math.ceil(Date.now() / 1_000);
    const parameters = new URLSearchParams({
      q: query,
      limit: "50",
      start: String(end - 3_600),
      end: String(end),
    });
    const answer = await fetch(`${this.#url}/api/search?${parameters}`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${query}: ${text}`);
    const { traces = [] } = JSON.parse(text) as { traces?: { traceID: string }[] };
    return traces.map(({ traceID }) => traceID.padStart(32, "0"));
  }
}

/** Ids are written in base 64 there. */
function hexadecimal(id: string): string {
  return Buffer.from(id, "base64").toString("hex");
}

function plain(attributes: AttributesJson = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
