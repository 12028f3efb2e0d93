import type { ComponentChildren, JSX } from "preact";
import type { SystemView } from "../../viewer/console-view.ts";
import {
  bytesText,
  clockText,
  countText,
  durationText,
  percentText,
  rateText,
} from "../../viewer/format.ts";
import { valueText } from "../../viewer/log-buffer.ts";
import type { TotalsPoint } from "../../viewer/totals-history.ts";
import type { RingState, Summary } from "../../wire.ts";
import { useConsole } from "../console-context.ts";
import { Chart } from "../parts/chart.tsx";
import { Facts } from "../parts/facts.tsx";
import { ActorLink } from "../parts/links.tsx";
import type { TabDefinition } from "./tab.ts";

/** The process, its event loop, and what telemetry says of itself. */
export const systemTab: TabDefinition = {
  id: "system",
  label: "System",
  icon: "system",
  Content: SystemTab,
};

const CHART_HEIGHT = 120;

function SystemTab(): JSX.Element {
  const { view, summary } = useConsole().state;
  const system = view?.system ?? null;
  if (system === null) return <div class="tab-body" />;
  return (
    <div class="tab-body scroll">
      <div class="system-cards">
        <Curve
          system={system}
          title="Messages handled"
          now={rateText(view?.handledRate ?? 0)}
          unit="a second"
          pick={(point) => point.handledRate}
          text={rateText}
        />
        <Curve
          system={system}
          title="Event loop"
          now={percentText(system.eventLoop.utilization)}
          unit="busy"
          pick={(point) => point.utilization}
          text={percentText}
          atLeast={1}
        />
        <Curve
          system={system}
          title="Heap"
          now={bytesText(system.history.at(-1)?.heapUsedBytes ?? 0)}
          unit="used"
          pick={(point) => point.heapUsedBytes}
          text={bytesText}
        />
        <Curve
          system={system}
          title="Waiting messages"
          now={countText(system.totals.waiting)}
          unit="in mailboxes"
          pick={(point) => point.waiting}
          text={countText}
        />
        <Totals system={system} />
        <LoopCard system={system} />
        {summary === null ? null : <ProcessCard summary={summary} />}
        {summary === null ? null : <ConsoleCard summary={summary} />}
        {summary === null ? null : <TelemetryCard telemetry={summary.telemetry} />}
      </div>
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

function Card({ title, children }: CardProps): JSX.Element {
  return (
    <article class="card">
      <h3>{title}</h3>
      {children}
    </article>
  );
}

interface CurveProps {
  readonly system: SystemView;
  readonly title: string;
  readonly now: string;
  readonly unit: string;
  readonly pick: (point: TotalsPoint) => number;
  readonly text: (value: number) => string;
  readonly atLeast?: number;
}

function Curve({ system, title, now, unit, pick, text, atLeast = 0 }: CurveProps): JSX.Element {
  const { history } = system;
  return (
    <article class="card curve">
      <h3>{title}</h3>
      <p class="figure">
        {now} <span class="faint">{unit}</span>
      </p>
      <Chart
        label={`${title} over time`}
        times={history.map(({ atMs }) => atMs / 1_000)}
        series={[{ label: title, values: history.map(pick) }]}
        height={CHART_HEIGHT}
        text={text}
        atLeast={atLeast}
      />
    </article>
  );
}

function Totals({ system }: { readonly system: SystemView }): JSX.Element {
  const { totals, uptimeMs } = system;
  return (
    <Card title={`System ${system.system.name}`}>
      <Facts
        facts={[
          ["up for", durationText(uptimeMs)],
          [
            "actors",
            `${countText(totals.active)} now, ${countText(totals.started)} started, ${countText(totals.stopped)} stopped`,
          ],
          ["messages", `${countText(totals.sent)} sent, ${countText(totals.handled)} handled`],
          ["refused", countText(totals.rejected)],
          ["dead letters", countText(totals.deadLetters)],
          ["failures", `${countText(totals.failures)}, ${countText(totals.restarts)} restarts`],
          ["deadlocks", `${countText(totals.deadlocks)} so far`],
          ["state", system.system.closing ? "shutting down" : "running"],
        ]}
      />
    </Card>
  );
}

function LoopCard({ system }: { readonly system: SystemView }): JSX.Element {
  const { blocked } = system.eventLoop;
  return (
    <Card title="Last block of the event loop">
      {blocked === null ? (
        <p class="hint">It has not been blocked since the start.</p>
      ) : (
        <Facts
          facts={[
            ["for", durationText(blocked.durationMs)],
            [
              "at",
              `${clockText(blocked.atMs)}, ${durationText(system.capturedAtMs - blocked.atMs)} ago`,
            ],
            ["by", blocked.actorId === null ? "nobody known" : <ActorLink id={blocked.actorId} />],
            ["in", blocked.messageType],
          ]}
        />
      )}
    </Card>
  );
}

function ProcessCard({ summary }: { readonly summary: Summary }): JSX.Element {
  const { pid, node, service, startedAtMs, heapUsedBytes, heapLimitBytes, rssBytes } =
    summary.process;
  return (
    <Card title="Process">
      <Facts
        facts={[
          ["service", service],
          ["pid", String(pid)],
          ["Node", node],
          ["started", clockText(startedAtMs)],
          ["heap", `${bytesText(heapUsedBytes)} of ${bytesText(heapLimitBytes)}`],
          ["resident", bytesText(rssBytes)],
        ]}
      />
    </Card>
  );
}

function ConsoleCard({ summary }: { readonly summary: Summary }): JSX.Element {
  const { view } = useConsole().state;
  const { rings, viewers, allowActions } = summary;
  const past = view?.timeline ?? null;
  return (
    <Card title="Console">
      <Facts
        facts={[
          ["traces", <Ring key="traces" ring={rings.traces} />],
          ["log lines", <Ring key="logs" ring={rings.logs} />],
          ["viewers", countText(viewers)],
          ["actions", allowActions ? "allowed" : "not allowed"],
          [
            "history here",
            past === null
              ? null
              : `${durationText(past.lastAtMs - past.firstAtMs)} in ${countText(past.ticks)} ticks, about ${bytesText(past.bytes)}`,
          ],
        ]}
      />
    </Card>
  );
}

function Ring({ ring }: { readonly ring: RingState }): JSX.Element {
  const { kept, dropped, bytes, limitBytes } = ring;
  return (
    <span class="ring">
      {countText(kept)} kept{dropped > 0 ? `, ${countText(dropped)} let go` : ""}
      <span class="meter" title={`${bytesText(bytes)} of ${bytesText(limitBytes)}`}>
        <span style={{ width: `${Math.min(100, (bytes / limitBytes) * 100)}%` }} />
      </span>
    </span>
  );
}

function TelemetryCard({ telemetry }: { readonly telemetry: Summary["telemetry"] }): JSX.Element {
  return (
    <Card title="Telemetry">
      {telemetry === null ? (
        <p class="hint">
          limelight's preload does not run the SDK here, so nothing is known of its exports.
        </p>
      ) : (
        <Facts facts={flatten(telemetry)} />
      )}
    </Card>
  );
}

/** Names of nested values are joined: `spans.dropped`. */
function flatten(
  record: Readonly<Record<string, unknown>>,
  prefix = "",
): (readonly [string, ComponentChildren])[] {
  return Object.entries(record).flatMap(([key, value]) => {
    if (value === null || value === undefined || typeof value === "function") return [];
    if (typeof value === "object" && !Array.isArray(value)) {
      return flatten(value as Record<string, unknown>, `${prefix}${key}.`);
    }
    const text = typeof value === "number" ? countText(value) : valueText(value);
    const bad = /dropped|failed|failure|error/i.test(key) && typeof value === "number" && value > 0;
    return [
      [
        `${prefix}${key}`,
        <span key={key} class={bad ? "bad" : ""}>
          {text}
        </span>,
      ] as const,
    ];
  });
}
