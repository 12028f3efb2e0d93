import type { ActorAccess } from "../../activation/access/actor-access.ts";
import type { LocalAccess } from "../../activation/access/local-access.ts";
import type { ActorHost } from "../../activation/hosting/actor-host.ts";
import type { Seat } from "../../activation/hosting/seat.ts";
import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import type { KeyViews } from "../../monitor/keys/key-views.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { ActorTracing } from "../../telemetry/traces/actor-tracing.ts";
import { Arrivals } from "../calls/arrivals.ts";
import type { EngineSession } from "../engine/engine.ts";
import { RemoteLinks } from "../links/remote-links.ts";
import { RemoteRequests } from "../requests/remote-requests.ts";
import { CallTelemetry } from "../routing/call-telemetry.ts";
import { ClusterPlacement } from "../routing/cluster-placement.ts";
import type { OpenRouting } from "../routing/open-routing.ts";
import { ClusterMetrics } from "../telemetry/cluster-metrics.ts";
import type { OpenViews } from "../views/open-views.ts";
import { ClusterAccess } from "./cluster-access.ts";
import type { ClusterSettings } from "./cluster-options.ts";
import { HostedActors } from "./hosted-actors.ts";
import { LazyStore } from "./lazy-store.ts";
import type { NodeLog } from "./node-log.ts";
import { OpenNode } from "./open-node.ts";
import { openSession, untilReached } from "./open-session.ts";
import { withoutRepeats } from "./repeated-lines.ts";

/** What a {@link ClusterNode} works with. */
export interface ClusterNodeParts {
  readonly settings: ClusterSettings;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Returns a text of letters and digits, at most 20, that no process ever gets again. */
  readonly newId: () => string;
  readonly book: PointBook;
  readonly tracing: Pick<ActorTracing, "active" | "openServer">;
  readonly log: NodeLog;
}

/**
 * Where a process stands in its cluster.
 *
 * @enum
 */
const NodeState = {
  /** The engine is not open yet. Messages to keyed actors wait. */
  Opening: "opening",
  /** It can send messages, and runs actors unless it is a client. */
  Open: "open",
  /** It can never be part of the cluster. */
  Failed: "failed",
  Closed: "closed",
} as const;
type NodeState = (typeof NodeState)[keyof typeof NodeState];

/** How well a process takes part in its cluster. */
export interface NodeHealth {
  readonly state: NodeState;
  /** Whether a client can send messages, or a runner can take actors. */
  readonly isReady: boolean;
  /** Why it is not ready, if an error says so. */
  readonly code: string | undefined;
}

/** Messages that wait for a start on its way to this process. */
const MAX_ARRIVALS = 10_000;
/** Reads of the store that wait until it is open. */
const MAX_STORE_CALLS = 10_000;

/** A system as a part of a cluster: opens the engine, runs actors that it is given, and finds those of others. */
export class ClusterNode implements Seat {
  readonly placement: ClusterPlacement;
  /** The store of the engine. Its end ends the node. */
  readonly store: LazyStore;
  readonly #parts: ClusterNodeParts;
  readonly #nodeId: string;
  readonly #arrivals: Arrivals;
  readonly #links: RemoteLinks;
  readonly #requests: RemoteRequests;
  readonly #metrics: ClusterMetrics;
  readonly #opened = new Deferred<OpenRouting>();
  readonly #closing = new AbortController();
  #open: OpenNode | undefined;
  #shown: { readonly keys: KeyViews; opened(views: OpenViews): void } | undefined;
  #error: Error | undefined;
  #running: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: ClusterNodeParts) {
    const { clock, luck, newId, settings, book, tracing } = parts;
    this.#parts = { ...parts, log: withoutRepeats(parts.log, clock) };
    this.#nodeId = `${settings.name}-${newId()}`;
    this.#arrivals = new Arrivals(clock, MAX_ARRIVALS);
    this.#metrics = new ClusterMetrics(book);
    const opened = this.#opened.promise;
    opened.catch(() => {}); // each message is told
    const runnerId = (): string | undefined => this.#open?.runnerId;
    const telemetry = new CallTelemetry({ clock, tracing, metrics: this.#metrics.calls });
    this.placement = new ClusterPlacement({
      nodeId: this.#nodeId,
      runnerId,
      clock,
      luck,
      opened,
      arrivals: this.#arrivals,
      telemetry,
      onInvalid: () => this.#metrics.engine.fault("notice_invalid"),
    });
    const remote = { clock, luck, newId, opened, runnerId, arrivals: this.#arrivals };
    this.#links = new RemoteLinks({
      ...remote,
      faulted: (fault) => this.#metrics.engine.fault(fault),
    });
    this.#requests = new RemoteRequests({
      ...remote,
      telemetry,
      onInvalid: () => this.#metrics.engine.fault("stream_frame_invalid"),
    });
    const store = opened.then(({ session }) => session.store);
    this.store = new LazyStore(store, MAX_STORE_CALLS, () => this.close());
  }

  /**
   * Has the node shown to viewers, once it is open. Called before anything is awaited.
   *
   * @param keys the keyed actors of this process
   * @param opened called with those of all nodes, and with the cluster
   */
  show(keys: KeyViews, opened: (views: OpenViews) => void): void {
    this.#shown = { keys, opened };
  }

  attach(host: ActorHost, local: LocalAccess, everywhere: ActorAccess): ActorAccess {
    const hosted = new HostedActors(host, this.#arrivals);
    this.#running = this.#run(hosted, local);
    const remote = { messages: everywhere, links: this.#links, requests: this.#requests };
    return new ClusterAccess(local, remote);
  }

  /** Names the process in the cluster. */
  get nodeId(): string {
    return this.#nodeId;
  }

  /** Resolves when the process can take part in the cluster; rejects with the reason why it never will. */
  async whenOpen(): Promise<void> {
    await this.#opened.promise;
  }

  health(): NodeHealth {
    if (this.#closed !== undefined) {
      return { state: NodeState.Closed, isReady: false, code: ErrorCode.SystemStopped };
    }
    if (this.#error !== undefined) {
      const code = LimelightError.is(this.#error) ? this.#error.code : undefined;
      return { state: NodeState.Failed, isReady: false, code };
    }
    if (this.#open === undefined) {
      return { state: NodeState.Opening, isReady: false, code: ErrorCode.EngineUnavailable };
    }
    const { isReady } = this.#open;
    const code = isReady ? undefined : ErrorCode.NoRunner;
    return { state: NodeState.Open, isReady, code };
  }

  /** Hands over the actors of this process, which takes no further ones. Never rejects. */
  async drain(deadlineMs: number): Promise<void> {
    await this.#open?.drain(deadlineMs);
  }

  /** Leaves the cluster and closes the engine. Messages fail from now on. Later calls return the same promise. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #run(hosted: HostedActors, local: LocalAccess): Promise<void> {
    const { settings, log } = this.#parts;
    let session: EngineSession | undefined;
    try {
      session = await openSession({
        ...this.#parts,
        nodeId: this.#nodeId,
        signal: this.#closing.signal,
        metrics: this.#metrics.engine,
      });
      if (session === undefined) return; // it was closed before
      const open = new OpenNode({
        ...this.#parts,
        nodeId: this.#nodeId,
        session,
        hosted,
        local,
        arrivals: this.#arrivals,
        metrics: this.#metrics,
        failed: (error) => this.#fail(error),
      });
      const reaching = { ...this.#parts, signal: this.#closing.signal };
      const routing = await untilReached(reaching, () => open.start());
      if (routing === undefined) {
        await session.close();
        return;
      }
      if (this.#shown !== undefined) this.#shown.opened(open.openViews(this.#shown.keys));
      this.#open = open;
      this.#opened.resolve(routing);
      const { engine, durability, serverVersion } = session.capabilities;
      const fields = {
        event: "cluster.open",
        engine,
        durability,
        server_version: serverVersion,
        node_id: this.#nodeId,
      };
      log(
        "info",
        fields,
        settings.isClient ? "joined the cluster as a client" : "joined the cluster",
      );
      open.run();
    } catch (thrown) {
      this.#fail(toError(thrown));
      await session?.close().catch(() => {}); // why it failed was told
    }
  }

  #fail(error: Error): void {
    if (this.#closed !== undefined || this.#error !== undefined) return;
    this.#error = error;
    const fields = { event: "cluster.failed", err: error };
    this.#parts.log("error", fields, "this process cannot be a part of the cluster");
    this.#opened.reject(error);
    this.placement.close(error);
    this.#requests.close(error);
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    const error = new LimelightError("the system is shut down", { code: ErrorCode.SystemStopped });
    this.placement.close(error);
    this.#requests.close(error);
    this.#opened.reject(error);
    this.#arrivals.clear();
    this.#links.close();
    await this.#running;
    await this.#open?.close();
    this.#metrics.close();
  }
}
