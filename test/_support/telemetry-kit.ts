import { type ActorSystem, createSystem, type SystemOptions } from "../../src/index.ts";
import {
  expectBooks,
  type InMemoryTelemetry,
  type InMemoryTelemetryOptions,
  inMemoryTelemetry,
} from "../../src/testing.ts";

/** Options of {@link startKit}: those of a system, and the telemetry it shares with another. */
export interface KitOptions extends Omit<SystemOptions, "logger" | "metrics" | "tracing"> {
  readonly telemetry?: InMemoryTelemetry;
  readonly inMemory?: InMemoryTelemetryOptions;
  /** Merged with the tracer provider of the telemetry; `false` opens no spans. */
  readonly tracing?: false | Exclude<SystemOptions["tracing"], boolean | undefined>;
  readonly metrics?: false | Exclude<SystemOptions["metrics"], boolean | undefined>;
  readonly logger?: SystemOptions["logger"];
}

/** A system whose telemetry stays in memory. Disposing it shuts it down and audits its books. */
export interface Kit extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly telemetry: InMemoryTelemetry;
}

/** Use with `await using`, so that no scenario goes without its audit. */
export function startKit(options: KitOptions = {}): Kit {
  const { inMemory, telemetry = inMemoryTelemetry(inMemory), ...given } = options;
  const { tracing, metrics, logger, ...others } = given;
  const { systemOptions } = telemetry;
  const system = createSystem({
    ...others,
    logger: logger ?? telemetry.logger,
    metrics: metrics ?? systemOptions.metrics ?? true,
    tracing: tracing === false ? false : { tracerProvider: telemetry.tracerProvider, ...tracing },
  });
  return {
    system,
    telemetry,
    async [Symbol.asyncDispose]() {
      await system.shutdown();
      expectBooks(system);
    },
  };
}
