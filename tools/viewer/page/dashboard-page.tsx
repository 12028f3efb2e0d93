import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { JSX } from "preact/jsx-runtime";
import type { Address } from "../model/address.ts";
import type { DashboardJson } from "../model/dashboard-json.ts";
import { type Section, sectionsOf } from "../model/sections.ts";
import { resolveRange } from "../model/time-range.ts";
import { choicesOf, resolveVariables, type Variable } from "./choices.ts";
import { Panel } from "./panel-kinds.tsx";
import { TopBar } from "./top-bar.tsx";
import { useLoaded } from "./use-loaded.ts";
import { VariableBar } from "./variable-bar.tsx";
import { findTracePlace, type View } from "./view.ts";

/** What the server has to show. */
export interface Catalogue {
  readonly dashboards: readonly DashboardJson[];
  readonly everyS: number;
}

interface DashboardProps {
  readonly catalogue: Catalogue;
  readonly dashboard: DashboardJson;
  readonly address: Address;
}

interface Question extends DashboardProps {
  /** Grows with each refresh. */
  readonly turn: number;
}

const REFRESH_MS = 10_000;

async function look(
  { catalogue, dashboard, address }: Question,
  signal: AbortSignal,
): Promise<{ view: View; variables: readonly Variable[] }> {
  const { from = dashboard.time.from, to = dashboard.time.to, chosen } = address;
  const range = resolveRange(from, to, Date.now());
  const variables = await resolveVariables(dashboard.templating.list, chosen, range, signal);
  const view = {
    address: { ...address, from, to },
    range,
    choices: choicesOf(variables),
    everyS: catalogue.everyS,
    tracePlace: findTracePlace(catalogue.dashboards),
  };
  return { view, variables };
}

/** Counts up every ten seconds, unless paused, hidden, or the last turn is still under way. */
function useTurns(paused: boolean): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      const busy = document.querySelector("[aria-busy=true]") !== null;
      if (!paused && !document.hidden && !busy) setTurn((last) => last + 1);
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [paused]);
  return turn;
}

/** `value` as it was before, while it says the same. */
function useSame<Value>(value: Value): Value {
  const last = useRef(value);
  if (JSON.stringify(last.current) !== JSON.stringify(value)) last.current = value;
  return last.current;
}

/** A dashboard: what is chosen at the top, below it the rows of panels. */
export function DashboardPage({ catalogue, dashboard, address }: DashboardProps): JSX.Element {
  const [paused, setPaused] = useState(false);
  const fixed = address.to !== undefined && address.to !== "now";
  const turn = useTurns(paused || fixed);
  const asked = useSame(address);
  const question = useMemo(
    () => ({ catalogue, dashboard, address: asked, turn }),
    [catalogue, dashboard, asked, turn],
  );
  const { data, problem, busy } = useLoaded(question, look);
  const sections = useMemo(() => sectionsOf(dashboard.panels), [dashboard]);
  useEffect(() => {
    document.title = dashboard.title;
  }, [dashboard]);
  return (
    <>
      <TopBar
        {...{ catalogue, dashboard, address, paused: paused || fixed }}
        onPause={() => setPaused(!paused)}
      />
      {data === undefined ? null : <VariableBar variables={data.variables} address={address} />}
      {problem === "" ? null : <p class="message failed">{problem}</p>}
      <main aria-busy={busy}>
        {data === undefined
          ? null
          : sections.map((section) => (
              <Row key={section.title} section={section} view={data.view} />
            ))}
      </main>
    </>
  );
}

function Row({ section, view }: { section: Section; view: View }): JSX.Element {
  const { title, panels } = section;
  const grid = (
    <div class="grid">
      {panels.map((panel) => (
        <Panel key={panel.id} panel={panel} view={view} />
      ))}
    </div>
  );
  if (title === "") return grid;
  return (
    <details open>
      <summary>{title}</summary>
      {grid}
    </details>
  );
}
