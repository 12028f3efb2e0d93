import type { Attributes } from "@opentelemetry/api";
import { NameCap } from "../../base/names.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import { Transport } from "../../telemetry/gateway-attributes.ts";
import type { HistogramPoint } from "../../telemetry/metrics/latency-histogram.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { CounterPoint, LevelPoint } from "../../telemetry/metrics/points.ts";

/** Facts about an answered request, for its metrics. */
export interface RequestPoint {
  /** A known method or `_OTHER`. */
  readonly method: string;
  /** Template of the route; `undefined` if there is none. */
  readonly route: string | undefined;
  readonly scheme: string;
  readonly protocolVersion: string | undefined;
  /** `undefined` if the client had gone away. */
  readonly status: number | undefined;
  /** Of answers from 500 on, and of clients that had gone away. */
  readonly errorType: string | undefined;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

const MS_PER_SECOND = 1_000;
/** Distinct codes of errors on metrics. */
const MAX_CODES = 100;

/** Series of one combination of method, route and result. */
interface Series {
  readonly duration: HistogramPoint;
  readonly requestSize: HistogramPoint;
  readonly responseSize: HistogramPoint;
}

/** The metrics of requests over HTTP, and of what a gateway refuses. Series are found by one look-up each. */
export class HttpPoints {
  readonly #book: PointBook;
  readonly #series = new Map<string, Series>();
  /** The series used last: most requests are like the one before. */
  #lastRequest: RequestPoint | undefined;
  #lastSeries: Series | undefined;
  readonly #active = new Map<string, LevelPoint>();
  readonly #refused = new Map<string, CounterPoint>();
  readonly #auth = new Map<string, HistogramPoint>();
  readonly #codes = new NameCap(MAX_CODES);
  readonly #received: CounterPoint;
  readonly #sent: CounterPoint;

  constructor(book: PointBook) {
    this.#book = book;
    const { IoDirection, Transport: Way } = Attribute;
    const io = (direction: string): CounterPoint =>
      book.counter(Catalogue.GatewayIo, { [IoDirection]: direction, [Way]: Transport.Http });
    this.#received = io("receive");
    this.#sent = io("transmit");
  }

  /** Counts a request of the own server that has arrived. Returns what counts its end. */
  began(method: string, scheme: string): LevelPoint {
    const key = `${method} ${scheme}`;
    let point = this.#active.get(key);
    if (point === undefined) {
      const attributes = { [Attribute.HttpMethod]: method, [Attribute.UrlScheme]: scheme };
      point = this.#book.level(Catalogue.HttpServerActive, attributes);
      this.#active.set(key, point);
    }
    point.add(1);
    return point;
  }

  /** Counts the bytes of a request, whatever server it came by. */
  moved(receivedBytes: number, sentBytes: number): void {
    this.#received.value += receivedBytes;
    this.#sent.value += sentBytes;
  }

  /** Records a request that the own server has answered. */
  answered(request: RequestPoint): void {
    const { duration, requestSize, responseSize } = this.#seriesOf(request);
    duration.record(request.durationMs / MS_PER_SECOND);
    requestSize.record(request.requestBytes);
    responseSize.record(request.responseBytes);
  }

  /** Counts a request or message that was not handled. */
  refused(code: string, transport: Transport): void {
    const key = `${code} ${transport}`;
    let point = this.#refused.get(key);
    if (point === undefined) {
      point = this.#book.counter(Catalogue.GatewayRefused, {
        [Attribute.ErrorType]: this.#codes.admit(code),
        [Attribute.Transport]: transport,
      });
      if (this.#refused.size < 2 * MAX_CODES) this.#refused.set(key, point);
    }
    point.value += 1;
  }

  /** Records how long an authentication took. */
  authenticated(outcome: string, durationMs: number): void {
    let point = this.#auth.get(outcome);
    if (point === undefined) {
      const attributes = { [Attribute.AuthOutcome]: outcome };
      point = this.#book.histogram(Catalogue.GatewayAuthDuration, attributes);
      this.#auth.set(outcome, point);
    }
    point.record(durationMs / MS_PER_SECOND);
  }

  #seriesOf(request: RequestPoint): Series {
    const last = this.#lastSeries;
    if (last !== undefined && isAlike(request, this.#lastRequest)) return last;
    const series = this.#findSeries(request);
    this.#lastRequest = request;
    this.#lastSeries = series;
    return series;
  }

  #findSeries(request: RequestPoint): Series {
    const { method, route, scheme, protocolVersion, status, errorType } = request;
    const code = errorType === undefined ? undefined : this.#codes.admit(errorType);
    const key = `${method} ${route} ${status} ${scheme} ${protocolVersion} ${code}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const common = present({ [Attribute.HttpMethod]: method, [Attribute.HttpRoute]: route });
    const attributes = present({
      ...common,
      [Attribute.HttpStatus]: status,
      [Attribute.UrlScheme]: scheme,
      [Attribute.ErrorType]: code,
      [Attribute.ProtocolVersion]: protocolVersion,
    });
    const series = {
      duration: this.#book.histogram(Catalogue.HttpServerDuration, attributes),
      requestSize: this.#book.histogram(Catalogue.HttpServerRequestSize, common),
      responseSize: this.#book.histogram(Catalogue.HttpServerResponseSize, common),
    };
    this.#series.set(key, series);
    return series;
  }
}

/** Whether two requests count in the same series. */
function isAlike(one: RequestPoint, other: RequestPoint | undefined): boolean {
  return (
    one.route === other?.route &&
    one.status === other?.status &&
    one.method === other?.method &&
    one.scheme === other?.scheme &&
    one.protocolVersion === other?.protocolVersion &&
    one.errorType === other?.errorType
  );
}

/** Returns attributes without those that have no value. */
function present(attributes: Readonly<Record<string, string | number | undefined>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
