import { NameCap } from "../../base/names.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import { type PauseReason, SocketState, Transport } from "../../telemetry/gateway-attributes.ts";
import type { Metric } from "../../telemetry/metric.ts";
import type { HistogramPoint } from "../../telemetry/metrics/latency-histogram.ts";
import type { ComputedPoint, PointBook } from "../../telemetry/metrics/point-book.ts";
import type { CounterPoint, LevelPoint } from "../../telemetry/metrics/points.ts";
import { CloseCode } from "../../wire/close-codes.ts";

const MS_PER_SECOND = 1_000;
const MAX_CODES = 100;
const RPC_SYSTEM = "limelight";
const OK = "OK";
const OTHER = "_OTHER";
const KNOWN_CODES: ReadonlySet<number> = new Set(Object.values(CloseCode));
/** What a lost socket is reported as: no close frame was received. */
const LOST_CODE = 1006;

/** How much the sockets of a gateway have not sent yet, in bytes. */
export interface SendBuffers {
  readonly sumBytes: number;
  readonly maxBytes: number;
}

/** The metrics of sockets and of the messages that came through them. */
export class SocketPoints {
  readonly #book: PointBook;
  readonly #read: () => SendBuffers;
  readonly #active: Readonly<Record<SocketState, LevelPoint>>;
  readonly #closed = new Map<string, CounterPoint>();
  readonly #paused = new Map<string, LevelPoint>();
  readonly #calls = new Map<string, HistogramPoint>();
  readonly #codes = new NameCap(MAX_CODES);
  #received: Traffic | undefined;
  #sent: Traffic | undefined;

  /** @param read returns the send buffers, when metrics are read */
  constructor(book: PointBook, read: () => SendBuffers) {
    this.#book = book;
    const state = (value: SocketState): LevelPoint =>
      book.level(Catalogue.SocketActive, { [Attribute.SocketState]: value });
    const { Hello, Open, Draining } = SocketState;
    this.#active = { [Hello]: state(Hello), [Open]: state(Open), [Draining]: state(Draining) };
    this.#read = read;
    readersOf(book).add(read);
  }

  /** Its gateway is closed. */
  close(): void {
    readersOf(this.#book).delete(this.#read);
  }

  /** A socket comes from state `from`, or is new, and is in state `to` now, or closed. */
  moved(from: SocketState | undefined, to: SocketState | undefined): void {
    if (from === to) return;
    if (from !== undefined) this.#active[from].add(-1);
    if (to !== undefined) this.#active[to].add(1);
  }

  /** @param side who has closed it; a client that was lost has */
  closed(code: number, side: "client" | "server"): void {
    const isKnown = KNOWN_CODES.has(code) || code === LOST_CODE;
    const name = isKnown ? String(code) : OTHER;
    const key = `${name} ${side}`;
    let point = this.#closed.get(key);
    if (point === undefined) {
      const attributes = { [Attribute.CloseCode]: name, [Attribute.CloseSide]: side };
      point = this.#book.counter(Catalogue.SocketClosed, attributes);
      this.#closed.set(key, point);
    }
    point.value += 1;
  }

  /** @param delta 1 when a socket pauses, -1 when it goes on */
  paused(reason: PauseReason, delta: 1 | -1): void {
    let point = this.#paused.get(reason);
    if (point === undefined) {
      point = this.#book.level(Catalogue.SocketPaused, { [Attribute.PauseReason]: reason });
      this.#paused.set(reason, point);
    }
    point.add(delta);
  }

  received(bytes: number): void {
    this.#received ??= this.#traffic("receive");
    this.#received.bytes.value += bytes;
    this.#received.sizes.record(bytes);
  }

  sent(bytes: number): void {
    this.#sent ??= this.#traffic("transmit");
    this.#sent.bytes.value += bytes;
    this.#sent.sizes.record(bytes);
  }

  /**
   * Records a message that was answered.
   *
   * @param method type and name, if they are exposed; else `_OTHER`
   * @param code of a failure
   */
  answered(method: string, code: string | undefined, durationMs: number): void {
    const status = code === undefined ? OK : this.#codes.admit(code);
    const key = `${method} ${status}`;
    let point = this.#calls.get(key);
    if (point === undefined) {
      const { RpcSystem, RpcMethod, RpcStatus, ErrorType } = Attribute;
      const attributes = { [RpcSystem]: RPC_SYSTEM, [RpcMethod]: method, [RpcStatus]: status };
      const failed = code === undefined ? {} : { [ErrorType]: status };
      point = this.#book.histogram(Catalogue.RpcServerDuration, { ...attributes, ...failed });
      this.#calls.set(key, point);
    }
    point.record(durationMs / MS_PER_SECOND);
  }

  #traffic(direction: string): Traffic {
    const way = { [Attribute.IoDirection]: direction };
    const transport = { [Attribute.Transport]: Transport.WebSocket };
    return {
      bytes: this.#book.counter(Catalogue.GatewayIo, { ...way, ...transport }),
      sizes: this.#book.histogram(Catalogue.FrameSize, way),
    };
  }
}

/** Frames in one direction. */
interface Traffic {
  readonly bytes: CounterPoint;
  readonly sizes: HistogramPoint;
}

const readers = new WeakMap<PointBook, Set<() => SendBuffers>>();

/** Returns what reads the send buffers of all gateways of a system, which are one metric. */
function readersOf(book: PointBook): Set<() => SendBuffers> {
  const known = readers.get(book);
  if (known !== undefined) return known;
  const all = new Set<() => SendBuffers>();
  readers.set(book, all);
  book.compute(() => bufferReadings(Array.from(all, (read) => read())));
  return all;
}

function bufferReadings(buffers: readonly SendBuffers[]): readonly ComputedPoint[] {
  const sumBytes = buffers.reduce((sum, one) => sum + one.sumBytes, 0);
  const maxBytes = Math.max(0, ...buffers.map((one) => one.maxBytes));
  return [reading(Catalogue.SendBufferSize, sumBytes), reading(Catalogue.SendBufferMax, maxBytes)];
}

function reading(metric: Metric, value: number): ComputedPoint {
  return { metric, attributes: {}, key: metric.name, value };
}
