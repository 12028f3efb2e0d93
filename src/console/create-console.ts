import { ErrorCode, UsageError } from "../base/errors.ts";
import type { MonitoredSystem } from "../monitor/monitored-system.ts";
import { isMonitoredSystem } from "../monitor/system-access.ts";
import { runClean } from "../telemetry/context/frames.ts";
import { processTaps } from "../telemetry/process-taps.ts";
import { Access } from "./access.ts";
import { Actions } from "./api/actions.ts";
import { Reads } from "./api/reads.ts";
import { type ConsoleOptions, type ConsoleSettings, settleConsole } from "./console-options.ts";
import { openServer } from "./console-server.ts";
import { EventStream } from "./events/event-stream.ts";
import { IdleCleanup } from "./events/idle-cleanup.ts";
import { Sources } from "./events/sources.ts";
import { LogRing } from "./record/log-ring.ts";
import { Redaction } from "./record/redaction.ts";
import { TraceRing } from "./record/trace-ring.ts";
import { RequestRouter } from "./request-router.ts";

/** How long `close` waits for pending requests. */
const CLOSE_DEADLINE_MS = 500;

/** A running console. */
export interface Console {
  /** URL of the page, including the token. It gives full access to the console. */
  readonly url: string;
  /** The TCP port that the console listens on. */
  readonly port: number;
  /** For programs: `Authorization: Bearer <token>`. */
  readonly token: string;
  /** Frees the port, disconnects all viewers and discards the kept data. Never rejects. */
  close(): Promise<void>;
}

/**
 * Starts a console, which shows actors, traces, log lines and deadlocks of this process to a browser, a
 * terminal and programs. It keeps the latest traces and lines from then on, and takes snapshots only for
 * viewers and requests.
 *
 * Traces come from limelight's preload, or from {@link consoleSpanProcessor} in your own SDK. Log lines come
 * from loggers created with `createLogger`.
 *
 * @param system one or several; `undefined` for all of the process, including those created later
 * @throws UsageError `ERR_INVALID_OPTION`, `ERR_CONSOLE_EXPOSED`, `ERR_CONSOLE_PRODUCTION`
 * @throws LimelightError `ERR_CONSOLE_PORT`
 * @example
 * ```ts
 * const view = await createConsole(system, { port: 0, allowActions: true });
 * console.log(view.url); // http://127.0.0.1:36127/?token=…
 * await view.close();
 * ```
 */
export async function createConsole(
  system?: MonitoredSystem | readonly MonitoredSystem[],
  options: ConsoleOptions = {},
): Promise<Console> {
  const systems = requireSystems(system);
  const settings = settleConsole(options);
  // Its server and timers would otherwise retain the stores of the request in which it is created.
  return await runClean(() => start(new Sources(systems), settings));
}

async function start(sources: Sources, settings: ConsoleSettings): Promise<Console> {
  const { clock, token } = settings;
  const redaction = new Redaction(settings.redact);
  const traces = new TraceRing(settings.traceBytes, redaction);
  const logs = new LogRing(settings.logBytes, redaction);
  const events = new EventStream({ clock, sources, traces, logs }, settings.maxViewers);
  const viewers = (): number => events.viewers;
  const reads = new Reads({ settings, sources, traces, logs, redaction, viewers });
  const idle = new IdleCleanup({ clock, sources, events });
  const actions = new Actions(sources, settings.allowActions);
  const access = new Access(token);
  const router = new RequestRouter({ access, reads, events, actions, onRead: () => idle.touch() });
  const server = await openServer(settings, (...request) => router.answer(...request));
  const taps = [
    processTaps.spans.attach((span) => traces.add(span)),
    processTaps.lines.attach((line) => logs.add(line)),
  ];
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    for (const detach of taps) detach();
    idle.close();
    events.close();
    return server.close(CLOSE_DEADLINE_MS);
  };
  return {
    url: `${server.origin}/?token=${token}`,
    port: server.port,
    token,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function requireSystems(
  system: MonitoredSystem | readonly MonitoredSystem[] | undefined,
): readonly MonitoredSystem[] | undefined {
  if (system === undefined) return undefined;
  const systems: readonly unknown[] = Array.isArray(system) ? system : [system];
  const known = systems.filter(isMonitoredSystem);
  if (known.length === systems.length) return [...new Set(known)];
  throw new UsageError(
    "a console shows systems made by `createSystem`, or with `undefined` all of the process",
    { code: ErrorCode.InvalidOption },
  );
}
