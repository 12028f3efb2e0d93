import type { DemoOptions } from "./options.ts";

/** What the start text tells. */
export interface StartFacts {
  /** Where the console is, with its token; unless there is none. */
  readonly consoleUrl: string | undefined;
  /** Where the shop is. */
  readonly url: string;
  /** Where `/metrics` is, unless nothing serves it. */
  readonly metricsUrl: string | undefined;
  /** Where spans go, unless they go nowhere. */
  readonly tracesEndpoint: string | undefined;
  /** The load generator's process, if there is one. */
  readonly loadPid: number | undefined;
  readonly options: Pick<DemoOptions, "rate" | "duration">;
}

/** What a person reads first: where everything is and what to try. */
export function startText(facts: StartFacts): string {
  const { url, metricsUrl, consoleUrl } = facts;
  const order = `curl -i ${url}/orders -H 'content-type: application/json' -d '{"item":"lamp","quantity":1}'`;
  return `${consoleUrl === undefined ? "" : `limelight console: ${consoleUrl}\n`}
limelight demo: an order desk at ${url}

  order    ${order}
  metrics  ${metricsUrl ?? "not served"}
  traces   ${tracesText(facts)}
  load     ${loadText(facts)}
  stop     Ctrl-C finishes what is under way and exits; a second Ctrl-C exits at once

`;
}

function tracesText({ tracesEndpoint }: StartFacts): string {
  if (tracesEndpoint === undefined)
    return "off; OTEL_TRACES_EXPORTER=otlp sends spans to a collector";
  return `spans go to the collector at ${tracesEndpoint}; OTEL_EXPORTER_OTLP_ENDPOINT names another`;
}

function loadText({ loadPid, options: { rate, duration } }: StartFacts): string {
  if (loadPid === undefined) return "none; place orders with the line above";
  const howLong = duration === undefined ? "" : ` for ${duration} s`;
  return `${rate} requests/s${howLong} from process ${loadPid}; --no-load leaves it to you`;
}
