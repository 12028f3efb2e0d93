import type {
  Attributes,
  HrTime,
  Link,
  SpanContext,
  SpanKind,
  SpanStatus,
} from "@opentelemetry/api";

/*
 * Where a viewer inside the process looks at the telemetry that passes by. Nothing is kept here: while
 * nobody is attached, a span or a line costs one look at an empty set.
 */

/** A span that has ended, as an SDK hands it to its processors. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: () => SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly duration: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
}

/** What is to be told of each span that ends, or of each line. */
type Tap<Item> = (item: Item) => void;

/** Those who look at one kind of telemetry. */
class Taps<Item> {
  readonly #taps = new Set<Tap<Item>>();

  /** Whether anybody looks. */
  get attached(): boolean {
    return this.#taps.size > 0;
  }

  /** @returns a function that ends it */
  attach(tap: Tap<Item>): () => void {
    this.#taps.add(tap);
    return () => {
      this.#taps.delete(tap);
    };
  }

  /** Hands `item` to all. A viewer that throws must not disturb what it looks at, nor other viewers. */
  pass(item: Item): void {
    for (const tap of this.#taps) {
      try {
        tap(item);
      } catch {
        // It is a viewer's own fault, and there is nobody to tell.
      }
    }
  }
}

interface ProcessTaps {
  readonly spans: Taps<EndedSpan>;
  /** Lines as they are written, each with its line end. */
  readonly lines: Taps<string>;
  /** What whoever runs the process's telemetry says of it. */
  status: (() => Readonly<Record<string, unknown>>) | undefined;
}

/** A registered symbol: all copies of limelight in a process share one. */
const KEY = Symbol.for("limelight.taps");
const shared = globalThis as { [KEY]?: ProcessTaps };
shared[KEY] ??= { spans: new Taps(), lines: new Taps(), status: undefined };

/** The taps of this process. */
export const processTaps: ProcessTaps = shared[KEY];

/** A `SpanProcessor` of the tracing SDK, without a dependency on it. */
export interface TapProcessor {
  onStart(): void;
  onEnd(span: EndedSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Creates a span processor that shows each span to whoever looks, and keeps none. */
export function tapProcessor(): TapProcessor {
  const { spans } = processTaps;
  return {
    onStart() {},
    onEnd(span) {
      if (spans.attached) spans.pass(span);
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}
