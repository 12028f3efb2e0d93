import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clockText } from "../../viewer/format.ts";
import { useConsole } from "../state/console-context.ts";

/** One line of a {@link Chart}. */
interface ChartSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly label: string;
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly height: number;
  /** Formats a value for the axis. */
  readonly text: (value: number) => string;
  /** Whether the values are bytes. The axis then uses powers of two. */
  readonly bytes?: boolean;
  /** Whether the values are whole numbers. The axis then has no steps between them. */
  readonly whole?: boolean;
  /** Minimum upper end of the axis. */
  readonly atLeast?: number;
}

const COLOURS = [
  "--series-1",
  "--series-2",
  "--series-3",
  "--series-4",
  "--series-5",
  "--series-6",
];

const POWERS_OF_TWO = Array.from({ length: 45 }, (_, power) => 2 ** power);
const WHOLE_STEPS = Array.from({ length: 14 }, (_, power) => 10 ** power).flatMap((unit) => [
  unit,
  2 * unit,
  5 * unit,
]);

/** Returns the steps of the vertical axis; uPlot's own by default. */
function stepsOf({ bytes, whole }: ChartProps): Pick<uPlot.Axis, "incrs"> {
  if (bytes === true) return { incrs: POWERS_OF_TWO };
  return whole === true ? { incrs: WHOLE_STEPS } : {};
}

/** A chart of values over time, drawn by uPlot. */
export function Chart(props: ChartProps): JSX.Element {
  const { label, series, height } = props;
  const { theme } = useConsole().state;
  // uPlot cannot change series and colours, so a new plot is created when they change.
  const look = [theme, height, ...series.map((one) => one.label)].join("\n");
  return (
    <div class="chart" role="img" aria-label={label} style={{ height: `${height}px` }}>
      <Plot key={look} {...props} />
    </div>
  );
}

function Plot(props: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(element, latest), dataOf(latest.current), element);
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: latest.current.height }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);
  const { times } = props;
  useEffect(() => {
    const { current } = plot;
    if (current !== null && current.data[0].at(-1) !== times.at(-1)) {
      current.setData(dataOf(latest.current));
    }
  }, [times]);
  return <div ref={place} />;
}

/** Returns the colour of the series with this number. */
export function seriesColour(at: number): string {
  return `var(${COLOURS[at % COLOURS.length]})`;
}

function dataOf({ times, series }: ChartProps): uPlot.AlignedData {
  return [[...times], ...series.map(({ values }) => [...values])];
}

function optionsOf(element: HTMLElement, latest: { readonly current: ChartProps }): uPlot.Options {
  const { series, height, atLeast = 0 } = latest.current;
  const grid = { stroke: colourOf(element, "--line"), width: 1 };
  const ink = colourOf(element, "--ink-faint");
  const font = "11px Inter, system-ui, sans-serif";
  const axis = { stroke: ink, font, grid, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 5 } },
    scales: {
      y: { range: (_plot, _low, high) => [0, Math.max(atLeast, (high ?? 0) * 1.1) || 1] },
    },
    axes: [
      {
        ...axis,
        space: 70,
        size: 24,
        values: (_plot, values) => values.map((value) => clockText(value * 1_000)),
      },
      {
        ...axis,
        ...stepsOf(latest.current),
        space: 28,
        size: 54,
        values: (_plot, values) => distinct(values.map(latest.current.text)),
      },
    ],
    series: [
      {},
      ...series.map(({ label }, at) => {
        const stroke = colourOf(element, COLOURS[at % COLOURS.length] ?? "--series-1");
        const fill = series.length === 1 ? { fill: faded(stroke) } : {};
        return { label, stroke, width: 1.5, points: { show: false }, ...fill };
      }),
    ],
  };
}

/** Blanks the labels that equal the one below: a rounded text must not stand at two heights. */
function distinct(texts: readonly string[]): string[] {
  return texts.map((text, at) => (text === texts[at - 1] ? "" : text));
}

/** Returns a colour of the style sheet in a form that canvas accepts. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function faded(colour: string): string {
  return `color-mix(in srgb, ${colour} 12%, transparent)`;
}
