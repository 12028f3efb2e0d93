import type { JSX } from "preact";
import { plural } from "../../viewer/format.ts";
import type { WaitGraph, WaitLink, WaitNode } from "../../viewer/wait-layout.ts";
import { waitKey } from "../../viewer/wait-texts.ts";
import { useConsole } from "../state/console-context.ts";

const NODE = { width: 168, height: 44 };
/** Curvature of arrows, so that arrows in opposite directions do not overlap. */
const BEND = 26;

/** The wait-for graph. Arrows point at the actor that is waited for; deadlocks are red and thick. */
export function WaitGraphView({ graph }: { readonly graph: WaitGraph }): JSX.Element {
  const places = new Map(graph.nodes.map((node) => [node.id, node]));
  const [width, height] = [Math.max(graph.width, 320), Math.max(graph.height, 160)];
  return (
    <figure class="wait-graph" aria-label="Wait-for graph">
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
        <title>Wait-for graph</title>
        <defs>
          <Arrow id="arrow" className="arrow" />
          <Arrow id="arrow-bad" className="arrow arrow-bad" />
        </defs>
        {graph.links.map((link) => (
          <Link
            key={waitKey(link)}
            link={link}
            from={places.get(link.from)}
            to={places.get(link.to)}
          />
        ))}
        {graph.nodes.map((node) => (
          <Node key={node.id} node={node} />
        ))}
      </svg>
      {graph.hidden === 0 ? null : (
        <figcaption class="faint">
          {plural(graph.hidden, "more wait")} would not fit the picture.
        </figcaption>
      )}
    </figure>
  );
}

function Arrow({
  id,
  className,
}: {
  readonly id: string;
  readonly className: string;
}): JSX.Element {
  return (
    <marker
      id={id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="7"
      markerHeight="7"
      orient="auto-start-reverse"
    >
      <path class={className} d="M0 0L8 4L0 8Z" />
    </marker>
  );
}

function Node({ node }: { readonly node: WaitNode }): JSX.Element {
  const { controller, state } = useConsole();
  const { id, type, x, y, deadlockId, stuck } = node;
  const selected = state.route.params["actor"] === id ? " node-selected" : "";
  const marks = `${deadlockId === null ? "" : " node-deadlock"}${stuck ? " node-stuck" : ""}`;
  const remark = `${deadlockId === null ? "" : ", in a deadlock"}${stuck ? ", stuck" : ""}`;
  const place = { x: x - NODE.width / 2, y: y - NODE.height / 2, ...NODE };
  return (
    <foreignObject {...place}>
      <button
        type="button"
        class={`node${marks}${selected}`}
        title={`${id}${remark}`}
        aria-label={`${id}${remark}`}
        onClick={() => controller.openActor(id)}
      >
        <span class="strong ellipsis">{type}</span>
        <span class="mono faint ellipsis">{id.slice(id.indexOf("/") + 1)}</span>
      </button>
    </foreignObject>
  );
}

const MAX_LETTERS = 22;

function cut(text: string): string {
  return text.length > MAX_LETTERS ? `${text.slice(0, MAX_LETTERS - 1)}…` : text;
}

interface LinkProps {
  readonly link: WaitLink;
  readonly from: WaitNode | undefined;
  readonly to: WaitNode | undefined;
}

function Link({ link, from, to }: LinkProps): JSX.Element | null {
  if (from === undefined || to === undefined) return null;
  const { wait, deadlocked } = link;
  const { path, labelX, labelY } = from === to ? loop(from) : bow(from, to);
  const text = wait.messageType === null ? wait.kind : `${wait.kind} ${wait.messageType}`;
  return (
    <g class={deadlocked ? "wait-link wait-link-bad" : "wait-link"}>
      <path d={path} marker-end={deadlocked ? "url(#arrow-bad)" : "url(#arrow)"} />
      <text x={labelX} y={labelY} text-anchor="middle">
        {cut(text)}
      </text>
    </g>
  );
}

interface Curve {
  readonly path: string;
  readonly labelX: number;
  readonly labelY: number;
}

/** Returns the curve between the edges of two boxes, bent to the left of its direction. */
function bow(from: WaitNode, to: WaitNode): Curve {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const controlX = (from.x + to.x) / 2 + (dy / length) * BEND;
  const controlY = (from.y + to.y) / 2 - (dx / length) * BEND;
  const start = edgeOf(from, controlX, controlY);
  const end = edgeOf(to, controlX, controlY);
  return {
    path: `M${start.x} ${start.y}Q${controlX} ${controlY} ${end.x} ${end.y}`,
    labelX: (start.x + end.x) / 4 + controlX / 2,
    labelY: (start.y + end.y) / 4 + controlY / 2 - 5,
  };
}

function loop({ x, y }: WaitNode): Curve {
  const [top, half] = [y - NODE.height / 2, NODE.width / 4];
  return {
    path: `M${x - half} ${top}C${x - half} ${top - 48} ${x + half} ${top - 48} ${x + half} ${top - 3}`,
    labelX: x,
    labelY: top - 40,
  };
}

/** Returns where the line from a box's centre to a point crosses its edge. */
function edgeOf(
  { x, y }: WaitNode,
  toX: number,
  toY: number,
): { readonly x: number; readonly y: number } {
  const [dx, dy] = [toX - x, toY - y];
  const scale = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : (NODE.width / 2 + 3) / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : (NODE.height / 2 + 3) / Math.abs(dy),
  );
  return Number.isFinite(scale) ? { x: x + dx * scale, y: y + dy * scale } : { x, y };
}
