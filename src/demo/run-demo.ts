import "./service-name.ts";
import { missingCollector } from "./missing-collector.ts";
// Imported first: the SDK must be registered when actors, spans and loggers are created.
import "../preload.ts";
import type { Logger } from "pino";
import type { Console } from "../console.ts";
import { type StopSignal, stopOnSignals } from "../index.ts";
import { stopTelemetry, telemetryStatus } from "../preload.ts";
import { withSpan } from "../telemetry.ts";
import { openConsole } from "./demo-console.ts";
import { type DemoData, openData } from "./demo-data.ts";
import { DemoError, DemoErrorCode, explainListenError } from "./demo-error.ts";
import { canPrintPretty, createDemoLogger, NO_PRETTY_LINES } from "./demo-logger.ts";
import { ShopServer } from "./http/shop-server.ts";
import { LoadProcess } from "./load/load-process.ts";
import { LogFile } from "./log-file.ts";
import type { DemoOptions } from "./options.ts";
import { playScenario } from "./scenario.ts";
import { openShop, type Shop } from "./shop.ts";
import { firstStart } from "./start-breakdown.ts";
import { startText } from "./start-text.ts";

/** Deadlines of the steps of a stop. The total, including overhead, stays below ten seconds. */
const SERVER_DEADLINE_MS = 4_000;
const TELEMETRY_DEADLINE_MS = 2_000;

type LoadEnd = "load_ended" | "load_failed";

/** Resources that only one process can have. */
interface Claims {
  readonly data: DemoData;
  readonly server: ShopServer;
  readonly logFile: LogFile | undefined;
  readonly console: Console | undefined;
}

/** Components of the running demo. */
interface Running {
  readonly log: Logger;
  readonly data: DemoData;
  readonly server: ShopServer;
  readonly shop: Shop;
  readonly load: LoadProcess | undefined;
  readonly console: Console | undefined;
}

/**
 * Runs the demo until a signal stops it or, if so configured, until its load ends.
 *
 * After a signal, the process ends by that signal.
 *
 * @throws {@link DemoError} when the data directory, the port or the log file cannot be opened, or when the load that
 *   was to end the demo failed
 */
export async function runDemo(wanted: DemoOptions): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const asked = new Promise<StopSignal>((resolve) => {
    stopOnSignals({
      shutdown(signal) {
        resolve(signal);
        return stopped.promise;
      },
    });
  });
  const options = { ...wanted, pretty: wanted.pretty && canPrintPretty() };
  if (wanted.pretty && !options.pretty) process.stderr.write(`${NO_PRETTY_LINES}\n`);
  const running = await start(options, await claim(options));
  const reason = await Promise.race([asked, loadEnd(running, options)]);
  await stop(running, reason);
  stopped.resolve();
  switch (reason) {
    case "load_ended":
      return;
    case "load_failed":
      throw new DemoError("the load generator failed", { code: DemoErrorCode.LoadFailed });
    case "SIGINT":
    case "SIGTERM":
    case "SIGHUP":
    case "SIGQUIT":
    case "SIGBREAK":
      await new Promise(() => {}); // the signal that is raised again ends the process
  }
}

/** Runs first: when one of them cannot be opened, nothing else has started. */
async function claim(options: DemoOptions): Promise<Claims> {
  const { port, host, logFile } = options;
  let data: DemoData | undefined;
  try {
    data = await openData(options.data);
    const file = logFile === undefined ? undefined : new LogFile(logFile);
    // The console is opened before the server: it does not keep the process running if the other fails.
    const console = await openConsole(options);
    return { data, logFile: file, console, server: await ShopServer.at(port, host) };
  } catch (error) {
    await data?.store.close();
    data?.remove();
    await stopTelemetry({ deadlineMs: TELEMETRY_DEADLINE_MS });
    throw explainListenError(error, host, port);
  }
}

async function start(options: DemoOptions, claims: Claims): Promise<Running> {
  const { data, server, logFile, console } = claims;
  const { metricsBound, tracesEndpoint } = telemetryStatus();
  const metricsUrl = await metricsBound;
  const { url } = server;
  const { pretty, seed } = options;
  // Started early, because it takes longer to start than the whole shop.
  const load = options.load ? new LoadProcess({ ...options, url }) : undefined;
  const loadPid = load?.pid;
  const consoleUrl = console?.url;
  const addresses = { consoleUrl, url, metricsUrl, tracesEndpoint, missingCollector };
  // Where lines are JSON, stdout is read by a program that cannot parse text.
  const texts = pretty ? process.stdout : process.stderr;
  texts.write(startText({ ...addresses, data, loadPid, options }));
  const log = createDemoLogger({ pretty, logFile });
  const started = { url, metrics_url: metricsUrl, data: data.directory, seed };
  if (pretty || consoleUrl === undefined) log.info(started, "demo started");
  else {
    // For programs that read only the lines. No other line contains the token.
    const open = createDemoLogger({ pretty, logFile, redact: false });
    open.info({ ...started, console_url: consoleUrl }, "demo started");
  }
  const onPlaced = firstStart(console, texts);
  const { store } = data;
  const shop = withSpan("shop open", () => openShop({ ...options, logger: log, store, onPlaced }));
  playScenario(shop.system, options.scenario);
  server.serve({ shop, logger: log, allowedHosts: options.allowedHost });
  return { log, data, server, shop, load, console };
}

/** Resolves when the load has ended, if that stops the demo. */
async function loadEnd({ load, log }: Running, options: DemoOptions): Promise<LoadEnd> {
  if (load !== undefined) {
    const well = await load.ended;
    if (!well) log.warn("load generator failed");
    if (options.exitAfterLoad) return well ? "load_ended" : "load_failed";
  }
  return new Promise(() => {});
}

/** Stops new work, finishes the work in progress, and then closes what that work needed. */
async function stop(running: Running, reason: StopSignal | LoadEnd): Promise<void> {
  const { log, data, server, shop, load, console } = running;
  log.info({ reason }, "demo stopping");
  await Promise.all([server.close(SERVER_DEADLINE_MS), load?.stop()]);
  const { deadLetters, killed, durationMs } = await withSpan("shop close", () =>
    shop.system.shutdown(),
  );
  data.remove();
  const duration = Math.round(durationMs);
  const report = { dead_letters: deadLetters, killed, duration_ms: duration };
  // Every actor and message is accounted for; the line shows that the books balance.
  log.info({ ...report, books: shop.system.books() }, "demo stopped");
  await console?.close();
  await stopTelemetry({ deadlineMs: TELEMETRY_DEADLINE_MS });
}
