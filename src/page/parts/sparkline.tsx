import type { JSX } from "preact";

interface SparklineProps {
  readonly points: readonly number[];
  /** How many points fill its width; fewer stand on the right. */
  readonly capacity: number;
  /** What reaches to the top; the largest point when left out. */
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly tone?: "rate" | "depth";
  /** Whether the field below the line has a colour: no for many small ones, which cost time to draw. */
  readonly filled?: boolean;
}

/** A line of the last numbers. Nothing but its axis when there are none. */
export function Sparkline(props: SparklineProps): JSX.Element {
  const { points, capacity, width, height, label, tone = "rate", filled = true } = props;
  const top = Math.max(props.top ?? 0, ...points, Number.MIN_VALUE);
  const flat = points.every((point) => point === 0);
  const step = width / (capacity - 1);
  const left = width - (points.length - 1) * step;
  const at = (point: number, index: number): string =>
    `${(left + index * step).toFixed(1)} ${(height - 1 - (point / top) * (height - 2)).toFixed(1)}`;
  const line = flat ? `M0 ${height - 1}H${width}` : `M${points.map(at).join("L")}`;
  return (
    <svg
      class={flat ? "spark spark-flat" : `spark spark-${tone}`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      {flat || !filled ? null : (
        <path class="spark-area" d={`${line}L${width} ${height}L${left.toFixed(1)} ${height}Z`} />
      )}
      <path class="spark-line" d={line} />
    </svg>
  );
}
