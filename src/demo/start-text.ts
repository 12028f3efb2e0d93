import type { DemoData } from "./demo-data.ts";
import type { DemoOptions } from "./options.ts";

/** Addresses and settings shown in the start text. */
export interface StartFacts {
  /** URL of the console, including its token; `undefined` without a console. */
  readonly consoleUrl: string | undefined;
  /** URL of the shop. */
  readonly url: string;
  /** URL of `/metrics`; `undefined` if it is not served. */
  readonly metricsUrl: string | undefined;
  /** Endpoint that spans are sent to; `undefined` if they are not exported. */
  readonly tracesEndpoint: string | undefined;
  /** Address at which no collector listens; `undefined` where spans are exported or switched off. */
  readonly missingCollector: string | undefined;
  /** Where orders are stored. */
  readonly data: Pick<DemoData, "directory" | "temporary">;
  /** Process id of the load generator; `undefined` without one. */
  readonly loadPid: number | undefined;
  readonly options: Pick<DemoOptions, "rate" | "duration">;
}

/** Returns the text printed at the start: the addresses, and commands to try. */
export function startText(facts: StartFacts): string {
  const { url, metricsUrl, consoleUrl } = facts;
  // `--json` needs curl 7.82; this form works with every one.
  const order = `curl -i ${url}/actors/desk/main/ask/place -H 'content-type: application/json' -d '[{"item":"lamp","quantity":1}]'`;
  return `${consoleUrl === undefined ? "" : `limelight console: ${consoleUrl}\n`}
limelight demo: an order desk at ${url}

  order    ${order}
  show     curl ${url}/actors/order/ID/ask/show -H 'content-type: application/json' -d '[]'
  data     ${dataText(facts)}
  metrics  ${metricsUrl ?? "not served"}
  traces   ${tracesText(facts)}
  load     ${loadText(facts)}
  stop     Ctrl-C finishes what is under way and exits; a second Ctrl-C exits at once

`;
}

function dataText({ data: { directory, temporary } }: StartFacts): string {
  if (!temporary) return `orders are kept in ${directory}, also through kill -9`;
  return `orders are in ${directory} until the end; --data DIR keeps them`;
}

function tracesText({ tracesEndpoint, missingCollector }: StartFacts): string {
  if (missingCollector !== undefined)
    return `no collector at ${missingCollector}; traces are in the console only`;
  if (tracesEndpoint === undefined)
    return "off; OTEL_TRACES_EXPORTER=otlp sends spans to a collector";
  return `spans go to the collector at ${tracesEndpoint}; OTEL_EXPORTER_OTLP_ENDPOINT names another`;
}

function loadText({ loadPid, options: { rate, duration } }: StartFacts): string {
  if (loadPid === undefined) return "none; place orders with the line above";
  const howLong = duration === undefined ? "" : ` for ${duration} s`;
  return `${rate} requests/s${howLong} from process ${loadPid}; --no-load leaves it to you`;
}
