import { useMemo } from "preact/hooks";
import type { JSX } from "preact/jsx-runtime";
import { interpolateText } from "../model/interpolate.ts";
import { type Loaded, useLoaded } from "./use-loaded.ts";
import { type PanelProps, scopeOf } from "./view.ts";

/** How a kind of panel asks and draws. */
export interface PanelKind<Data> {
  readonly load: (props: PanelProps, signal: AbortSignal) => Promise<Data>;
  readonly isEmpty: (data: Data) => boolean;
  readonly Body: (props: PanelProps & { readonly data: Data }) => JSX.Element;
  /** Draws what is empty as well. */
  readonly drawsEmpty?: boolean;
}

/** What a panel shows; tests and pictures wait for it. */
type PanelState = "loading" | "data" | "empty" | "error";

function stateOf<Data>({ data, problem }: Loaded<Data>, { isEmpty }: PanelKind<Data>): PanelState {
  if (problem !== "") return "error";
  if (data === undefined) return "loading";
  return isEmpty(data) ? "empty" : "data";
}

/** The component of a kind of panel. */
export function panelOf<Data>(kind: PanelKind<Data>): (props: PanelProps) => JSX.Element {
  return (props) => <Frame kind={kind} {...props} />;
}

/** A panel's frame, and in it the data, "No data" or what is wrong. */
function Frame<Data>({
  kind,
  panel,
  view,
}: PanelProps & { readonly kind: PanelKind<Data> }): JSX.Element {
  const { Body, drawsEmpty = false } = kind;
  const loaded = useLoaded(
    useMemo(() => ({ panel, view }), [panel, view]),
    kind.load,
  );
  const { data, problem, busy } = loaded;
  const state = stateOf(loaded, kind);
  const drawn = data !== undefined && (state === "data" || (state === "empty" && drawsEmpty));
  const { x, y, w, h } = panel.gridPos;
  const place = { "--column": `${x + 1} / span ${w}`, "--row": `${y + 1} / span ${h}` };
  const title = interpolateText(panel.title ?? "", scopeOf(view)).trim();
  return (
    <section
      class={`panel ${panel.type}`}
      style={place}
      aria-busy={busy}
      data-state={state}
      data-title={panel.title}
    >
      <header>
        <h3>{title}</h3>
        {panel.description === undefined ? null : (
          <span
            class="about"
            role="note"
            aria-label={panel.description}
            data-text={panel.description}
          >
            i
          </span>
        )}
      </header>
      <div class="body">
        {drawn ? <Body panel={panel} view={view} data={data} /> : null}
        {state === "empty" && !drawn ? <p class="message">No data</p> : null}
        {state === "error" ? <p class="message failed">{problem}</p> : null}
      </div>
    </section>
  );
}
