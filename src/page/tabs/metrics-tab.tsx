import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ChartLine, MetricChart } from "../../viewer/history/metric-series.ts";
import { unitText } from "../../viewer/metric-units.ts";
import { Chart, seriesColour } from "../parts/chart.tsx";
import { FilterText, Toolbar } from "../parts/controls.tsx";
import { Empty } from "../parts/empty.tsx";
import { useConsole } from "../state/console-context.ts";
import type { TabDefinition } from "./tab.ts";

/** The catalogue's metrics over time. */
export const metricsTab: TabDefinition = {
  id: "metrics",
  label: "Metrics",
  icon: "metrics",
  Content: MetricsTab,
};

const CHART_HEIGHT = 130;

function MetricsTab(): JSX.Element {
  const { state } = useConsole();
  const { charts, route, file } = state;
  const wanted = (route.params["q"] ?? "").trim().toLowerCase();
  const shown = charts.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(wanted),
  );
  return (
    <div class="tab-body">
      <Toolbar>
        <FilterText param="q" label="Filter by name" />
        <span class="toolbar-end faint">
          counters as rates, histograms by their 95th percentile; the six largest series of each
        </span>
      </Toolbar>
      {charts.length > 0 ? null : <NoMetrics fromFile={file !== null} />}
      <div class="scroll">
        <div class="metric-cards">
          {shown.map((chart) => (
            <MetricCard key={chart.name} chart={chart} />
          ))}
        </div>
      </div>
    </div>
  );
}

function NoMetrics({ fromFile }: { readonly fromFile: boolean }): JSX.Element {
  return fromFile ? (
    <Empty icon="metrics" title="Files contain no metrics">
      Its counts by message type are in the drawer of each actor.
    </Empty>
  ) : (
    <Empty icon="metrics" title="Reading the metrics…" />
  );
}

function MetricCard({ chart }: { readonly chart: MetricChart }): JSX.Element {
  const place = useRef<HTMLElement>(null);
  const seen = useSeen(place);
  const { name, description, times, lines, hidden } = chart;
  const text = unitText(chart);
  return (
    <article class="card metric-card" ref={place}>
      <h3 class="mono">{name}</h3>
      <p class="faint">{description}</p>
      {seen ? (
        <Chart
          label={`${name} over time`}
          times={times}
          series={lines}
          height={CHART_HEIGHT}
          text={text}
        />
      ) : (
        <div style={{ height: `${CHART_HEIGHT}px` }} />
      )}
      <ul class="series">
        {lines.map((line, at) => (
          <Series key={line.label} line={line} colour={seriesColour(at)} text={text} />
        ))}
        {hidden > 0 ? <li class="faint">and {hidden} more</li> : null}
      </ul>
    </article>
  );
}

interface SeriesProps {
  readonly line: ChartLine;
  readonly colour: string;
  readonly text: (value: number) => string;
}

function Series({ line, colour, text }: SeriesProps): JSX.Element {
  const { label, last, point } = line;
  const { p50, p99 } = point;
  const title =
    p50 === undefined || p99 === undefined ? label : `${label}: p50 ${text(p50)}, p99 ${text(p99)}`;
  return (
    <li title={title}>
      <span class="series-mark" style={{ background: colour }} />
      <span class="ellipsis">{label}</span>
      <span class="number">{last === null ? "–" : text(last)}</span>
    </li>
  );
}

/** Whether an element is or was recently visible. Charts outside the viewport are not drawn. */
function useSeen(place: { readonly current: HTMLElement | null }): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => setSeen(entry?.isIntersecting ?? false),
      { rootMargin: "200px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return seen;
}
