import type { JSX } from "preact/jsx-runtime";
import { interpolateText } from "../../model/interpolate.ts";
import { type SpanRow, type Waterfall, waterfallOf } from "../../model/trace-tree.ts";
import { formatValue } from "../../model/unit-format.ts";
import { readTrace } from "../backends.ts";
import { clockWithMs } from "../clock.ts";
import { Fields } from "../fields.tsx";
import { lineColor } from "../palette.ts";
import type { PanelKind } from "../panel-frame.tsx";
import { type PanelProps, scopeOf, traceLink } from "../view.ts";

const NOTHING: Waterfall = { startMs: 0, durationS: 0, rows: [] };

/** The spans of one trace, each where it was in time. */
export const trace: PanelKind<Waterfall> = {
  load: async (props, signal) => {
    const id = chosenId(props);
    if (id === "") return NOTHING;
    if (!/^[0-9a-f]{1,32}$/i.test(id)) throw new Error(`not a trace id: ${id}`);
    return waterfallOf(await readTrace(id.toLowerCase(), signal));
  },
  isEmpty: ({ rows }) => rows.length === 0,
  Body: Trace,
  drawsEmpty: true,
};

/** Empty when no trace is chosen. */
function chosenId({ panel, view }: PanelProps): string {
  return interpolateText(panel.targets?.[0]?.query ?? "", scopeOf(view)).trim();
}

function Trace({ panel, view, data }: PanelProps & { data: Waterfall }): JSX.Element {
  const { rows, durationS, startMs } = data;
  if (rows.length === 0) {
    const chosen = chosenId({ panel, view }) !== "";
    return <p class="message">{chosen ? "No data" : "No trace is chosen."}</p>;
  }
  const kinds = [...new Set(rows.map(colorKey))];
  const marks = [0, 0.25, 0.5, 0.75, 1];
  const failed = rows.filter((row) => row.failed).length;
  return (
    <div class="rows waterfall">
      <p class="facts">
        {rows.length === 1 ? "1 span" : `${rows.length} spans`} in {formatValue(durationS, "s")}{" "}
        from {clockWithMs(startMs)}
        {failed === 0 ? null : <b>, {failed} failed</b>}
      </p>
      <div class="span ruler">
        <span />
        <div class="track">
          {marks.map((mark) => (
            <i key={mark} style={{ left: `${mark * 100}%` }}>
              {formatValue(durationS * mark, "s")}
            </i>
          ))}
        </div>
      </div>
      {rows.map((row) => (
        <Span
          key={row.spanId}
          {...{ row, durationS, color: lineColor(kinds.indexOf(colorKey(row))) }}
        >
          <Fields fields={fieldsOf(row)} traceLink={(id) => traceLink(view, id)} />
        </Span>
      ))}
    </div>
  );
}

/** Spans of the same actor type have the same colour; those of no actor that of their service. */
function colorKey({ attributes, service }: SpanRow): string {
  return attributes["actor.type"] ?? service;
}

function fieldsOf({
  attributes,
  service,
  spanId,
  linkedTraceIds,
}: SpanRow): Record<string, string> {
  const links = [...new Set(linkedTraceIds)].map((id, index) => [`link.${index + 1}.trace_id`, id]);
  return { "service.name": service, span_id: spanId, ...attributes, ...Object.fromEntries(links) };
}

function Span(props: {
  readonly row: SpanRow;
  readonly durationS: number;
  readonly color: string;
  readonly children: JSX.Element;
}): JSX.Element {
  const { row, durationS, color, children } = props;
  const whole = durationS || 1;
  const left = (row.startS / whole) * 100;
  const width = Math.max((row.durationS / whole) * 100, 0.3);
  const label = labelPlace(left, left + width);
  return (
    <details class={row.failed ? "failed" : ""}>
      <summary class="span">
        <span class="name" style={{ paddingLeft: `${row.depth * 12}px` }} title={row.name}>
          <i style={{ background: color }} />
          {row.name}
        </span>
        <div class="track">
          <i class="bar" style={{ left: `${left}%`, width: `${width}%`, background: color }} />
          <small class={label.inside ? "inside" : ""} style={label.style}>
            {formatValue(row.durationS, "s")}
          </small>
        </div>
      </summary>
      {children}
    </details>
  );
}

/** Right of its bar, or left of it, or where there is no room beside it, in it. All in hundredths of the whole. */
function labelPlace(
  left: number,
  right: number,
): { inside: boolean; style: Record<string, string> } {
  if (right <= 82) return { inside: false, style: { left: `${right}%` } };
  if (left >= 18) return { inside: false, style: { right: `${100 - left}%` } };
  return { inside: true, style: { right: `${100 - right}%` } };
}
