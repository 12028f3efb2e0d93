import type {
  Attributes,
  HrTime,
  Link,
  SpanContext,
  SpanKind,
  SpanStatus,
} from "@opentelemetry/api";

/*
 * Taps through which a viewer in the same process observes spans and log lines as they pass. Nothing is
 * stored: while no tap is attached, a span or a line costs one check of an empty set.
 */

/** A span that has ended, as an SDK hands it to its processors. */
export interface EndedSpan {
  /** The span's name. */
  readonly name: string;
  /** The span's kind. */
  readonly kind: SpanKind;
  /** Returns the ids of the span. */
  readonly spanContext: () => SpanContext;
  /** Context of the parent; absent for a root span. */
  readonly parentSpanContext?: SpanContext | undefined;
  /** Start, as seconds and nanoseconds since the Unix epoch. */
  readonly startTime: HrTime;
  /** Time from start to end, as seconds and nanoseconds. */
  readonly duration: HrTime;
  /** The span's status. */
  readonly status: SpanStatus;
  /** The span's attributes. */
  readonly attributes: Attributes;
  /** The spans that it links to. */
  readonly links: readonly Link[];
}

/** Called for each span that ends, or for each line. */
type Tap<Item> = (item: Item) => void;

/** The taps attached to one kind of telemetry. */
class Taps<Item> {
  readonly #taps = new Set<Tap<Item>>();

  /** Whether any tap is attached. */
  get attached(): boolean {
    return this.#taps.size > 0;
  }

  /** @returns a function that detaches the tap */
  attach(tap: Tap<Item>): () => void {
    this.#taps.add(tap);
    return () => {
      this.#taps.delete(tap);
    };
  }

  /**
   * Passes `item` to all taps. An error thrown by one must affect neither the traced work nor the other taps.
   */
  pass(item: Item): void {
    for (const tap of this.#taps) {
      try {
        tap(item);
      } catch {
        // The error is the tap's own, and there is no channel to report it.
      }
    }
  }
}

/**
 * Takes a line out of the process in another way than by its stream.
 *
 * @returns whether it has been taken; the line on the stream is then marked, so that no reader takes it twice
 */
type LineOutlet = (line: string) => boolean;

interface ProcessTaps {
  readonly spans: Taps<EndedSpan>;
  /** Lines as they are written, each including its line end. */
  readonly lines: Taps<string>;
  /** The second way out for the lines of `createLogger()`, if there is one. */
  outlet: LineOutlet | undefined;
  /** Whether a line that was offered to the outlet is being written to its stream. */
  writing: boolean;
  /** Status reported by the component that runs the process's telemetry. */
  status: (() => Readonly<Record<string, unknown>>) | undefined;
}

/** A registered symbol: all copies of limelight in a process share one. */
const KEY = Symbol.for("limelight.taps");
const shared = globalThis as { [KEY]?: ProcessTaps };
shared[KEY] ??= {
  spans: new Taps(),
  lines: new Taps(),
  outlet: undefined,
  writing: false,
  status: undefined,
};

/** The taps of this process. */
export const processTaps: ProcessTaps = shared[KEY];

/** A `SpanProcessor` of the tracing SDK, without a dependency on it. */
export interface TapProcessor {
  /** Does nothing. */
  onStart(): void;
  /** Passes the span to the consoles of this process. */
  onEnd(span: EndedSpan): void;
  /** Resolves at once: the processor stores nothing. */
  forceFlush(): Promise<void>;
  /** Resolves at once. */
  shutdown(): Promise<void>;
}

/** Creates a span processor that passes each span to the attached taps and stores none. */
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
