import "./service-name.ts";
import { missingCollector } from "./missing-collector.ts";
// Imported first: the SDK must be registered when actors, spans and loggers are created.
import "../preload.ts";
import type { Logger } from "pino";
import type { Console } from "../console.ts";
import type { Gateway } from "../gateway.ts";
import { type StopSignal, stopOnSignals } from "../index.ts";
import { stopTelemetry, telemetryStatus } from "../preload.ts";
import { withSpan } from "../telemetry.ts";
import { openConsole } from "./demo-console.ts";
import { type DemoData, openData } from "./demo-data.ts";
import { DemoError, DemoErrorCode, explainListenError } from "./demo-error.ts";
import { canPrintPretty, createDemoLogger, NO_PRETTY_LINES } from "./demo-logger.ts";
import { LineGate } from "./line-gate.ts";
import { LoadProcess } from "./load/load-process.ts";
import { LogFile } from "./log-file.ts";
import type { DemoOptions } from "./options.ts";
import { playScenario } from "./scenario.ts";
import { createShop, type Shop } from "./shop.ts";
import { openGateway } from "./shop-gateway.ts";
import { firstStart } from "./start-breakdown.ts";
import { startText } from "./start-text.ts";

/** With the deadline of the shop, and overhead, a stop stays below ten seconds. */
const TELEMETRY_DEADLINE_MS = 2_000;

type LoadEnd = "load_ended" | "load_failed";

/** Resources that only one process can have. */
interface Claims {
  readonly data: DemoData;
  readonly log: Logger;
  /** Opened when the start text has been written. */
  readonly gate: LineGate;
  readonly logFile: LogFile | undefined;
  /** URL of `/metrics`; `undefined` if it is not served. */
  readonly metricsUrl: string | undefined;
  readonly console: Console | undefined;
  readonly shop: Shop;
  readonly gateway: Gateway;
}

/** Components of the running demo. */
interface Running {
  readonly log: Logger;
  readonly data: DemoData;
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
  const running = start(options, await claim(options));
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

/** Runs first: when one of them cannot be opened, no actor of the shop has started. */
async function claim(options: DemoOptions): Promise<Claims> {
  const { port, host, pretty } = options;
  let data: DemoData | undefined;
  let shop: Shop | undefined;
  try {
    data = await openData(options);
    const logFile = options.logFile === undefined ? undefined : new LogFile(options.logFile);
    // The console is opened before the gateway: it does not keep the process running if the other fails.
    const console = await openConsole(options);
    const gate = new LineGate();
    const log = createDemoLogger({ pretty, logFile, gate });
    const onPlaced = firstStart(console, textsOf(options));
    const metricsUrl = await telemetryStatus().metricsBound;
    shop = createShop({ ...options, logger: log, home: data.home, onPlaced });
    const gateway = await openGateway(shop, options);
    return { data, log, gate, logFile, metricsUrl, console, shop, gateway };
  } catch (error) {
    await (shop === undefined ? data?.close() : shop.system.shutdown());
    data?.remove();
    await stopTelemetry({ deadlineMs: TELEMETRY_DEADLINE_MS });
    throw explainListenError(error, host, port);
  }
}

/** Where lines are JSON, stdout is read by a program that cannot parse text. */
function textsOf({ pretty }: DemoOptions): NodeJS.WritableStream {
  return pretty ? process.stdout : process.stderr;
}

/** Opens the shop in the turn in which its gateway was bound, before a request can arrive. */
function start(options: DemoOptions, claims: Claims): Running {
  const { data, log, gate, logFile, metricsUrl, console, shop, gateway } = claims;
  const { tracesEndpoint } = telemetryStatus();
  const { url = "" } = gateway;
  const { pretty, seed } = options;
  const load = options.load ? new LoadProcess({ ...options, urls: [url] }) : undefined;
  const loadPid = load?.pid;
  const consoleUrl = console?.url;
  const addresses = { consoleUrl, url, metricsUrl, tracesEndpoint, missingCollector };
  if (options.node === undefined) {
    textsOf(options).write(startText({ ...addresses, data, loadPid, options }));
  } else tellParent({ url, consoleUrl });
  gate.open();
  const started = { url, metrics_url: metricsUrl, data: data.directory, seed };
  if (pretty || consoleUrl === undefined) log.info(started, "demo started");
  else {
    // For programs that read only the lines. No other line contains the token.
    const open = createDemoLogger({ pretty, logFile, redact: false });
    open.info({ ...started, console_url: consoleUrl }, "demo started");
  }
  withSpan("shop open", () => shop.open());
  playScenario(shop.system, options.scenario);
  return { log, data, shop, load, console };
}

/** Tells the process that runs the cluster that this one is open. This one ends with it. */
function tellParent(facts: {
  readonly url: string;
  readonly consoleUrl: string | undefined;
}): void {
  process.send?.(facts);
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
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
  const { log, data, shop, load, console } = running;
  log.info({ reason }, "demo stopping");
  const [{ deadLetters, killed, durationMs }] = await Promise.all([
    withSpan("shop close", () => shop.system.shutdown()), // its gateway first, which answers what it has accepted
    load?.stop(),
  ]);
  data.remove();
  const duration = Math.round(durationMs);
  const report = { dead_letters: deadLetters, killed, duration_ms: duration };
  // Every actor and message is accounted for; the line shows that the books balance.
  log.info({ ...report, books: shop.system.books() }, "demo stopped");
  await console?.close();
  await stopTelemetry({ deadlineMs: TELEMETRY_DEADLINE_MS });
}
