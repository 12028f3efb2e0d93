import { AsyncLocalStorage } from "node:async_hooks";
import { context } from "@opentelemetry/api";
import { AlwaysOnSampler } from "@opentelemetry/sdk-trace";
import { createSystem, defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { arrive } from "../arrivals.ts";
import type { Subject } from "../subject.ts";
import {
  type DiscardingBatchProcessor,
  type OnceReader,
  registerLeanTracing,
  registerMetrics,
  registerTracing,
  unsampledParent,
} from "./open-telemetry.ts";

/** What a message carries so that its receiver can play back. */
interface Player {
  readonly tell: { play(self: Player, peer: Player): void };
}

const counter = defineActor("counter", {
  state: () => ({ count: 0 }),
  mailbox: { limit: 1_000_000, whenFull: "reject" },
  handlers: {
    add(c, by: number) {
      c.state.count += by;
      arrive();
    },
    get(c) {
      return c.state.count;
    },
    play(c, self: Player, peer: Player) {
      c.state.count += 1;
      if (arrive()) peer.tell.play(peer, self);
    },
  },
});

/** As much of the reference that spawning returns as the works need. */
interface CounterRef extends Player {
  readonly tell: { add(by: number): void; play(self: Player, peer: Player): void };
  readonly ask: { get(): Promise<number> };
  stop(): Promise<void>;
}

type SystemOptions = NonNullable<Parameters<typeof createSystem>[0]>;

export function limelightOff(): Subject<CounterRef> {
  return limelight({ metrics: false, tracing: false });
}

/** The default: metrics, and no tracing SDK in the process. */
export function limelightMetrics(): Subject<CounterRef> {
  return limelight({}, { reader: registerMetrics() });
}

/** An AsyncLocalStorage of the application is carried, and every message is sent with a store in it. */
export function limelightCarrying(): Subject<CounterRef> {
  const requests = new AsyncLocalStorage<object>();
  const request = { id: "of the bench" };
  return {
    ...limelight({ carry: [requests] }, { reader: registerMetrics() }),
    around: (repetition) => requests.run(request, repetition),
  };
}

/** A tracing SDK is there, and every message is sent under a parent that is not sampled. */
export function limelightUnsampled(): Subject<CounterRef> {
  const spans = registerLeanTracing();
  const parent = unsampledParent();
  return {
    ...limelight({}, { spans, reader: registerMetrics() }),
    around: (repetition) => context.with(parent, repetition),
  };
}

/** Every message from outside is a root, and one in a hundred is sampled. */
export function limelightOnePercent(): Subject<CounterRef> {
  const rootSampleRatio = 0.01;
  // The runtime draws; a provider that drew once more would record one in ten thousand.
  const spans = registerLeanTracing();
  return limelight({ tracing: { rootSampleRatio } }, { spans, reader: registerMetrics() });
}

/** Every message is a recorded span. */
export function limelightSampled(): Subject<CounterRef> {
  const spans = registerLeanTracing();
  return limelight({}, { spans, reader: registerMetrics() });
}

/** Every message is a recorded span of the SDK: an application with a provider of its own. */
export function limelightSampledBySdk(): Subject<CounterRef> {
  const spans = registerTracing(new AlwaysOnSampler());
  return limelight({}, { spans, reader: registerMetrics() });
}

/** What the process can show about its telemetry. */
interface Evidence {
  readonly spans?: DiscardingBatchProcessor;
  readonly reader?: OnceReader;
}

/** Registered SDKs must come first: the system makes its instruments when it starts. */
function limelight(options: SystemOptions, { spans, reader }: Evidence = {}): Subject<CounterRef> {
  const system = createSystem({ ...options, logger: createLogger({ level: "silent" }) });
  return {
    spawn: () => system.spawn(counter),
    tell: (to) => to.tell.add(1),
    ask: (to) => to.ask.get(),
    serve: (to, from) => to.tell.play(to, from),
    stop: (actor) => actor.stop(),
    ...(spans && { recordedSpans: () => spans.recorded }),
    ...(reader && { metricSeries: () => reader.series() }),
    teardown: () => system.shutdown(),
  };
}
