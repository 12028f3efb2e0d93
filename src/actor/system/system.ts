import type { MeterProvider } from "@opentelemetry/api";
import type { Logger } from "pino";
import { type Clock, DAY_MS, systemClock } from "../../base/clock.ts";
import { requireName } from "../../base/names.ts";
import { numberOption } from "../../base/options.ts";
import type { SystemTracing } from "../../telemetry/actor-tracing.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { exportTo, globalExport, type MetricsExport } from "../../telemetry/metrics-export.ts";
import type { ActorSystem, Books, ShutdownReport } from "../definition/actor-system.ts";
import type { DeadLetters } from "../definition/dead-letter.ts";
import type {
  ActorDefinition,
  AnyActorDefinition,
  SpawnArguments,
} from "../definition/definition.ts";
import type { Handlers, WhenFull } from "../definition/messages.ts";
import type { PoolArguments, PoolRef } from "../definition/pool-ref.ts";
import type { ActorRef } from "../definition/ref.ts";
import { CellRef } from "../delivery/cell-ref.ts";
import { spawnPool } from "../pool/pool.ts";
import { readBooks } from "./books.ts";
import { shutDown } from "./shutdown.ts";
import { SystemRuntime } from "./system-runtime.ts";

/** Options of a system, whoever makes it. */
export interface SystemOptions {
  /** For people and errors. Default `main`. */
  readonly name?: string;
  /** Definitions whose metrics are to be there, at zero, before the first actor is spawned. */
  readonly actors?: readonly AnyActorDefinition[];
  /** Where the actors' log lines go. Default: JSON on stdout, from `createLogger()`. */
  readonly logger?: Logger;
  /** How long an ask waits for its reply. Default 5,000 ms. */
  readonly askTimeoutMs?: number;
  /** How long `shutdown()` may take. Default 10,000 ms. */
  readonly shutdownDeadlineMs?: number;
  /** `false` times and exports nothing. Default: the meter provider registered with OpenTelemetry. */
  readonly metrics?: boolean | { readonly meterProvider: MeterProvider };
  /** `false` opens no spans; contexts still travel. Default: the registered tracer provider. */
  readonly tracing?: boolean | SystemTracing;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** What is behind each system, for the parts of limelight that look inside. */
const runtimes = new WeakMap<ActorSystem, SystemRuntime>();

/** The runtime of `system`; `undefined` for what is no system of this copy of limelight. */
export function runtimeOf(system: ActorSystem): SystemRuntime | undefined {
  return runtimes.get(system);
}

/** A system without anything that watches it: what `createSystem` makes is built on it. */
export class System implements ActorSystem {
  readonly #runtime: SystemRuntime;
  readonly #deadlineMs: number;
  #shutdown: Promise<ShutdownReport> | undefined;

  constructor(options: SystemOptions) {
    const { name = "main", tracing = true, metrics = true } = options;
    requireName("system name", name);
    const limits = { min: 1, max: DAY_MS };
    this.#deadlineMs = numberOption(
      "shutdownDeadlineMs",
      options.shutdownDeadlineMs,
      10_000,
      limits,
    );
    this.#runtime = new SystemRuntime({
      facade: this,
      name,
      clock: options.clock ?? systemClock,
      logger: options.logger ?? createLogger(),
      metrics: chooseExport(metrics),
      tracing: settleTracing(tracing),
      askTimeoutMs: numberOption("askTimeoutMs", options.askTimeoutMs, 5_000, limits),
    });
    runtimes.set(this, this.#runtime);
    for (const definition of options.actors ?? []) {
      this.#runtime.typeOf(definition as Parameters<SystemRuntime["typeOf"]>[0]);
    }
  }

  get name(): string {
    return this.#runtime.name;
  }

  get deadLetters(): DeadLetters {
    return this.#runtime.deadLetters;
  }

  spawn<State, Input, Messages extends Handlers<State>, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    ...options: SpawnArguments<Input>
  ): ActorRef<Messages, Full> {
    return this.#runtime.spawn(definition, options[0], undefined);
  }

  spawnPool<State, Input, Messages extends Handlers<State>, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    ...options: PoolArguments<Input>
  ): PoolRef<Messages, Full> {
    return spawnPool(this.#runtime, undefined, definition, options[0]);
  }

  find<State, Input, Messages extends Handlers<State>, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    name: string,
  ): ActorRef<Messages, Full> | undefined {
    const cell = this.#runtime.find(definition, name);
    return cell === undefined ? undefined : new CellRef(cell, undefined);
  }

  books(): Books {
    return readBooks(this.#runtime);
  }

  shutdown(): Promise<ShutdownReport> {
    this.#shutdown ??= shutDown(this.#runtime, this.#deadlineMs);
    return this.#shutdown;
  }
}

function chooseExport(metrics: SystemOptions["metrics"]): MetricsExport | undefined {
  if (metrics === false) return undefined;
  return typeof metrics === "object" ? exportTo(metrics.meterProvider) : globalExport;
}

function settleTracing(tracing: SystemOptions["tracing"]): SystemTracing | undefined {
  if (tracing === false) return undefined;
  const options = typeof tracing === "object" ? tracing : {};
  numberOption("tracing.rootSampleRatio", options.rootSampleRatio, 1, { min: 0, max: 1 });
  return options;
}
