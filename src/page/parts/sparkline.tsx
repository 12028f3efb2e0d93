import type { JSX } from "preact";

interface SparklineProps {
  readonly points: readonly number[];
  /** Number of points that fill the width. Fewer points are aligned to the right. */
  readonly capacity: number;
  /** Value at the top; defaults to the largest point. */
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  /** Accessible label. */
  readonly label: string;
  readonly tone?: "rate" | "depth";
  /**
   * Whether the area below the line is filled. Off for large numbers of small sparklines, where filling is
   * slow.
   */
  readonly filled?: boolean;
}

/** A line of recent values. Without values, only the axis is drawn. */
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
