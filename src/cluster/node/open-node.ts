import { hostname } from "node:os";
import { pid } from "node:process";
import type { LocalAccess } from "../../activation/access/local-access.ts";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import type { KeyViews } from "../../monitor/keys/key-views.ts";
import type { ActorTracing } from "../../telemetry/traces/actor-tracing.ts";
import type { Arrivals } from "../calls/arrivals.ts";
import { traceNow } from "../calls/trace-fields.ts";
import { Coordinator } from "../coordinator/coordinator.ts";
import { Door } from "../door/door.ts";
import { DoorTelemetry } from "../door/door-telemetry.ts";
import type { EngineSession } from "../engine/engine.ts";
import { LinkDesk } from "../links/link-desk.ts";
import { RunnerStatus } from "../protocol/runner-record.ts";
import { CoordinatorClient } from "../routing/coordinator-client.ts";
import { KnownRunners } from "../routing/known-runners.ts";
import type { OpenRouting } from "../routing/open-routing.ts";
import { Operations } from "../routing/operations.ts";
import { Routes } from "../routing/routes.ts";
import { Runner } from "../runner/runner.ts";
import type { ClusterMetrics } from "../telemetry/cluster-metrics.ts";
import type { OpenViews } from "../views/open-views.ts";
import type { ClusterSettings } from "./cluster-options.ts";
import { CoordinatorReports } from "./coordinator-reports.ts";
import { DueDesk } from "./due-desk.ts";
import type { HostedActors } from "./hosted-actors.ts";
import { LogDesk } from "./log-desk.ts";
import type { NodeLog } from "./node-log.ts";
import { openNodeViews } from "./node-views.ts";
import { RunnerReports } from "./runner-reports.ts";

/** What an {@link OpenNode} works with. */
export interface OpenNodeParts {
  readonly settings: ClusterSettings;
  readonly nodeId: string;
  readonly session: EngineSession;
  readonly hosted: HostedActors;
  readonly local: LocalAccess;
  readonly arrivals: Arrivals;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Returns a text of letters and digits, at most 20, that no process ever gets again. */
  readonly newId: () => string;
  readonly tracing: Pick<ActorTracing, "active" | "openServer">;
  readonly metrics: ClusterMetrics;
  readonly log: NodeLog;
  /** Called when it turns out that the process cannot be a part of the cluster. */
  readonly failed: (error: Error) => void;
}

/** A node whose engine is open. */
export class OpenNode {
  readonly #parts: OpenNodeParts;
  readonly #runners: KnownRunners;
  readonly #door: Door;
  readonly #linkDesk: LinkDesk;
  readonly #runner: Runner | undefined;
  readonly #coordinator: Coordinator | undefined;
  readonly #dues: DueDesk;
  readonly #closing = new AbortController();
  readonly #ignoreConnection: () => void;
  #isDraining = false;
  readonly #logs: LogDesk;
  readonly #client: CoordinatorClient;
  #reports: CoordinatorReports | undefined;
  #views: OpenViews | undefined;

  constructor(parts: OpenNodeParts) {
    const { session, settings, log } = parts;
    this.#parts = parts;
    this.#runners = new KnownRunners({
      runners: session.runners,
      unreadable: (runner, err) => {
        const fields = { event: "cluster.runner.unreadable", runner_id: runner, err };
        log("warn", fields, "record of a runner cannot be read");
      },
    });
    this.#door = this.#createDoor();
    this.#linkDesk = new LinkDesk({
      clock: parts.clock,
      bus: session.bus,
      maxBytes: session.capabilities.maxMessageBytes,
      addressOf: (owner) => parts.local.at(owner),
      arrivals: parts.arrivals,
      isLeaseValid: () => this.#runner?.isValid() === true,
      faulted: (fault) => parts.metrics.engine.fault(fault),
    });
    this.#runner = settings.isClient ? undefined : this.#createRunner();
    this.#dues = new DueDesk({ bus: session.bus, host: parts.hosted, clock: parts.clock });
    this.#client = new CoordinatorClient({ nodeId: parts.nodeId, bus: session.bus });
    this.#logs = new LogDesk({ session, clock: parts.clock, metrics: parts.metrics.coordinator });
    this.#coordinator = settings.isCandidate ? this.#createCoordinator() : undefined;
    this.#ignoreConnection = this.#watchConnection();
  }

  /** The runner that this process is; `undefined` while it is none. */
  get runnerId(): string | undefined {
    return this.#runner?.id;
  }

  /** Whether a client can send messages, or a runner can take actors. */
  get isReady(): boolean {
    const { isConnected } = this.#parts.session.connection;
    return isConnected && (this.#runner === undefined || this.#runner.isReady);
  }

  /** Resolves when it is known which runners there are. Rejects with an error of the engine. */
  async start(): Promise<OpenRouting> {
    const { session, clock, luck, newId, hosted, arrivals } = this.#parts;
    await this.#runners.open();
    const coordinator = this.#client;
    const { placements } = session;
    const runners = this.#runners;
    const routes = new Routes({
      placements,
      runners,
      coordinator,
      routed: (source) => this.#parts.metrics.calls.routed(source),
    });
    const operations = new Operations({
      runnerId: () => this.runnerId,
      clock,
      luck,
      session,
      routes,
      runners,
      coordinator,
      host: hosted,
      arrivals,
      scans: () => this.#dues.isOpen,
      newId,
      signal: this.#closing.signal,
    });
    return { session, runners, routes, operations };
  }

  /** Opens what viewers see of the cluster. @param keys the keyed actors of this process */
  openViews(keys: KeyViews): OpenViews {
    this.#views = openNodeViews({
      ...this.#parts,
      keys,
      coordinator: this.#client,
      runner: () => {
        const runner = this.#runner;
        if (runner === undefined) return undefined;
        const { id, status, leaseRemainingMs, healthScore } = runner;
        return { id, status, leaseRemainingMs, healthScore };
      },
      leading: () => this.#reports?.facts,
    });
    return this.#views;
  }

  /** Joins as a runner and as a candidate for the office of the coordinator. */
  run(): void {
    this.#coordinator?.start();
    this.#runner?.start().catch((error: unknown) => {
      // A drain ends a start that is under way; that is no failure.
      if (!this.#isDraining) this.#parts.failed(toError(error));
    });
  }

  /** Never rejects. */
  async drain(deadlineMs: number): Promise<void> {
    this.#isDraining = true;
    this.#dues.close(); // nothing is woken that would have to move at once
    // Its waits do not keep the process running, and an engine of this process has no connection that would.
    const running = this.#parts.clock.schedule(() => {}, deadlineMs, KeepAlive.Yes);
    await this.#runner?.drain({ deadlineMs, isLast: this.#isLast() }).catch(() => {});
    running.cancel();
  }

  /** Whether no other runner is known that could take actors now. */
  #isLast(): boolean {
    for (const { runnerId, status } of this.#runners.all()) {
      if (runnerId !== this.runnerId && status === RunnerStatus.Ready) return false;
    }
    return true;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.drain(0);
    this.#logs.close();
    this.#views?.stop();
    await this.#coordinator?.close();
    this.#door.close();
    this.#linkDesk.close();
    this.#runners.close();
    this.#ignoreConnection();
    await this.#parts.session.close();
  }

  /** @returns what ends it */
  #watchConnection(): () => void {
    const { session, metrics, log } = this.#parts;
    const { connection, capabilities } = session;
    metrics.engine.connectedIs(connection.isConnected);
    return connection.onChange((isConnected) => {
      metrics.engine.connectedIs(isConnected);
      const { engine } = capabilities;
      const fields = { event: "cluster.engine.connection", engine, connected: isConnected };
      if (isConnected) log("info", fields, "engine of the cluster can be reached again");
      else log("warn", fields, "engine of the cluster cannot be reached");
    });
  }

  #createDoor(): Door {
    const { clock, session, local, hosted, arrivals, tracing, metrics, log } = this.#parts;
    const telemetry = new DoorTelemetry({
      clock,
      tracing,
      metrics: metrics.calls,
      onLost: (reason) => metrics.engine.fault(reason),
      onRefused: (err) => {
        log("debug", { event: "cluster.call.refused", err }, "call of another process refused");
      },
    });
    return new Door({
      clock,
      bus: session.bus,
      maxBytes: session.capabilities.maxMessageBytes,
      addressOf: (owner) => local.at(owner),
      host: hosted,
      arrivals,
      isLeaseValid: () => this.#runner?.isValid() === true,
      isDraining: () => this.#runner?.isDraining === true,
      telemetry,
    });
  }

  #createRunner(): Runner {
    const { session, hosted, clock, luck, newId, settings, metrics, tracing, log } = this.#parts;
    const { name, labels, metadata, capacity, timings } = settings;
    const healthScore = (): number => this.#runner?.healthScore ?? 0;
    const observer = new RunnerReports({
      metrics: metrics.runner,
      engineMetrics: metrics.engine,
      tracing,
      log,
      engine: session.capabilities.engine,
      healthScore,
      leaseRemainingMs: () => this.#runner?.leaseRemainingMs,
    });
    const stopLimitMs = (type: string): number | undefined => hosted.stopLimitMs(type);
    const options = { name, labels, metadata, host: hostname(), pid, stopLimitMs };
    return new Runner(
      { session, host: hosted, clock, luck, newId, timings, observer, traceNow },
      capacity === undefined ? options : { ...options, capacity },
      {
        idChanged: (runnerId) => {
          for (const desk of [this.#door, this.#linkDesk]) {
            if (runnerId === undefined) desk.close();
            else desk.open(runnerId);
          }
          this.#views?.runnerIs(runnerId);
        },
        hereChanged: () => {},
      },
    );
  }

  #createCoordinator(): Coordinator {
    const { session, clock, luck, newId, nodeId, settings, metrics, tracing, log } = this.#parts;
    const { timings, rebalances } = settings;
    const leads = (isCoordinator: boolean): void => {
      for (const desk of [this.#dues, this.#logs]) {
        if (isCoordinator && !this.#isDraining) desk.open();
        else desk.close();
      }
    };
    const observer = new CoordinatorReports({
      metrics,
      tracing,
      log,
      clock,
      engine: session.capabilities.engine,
      leads,
      moved: ({ runnerId: to, ...move }) => {
        this.#views?.moves.add({ ...move, to, atMs: clock.epochMs() });
      },
    });
    this.#reports = observer;
    return new Coordinator({
      session,
      clock,
      luck,
      newId,
      nodeId,
      timings,
      observer,
      rebalances,
    });
  }
}
