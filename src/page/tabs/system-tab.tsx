import type { ComponentChildren, JSX } from "preact";
import type { SystemView } from "../../viewer/console-view.ts";
import {
  bytesText,
  clockText,
  countText,
  durationText,
  percentText,
  plural,
  rateText,
} from "../../viewer/format.ts";
import type { TotalsPoint } from "../../viewer/history/totals-history.ts";
import { valueText } from "../../viewer/log-buffer.ts";
import type { RingState, Summary } from "../../wire/answers.ts";
import { Chart } from "../parts/chart.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { ActorLink } from "../parts/links.tsx";
import { useConsole } from "../state/console-context.ts";
import type { TabDefinition } from "./tab.ts";

/** The process, its event loop, and the state of its telemetry. */
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
          bytes
        />
        <Curve
          system={system}
          title="Waiting messages"
          now={countText(system.totals.waiting)}
          unit="in mailboxes"
          pick={(point) => point.waiting}
          text={countText}
          whole
        />
      </div>
      <div class="fact-cards">
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
  readonly bytes?: boolean;
  readonly whole?: boolean;
}

function Curve({
  system,
  title,
  now,
  unit,
  pick,
  text,
  atLeast = 0,
  bytes = false,
  whole = false,
}: CurveProps): JSX.Element {
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
        bytes={bytes}
        whole={whole}
      />
    </article>
  );
}

function Totals({ system }: { readonly system: SystemView }): JSX.Element {
  const { totals, uptimeMs } = system;
  return (
    <Card title={`System ${system.system.name}`}>
      <Facts>
        <Fact name="up for">{durationText(uptimeMs)}</Fact>
        <Fact name="actors">
          {countText(totals.active)} running, {countText(totals.stopped)} stopped,{" "}
          {countText(totals.started)} started in all
        </Fact>
        <Fact name="messages">
          {countText(totals.sent)} sent, {countText(totals.handled)} handled
        </Fact>
        <Fact name="refused">{countText(totals.rejected)}</Fact>
        <Fact name="dead letters">{countText(totals.deadLetters)}</Fact>
        <Fact name="failures">
          {countText(totals.failures)}, {plural(totals.restarts, "restart")}
        </Fact>
        <Fact name="deadlocks">{countText(totals.deadlocks)} so far</Fact>
        <Fact name="state">{system.system.closing ? "shutting down" : "running"}</Fact>
      </Facts>
    </Card>
  );
}

function LoopCard({ system }: { readonly system: SystemView }): JSX.Element {
  const { blocked } = system.eventLoop;
  if (blocked === null) {
    return (
      <Card title="Last block of the event loop">
        <p class="hint">It has not been blocked since the start.</p>
      </Card>
    );
  }
  const { durationMs, atMs, actorId, messageType } = blocked;
  return (
    <Card title="Last block of the event loop">
      <Facts>
        <Fact name="for">{durationText(durationMs)}</Fact>
        <Fact name="at">
          {clockText(atMs)}, {durationText(system.capturedAtMs - atMs)} ago
        </Fact>
        <Fact name="by">{actorId === null ? "unknown" : <ActorLink id={actorId} />}</Fact>
        <Fact name="in">{messageType}</Fact>
      </Facts>
    </Card>
  );
}

function ProcessCard({ summary }: { readonly summary: Summary }): JSX.Element {
  const { pid, node, service, startedAtMs, heapUsedBytes, heapLimitBytes, rssBytes } =
    summary.process;
  return (
    <Card title="Process">
      <Facts>
        <Fact name="service">{service}</Fact>
        <Fact name="pid">{pid}</Fact>
        <Fact name="Node">{node}</Fact>
        <Fact name="started">{clockText(startedAtMs)}</Fact>
        <Fact name="heap">
          {bytesText(heapUsedBytes)} of {bytesText(heapLimitBytes)}
        </Fact>
        <Fact name="resident">{bytesText(rssBytes)}</Fact>
      </Facts>
    </Card>
  );
}

function ConsoleCard({ summary }: { readonly summary: Summary }): JSX.Element {
  const { view } = useConsole().state;
  const { rings, viewers, allowActions } = summary;
  const past = view?.timeline ?? null;
  return (
    <Card title="Console">
      <Facts>
        <Fact name="traces">
          <Ring ring={rings.traces} />
        </Fact>
        <Fact name="log lines">
          <Ring ring={rings.logs} />
        </Fact>
        <Fact name="viewers">{countText(viewers)}</Fact>
        <Fact name="actions">{allowActions ? "allowed" : "not allowed"}</Fact>
        <Fact name="history here">
          {past === null
            ? null
            : `${durationText(past.lastAtMs - past.firstAtMs)} in ${plural(past.ticks, "tick")}, about ${bytesText(past.bytes)}`}
        </Fact>
      </Facts>
    </Card>
  );
}

function Ring({ ring }: { readonly ring: RingState }): JSX.Element {
  const { kept, dropped, bytes, limitBytes } = ring;
  return (
    <span class="ring">
      {countText(kept)} kept{dropped > 0 ? `, ${countText(dropped)} dropped` : ""}
      <span class="meter" title={`${bytesText(bytes)} of ${bytesText(limitBytes)}`}>
        <span style={{ width: `${Math.min(100, (bytes / limitBytes) * 100)}%` }} />
      </span>
    </span>
  );
}

function TelemetryCard({ telemetry }: { readonly telemetry: Summary["telemetry"] }): JSX.Element {
  if (telemetry === null) {
    return (
      <Card title="Telemetry">
        <p class="hint">
          limelight's preload does not run the SDK here, so nothing is known of its exports.
        </p>
      </Card>
    );
  }
  return (
    <Card title="Telemetry">
      <Facts>
        {flatten(telemetry).map(([name, value]) => (
          <Fact key={name} name={name}>
            <span class={isLoss(name, value) ? "bad" : ""}>
              {typeof value === "number" ? countText(value) : valueText(value)}
            </span>
          </Fact>
        ))}
      </Facts>
    </Card>
  );
}

/** Whether a number counts losses. */
function isLoss(name: string, value: unknown): boolean {
  return /dropped|failed|failure|error|lost/i.test(name) && typeof value === "number" && value > 0;
}

/** Flattens nested values. Names are joined: `spans.dropped`. */
function flatten(
  record: Readonly<Record<string, unknown>>,
  prefix = "",
): (readonly [name: string, value: unknown])[] {
  return Object.entries(record).flatMap(([key, value]) => {
    if (value === null || value === undefined) return [];
    if (typeof value === "object" && !Array.isArray(value)) {
      return flatten(value as Record<string, unknown>, `${prefix}${key}.`);
    }
    return [[`${prefix}${key}`, value] as const];
  });
}
