import type { JSX } from "preact";
import { countText, plural } from "../../viewer/format.ts";
import { edgeLabel, edgeSentence, failedShare } from "../../viewer/map/edge-texts.ts";
import type { InteractionMap, MapLink, MapNode } from "../../viewer/map/map-layout.ts";
import { useConsole } from "../state/console-context.ts";

const NODE = { width: 148, height: 34 };
/** How far lines that lead back, or to their own node, are bent away. */
const BACK = 54;
/** The thinnest line of failures that can be seen. */
const MIN_FAILED = 1.5;

interface MapViewProps {
  readonly map: InteractionMap;
  /** Id of the open edge. */
  readonly open: string;
  readonly onOpen: (id: string) => void;
}

/** The map of who talks to whom. The table beneath has the same data for keyboards and screen readers. */
export function MapView({ map, open, onOpen }: MapViewProps): JSX.Element {
  const { width, height, nodes, links, hidden } = map;
  return (
    <figure class="map-graph" aria-label="Map of who talks to whom">
      <div class="map-scroll">
        <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
          <title>Who talks to whom</title>
          <defs>
            <marker
              id="map-arrow"
              viewBox="0 0 8 8"
              refX="6"
              refY="4"
              markerWidth="9"
              markerHeight="9"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path class="map-arrow" d="M0 0L8 4L0 8Z" />
            </marker>
          </defs>
          {links.map((link) => (
            <Link key={link.id} link={link} open={link.id === open} onOpen={onOpen} />
          ))}
          {links.map((link) => (link.labelled ? <Label key={link.id} link={link} /> : null))}
          {nodes.map((node) => (
            <Node key={node.name} node={node} />
          ))}
        </svg>
      </div>
      {hidden.edges === 0 ? null : (
        <figcaption class="faint">
          The {countText(links.length)} busiest pairs are drawn. {plural(hidden.edges, "more pair")}{" "}
          with {plural(hidden.sent, "recent message")} in all are only in the table.
        </figcaption>
      )}
    </figure>
  );
}

function Node({ node }: { readonly node: MapNode }): JSX.Element {
  const { controller } = useConsole();
  const { name, type, x, y } = node;
  const place = { x: x - NODE.width / 2, y: y - NODE.height / 2, ...NODE };
  return (
    <foreignObject {...place}>
      {type === null ? (
        <span class="node map-origin" title={name}>
          <span class="faint ellipsis">{name}</span>
        </span>
      ) : (
        <button
          type="button"
          class="node"
          title={`Show the actors of type ${type}`}
          aria-label={`Show the actors of type ${type}`}
          onClick={() => controller.openTab("actors", { type })}
        >
          <span class="strong ellipsis">{name}</span>
        </button>
      )}
    </foreignObject>
  );
}

interface LinkProps {
  readonly link: MapLink;
  readonly open: boolean;
  readonly onOpen: (id: string) => void;
}

function Link({ link, open, onOpen }: LinkProps): JSX.Element {
  const { id, row, width } = link;
  const { path } = curveOf(link);
  const failed = failedShare(row);
  const idle = row.recent.sent === 0 ? " map-link-idle" : "";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys act on the table beneath, which has the same edges
    <g
      class={`map-link${idle}${open ? " map-link-open" : ""}`}
      data-edge={id}
      onClick={() => onOpen(id)}
    >
      <title>{edgeSentence(row)}</title>
      <path class="map-target" d={path} />
      <path class="map-line" d={path} style={{ strokeWidth: width }} marker-end="url(#map-arrow)" />
      {failed === 0 ? null : (
        <path
          class="map-failed"
          d={path}
          style={{ strokeWidth: Math.max(MIN_FAILED, width * failed) }}
        />
      )}
    </g>
  );
}

function Label({ link }: { readonly link: MapLink }): JSX.Element {
  const { x, y, anchor = "middle" } = curveOf(link);
  const bad = link.row.recent.failed > 0 ? " map-label-bad" : "";
  return (
    <text class={`map-label${bad}`} x={x} y={y} text-anchor={anchor}>
      {edgeLabel(link.row)}
    </text>
  );
}

interface Curve {
  readonly path: string;
  /** Place of the label. */
  readonly x: number;
  readonly y: number;
  readonly anchor?: "start";
}

/** Returns the line between the sides of two boxes: straight on to the right, and around the boxes elsewhere. */
function curveOf({ from, to }: MapLink): Curve {
  const half = NODE.width / 2;
  if (from === to) return loop(from);
  if (to.x > from.x) {
    const [startX, endX] = [from.x + half, to.x - half - 3];
    const reach = (endX - startX) / 2;
    const controls = `${startX + reach} ${from.y} ${endX - reach} ${to.y}`;
    return {
      path: `M${startX} ${from.y}C${controls} ${endX} ${to.y}`,
      ...alongCurve(startX, from.y, endX, to.y),
    };
  }
  const low = Math.max(from.y, to.y) + BACK;
  if (to.x === from.x) return beside(from, to);
  const [startX, endX] = [from.x - half, to.x + half + 3];
  return {
    path: `M${startX} ${from.y}C${startX - BACK} ${low} ${endX + BACK} ${low} ${endX} ${to.y}`,
    x: (startX + endX) / 2,
    y: low * 0.75 + (from.y + to.y) * 0.125 - 5,
  };
}

/** Returns the line between two boxes of one column, on their right. */
function beside(from: MapNode, to: MapNode): Curve {
  const startX = from.x + NODE.width / 2;
  const bend = startX + BACK;
  return {
    path: `M${startX} ${from.y}C${bend} ${from.y} ${bend} ${to.y} ${startX + 3} ${to.y}`,
    x: startX + BACK * 0.75 + 6,
    y: (from.y + to.y) / 2 + 4,
    anchor: "start",
  };
}

/** The share of a line after which its label stands: lines that begin at one node have parted there. */
const LABEL_AT = 0.62;

/** Returns the point of the curve at {@link LABEL_AT}. */
function alongCurve(
  startX: number,
  startY: number,
  endX: number,
  endY: number,
): { readonly x: number; readonly y: number } {
  const t = LABEL_AT;
  const bow = 3 * (1 - t) * t;
  const middle = (startX + endX) / 2;
  const x = (1 - t) ** 3 * startX + bow * middle + t ** 3 * endX;
  const y = ((1 - t) ** 3 + bow * (1 - t)) * startY + (bow * t + t ** 3) * endY;
  return { x, y: y - 5 };
}

function loop({ x, y }: MapNode): Curve {
  const [top, half] = [y - NODE.height / 2, NODE.width / 4];
  return {
    path: `M${x - half} ${top}C${x - half} ${top - 34} ${x + half} ${top - 34} ${x + half} ${top - 3}`,
    x,
    y: top - 28,
  };
}
