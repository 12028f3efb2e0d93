/** A span as Jaeger keeps it. */
export interface StoredSpan {
  readonly name: string;
  /** In hexadecimal digits, as all ids here. */
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  /** By OpenTelemetry's number: 2 is a server's. */
  readonly kind: number;
  /** By OpenTelemetry's number: 2 is an error. */
  readonly status: number;
  readonly service: unknown;
  /** The process, by `service.instance.id`. */
  readonly instance: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What Jaeger looks for: traces that meet every condition, each in any of the service's spans. */
export interface JaegerSearch {
  readonly service: string;
  readonly operation?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** As in `500ms`. */
  readonly minDuration?: string;
  readonly maxDuration?: string;
  /** The newest so many; 50 where there is none. */
  readonly limit?: number;
}

type ValueJson = Readonly<Record<string, string | number | boolean>>;
type AttributesJson = readonly { readonly key: string; readonly value: ValueJson }[];

interface TraceJson {
  readonly result: {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes?: AttributesJson };
      readonly scopeSpans: readonly {
        readonly spans: readonly {
          readonly name: string;
          readonly spanId: string;
          readonly parentSpanId?: string;
          readonly kind?: number;
          readonly status?: { readonly code?: number };
          readonly attributes?: AttributesJson;
        }[];
      }[];
    }[];
  };
}

interface SearchJson {
  readonly data: readonly {
    readonly traceID: string;
    /** Times are in microseconds since the epoch. */
    readonly spans: readonly { readonly startTime: number }[];
  }[];
}

const HOUR_MS = 3_600_000;

/** A Jaeger, asked over its HTTP interface. */
export class JaegerClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** All spans of a trace so far. */
  async trace(traceId: string): Promise<StoredSpan[]> {
    const answer = await fetch(`${this.#url}/api/v3/traces/${traceId}`);
    const text = await answer.text();
    if (answer.status === 404) return [];
    if (!answer.ok) throw new Error(`${traceId}: ${text}`);
    const { result } = JSON.parse(text) as TraceJson;
    return result.resourceSpans.flatMap(({ resource, scopeSpans }) => {
      const { "service.name": service, "service.instance.id": instance } = plain(
        resource.attributes,
      );
      return scopeSpans
        .flatMap(({ spans }) => spans)
        .map(({ name, spanId, parentSpanId = "", kind = 0, status, attributes }) => ({
          name,
          spanId,
          parentSpanId,
          kind,
          status: status?.code ?? 0,
          service,
          instance,
          attributes: plain(attributes),
        }));
    });
  }

  /**
   * Ids of the traces of the last hour that a search finds, newest first.
   *
   * @throws Error with what Jaeger says when it does not understand the search
   */
  async search({ tags, limit = 50, ...conditions }: JaegerSearch): Promise<string[]> {
    const endMs = Date.now();
    const parameters = new URLSearchParams({
      ...conditions,
      limit: String(limit),
      start: String((endMs - HOUR_MS) * 1_000),
      end: String(endMs * 1_000),
    });
    if (tags !== undefined) parameters.set("tags", JSON.stringify(tags));
    const answer = await fetch(`${this.#url}/api/traces?${parameters}`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${parameters}: ${text}`);
    const { data } = JSON.parse(text) as SearchJson;
    return data
      .map(({ traceID, spans }) => ({
        traceId: traceID.padStart(32, "0"),
        startTime: Math.min(...spans.map(({ startTime }) => startTime)),
      }))
      .toSorted((a, b) => b.startTime - a.startTime)
      .map(({ traceId }) => traceId);
  }
}

function plain(attributes: AttributesJson = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
