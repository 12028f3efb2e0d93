import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { clockText, durationText, plural } from "../../viewer/format.ts";
import { criticalPath } from "../../viewer/traces/critical-path.ts";
import { rootScale, wholeScale } from "../../viewer/traces/trace-lanes.ts";
import type { TraceDetail } from "../../wire/answers.ts";
import { IconButton, Switch } from "../parts/controls.tsx";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { LogLines } from "../parts/log-lines.tsx";
import { useAnswer, useConsole } from "../state/console-context.ts";
import { SpanFacts } from "./span-facts.tsx";
import { SpanTree } from "./span-tree.tsx";
import { TraceLanes } from "./trace-lanes-view.tsx";

const REFRESH_MS = 2_000;

/** One trace: its spans by actor, and its log lines. */
export function TracePane({ traceId }: { readonly traceId: string }): JSX.Element {
  const { controller } = useConsole();
  const { source } = controller;
  const [known, setKnown] = useState<TraceDetail | null>(null);
  const answer = useAnswer(
    `${source.live} ${traceId}`,
    () => source.trace(traceId),
    source.live && known?.trace.complete !== true ? REFRESH_MS : 0,
  );
  const detail = answer?.value ?? known;
  if (detail !== null && detail !== known) setKnown(detail);
  return (
    <section class="pane" aria-label="Trace">
      {detail === null ? (
        <div class="pane-body">
          <div class="pane-close">
            <IconButton
              icon="close"
              label="Close (Esc)"
              onClick={() => controller.setParams({ open: "" })}
            />
          </div>
          {answer?.problem === undefined || answer.problem === null ? null : (
            <Empty icon="traces" title="This trace cannot be shown" tone="bad">
              {answer.problem}
            </Empty>
          )}
        </div>
      ) : (
        <TraceContent detail={detail} />
      )}
    </section>
  );
}

type Mode = "lanes" | "spans";

/** If the root takes more than this share of the trace, the whole trace is shown. */
const LONG_ROOT = 0.6;

function TraceContent({ detail }: { readonly detail: TraceDetail }): JSX.Element {
  const [mode, setMode] = useState<Mode>("lanes");
  const [zoomed, setZoomed] = useState(false);
  const [spanId, setSpanId] = useState("");
  const { spans, logs } = detail;
  const [whole, root] = [wholeScale(spans), rootScale(spans)];
  const selected = spans.find((span) => span.spanId === spanId);
  const drawing = {
    spans,
    scale: zoomed ? root : whole,
    critical: criticalPath(spans),
    selected: spanId,
    onSelect: (id: string) => setSpanId(id === spanId ? "" : id),
  };
  return (
    <>
      <TraceHead detail={detail} />
      <div class="pane-tools">
        <Switch label="View" value={mode} onChoose={setMode} options={MODES} />
        {root.totalMs > LONG_ROOT * whole.totalMs ? null : (
          <Switch
            label="Time"
            value={zoomed ? "root" : "whole"}
            onChoose={(choice) => setZoomed(choice === "root")}
            options={SCALES}
          />
        )}
        <Legend />
      </div>
      <div class="pane-body">
        {mode === "lanes" ? <TraceLanes {...drawing} /> : <SpanTree {...drawing} />}
        {selected === undefined ? null : <SpanFacts span={selected} />}
        <h3 class="section-title">
          Log lines <span class="faint">{logs.length}</span>
        </h3>
        {logs.length === 0 ? (
          <p class="hint">Nothing was logged in this trace, or its lines have left the ring.</p>
        ) : (
          <LogLines lines={logs} />
        )}
      </div>
    </>
  );
}

const MODES = [
  ["lanes", "Actors"],
  ["spans", "Spans"],
] as const;
const SCALES = [
  ["whole", "Whole trace"],
  ["root", "Until the answer"],
] as const;

function Legend(): JSX.Element {
  return (
    <span class="legend faint" aria-hidden="true">
      <span class="key key-wait" /> in the mailbox
      <span class="key key-work" /> handled
      <span class="key key-ask" /> asks
      <span class="key key-critical" /> critical path
    </span>
  );
}

function TraceHead({ detail }: { readonly detail: TraceDetail }): JSX.Element {
  const { controller, state } = useConsole();
  const { traceId, name, durationMs, spans, errors, startedAtMs, complete } = detail.trace;
  const link = outsideLink(state.summary?.traceLink ?? null, traceId);
  const copy = (): void => {
    void navigator.clipboard.writeText(traceId).then(
      () => controller.notify("Trace id copied."),
      () => controller.notify(`The browser does not let it be copied: ${traceId}`),
    );
  };
  return (
    <header class="pane-head">
      <div class="pane-title">
        <h2>{name}</h2>
        <p class="faint">
          {clockText(startedAtMs)} · {durationText(durationMs)} · {plural(spans, "span")}
          {errors > 0 ? <span class="bad"> · {plural(errors, "error")}</span> : null}
          {complete ? null : " · its root has not ended"} ·{" "}
          <span class="mono">{traceId.slice(0, 12)}…</span>
        </p>
      </div>
      <IconButton icon="copy" label="Copy trace id" onClick={copy} />
      {link === null ? null : (
        <a class="button" href={link} target="_blank" rel="noreferrer noopener">
          <Icon name="external" />
          <span>Open outside</span>
        </a>
      )}
      <IconButton
        icon="close"
        label="Close (Esc)"
        onClick={() => controller.setParams({ open: "" })}
      />
    </header>
  );
}

/**
 * Returns the address of a trace in another tool. Only HTTP addresses are allowed, because files are
 * untrusted.
 */
function outsideLink(pattern: string | null, traceId: string): string | null {
  if (pattern === null) return null;
  const link = pattern.replaceAll("{traceId}", encodeURIComponent(traceId));
  return /^https?:\/\//i.test(link) ? link : null;
}
