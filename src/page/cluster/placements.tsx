import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { countText, durationText } from "../../viewer/format.ts";
import type { PlacementRow } from "../../wire/cluster.ts";
import { FilterChoice, FilterText, Toolbar } from "../parts/controls.tsx";
import { useAnswer, useConsole } from "../state/console-context.ts";
import { KeyLink, RunnerLink } from "./key-link.tsx";

const REFRESH_MS = 5_000;

const STATUSES: readonly (readonly [string, string])[] = [
  ["", "Any state"],
  ...["pending", "starting", "running", "stopping", "asleep", "backoff", "failed"].map(
    (status) => [status, status] as const,
  ),
];

/** Where actors are, page by page, by the filters of the URL. */
export function Placements({ system }: { readonly system: string }): JSX.Element {
  const { state, controller } = useConsole();
  const { source } = controller;
  const { q = "", of = "", status = "", runner = "", at = "" } = state.route.params;
  const wanted = { system, prefix: q, type: of, status, runner, cursor: at };
  const answer = useAnswer(
    `${source.live} ${JSON.stringify(wanted)}`,
    () => source.placements(wanted),
    source.live ? REFRESH_MS : 0,
  );
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (runner !== "") top.current?.scrollIntoView({ block: "nearest" });
  }, [runner]);
  const set = (params: Readonly<Record<string, string>>): void => controller.setParams(params);
  return (
    <div ref={top}>
      <Toolbar>
        <FilterText param="of" label="Type" />
        <FilterText param="q" label="Keys that begin with" />
        <FilterChoice param="status" label="State" options={STATUSES} />
        {runner === "" ? null : (
          <button type="button" class="button" onClick={() => set({ runner: "", at: "" })}>
            on {runner} ×
          </button>
        )}
      </Toolbar>
      {answer === null ? null : answer.problem === null ? (
        <Page
          rows={answer.value.placements}
          next={answer.value.cursor}
          isFirst={at === ""}
          go={(cursor) => set({ at: cursor })}
        />
      ) : (
        <p class="hint">{answer.problem}</p>
      )}
    </div>
  );
}

interface PageProps {
  readonly rows: readonly PlacementRow[];
  readonly next: string | null;
  readonly isFirst: boolean;
  readonly go: (cursor: string) => void;
}

function Page({ rows, next, isFirst, go }: PageProps): JSX.Element {
  const nowAtMs = useConsole().state.view?.newestAtMs ?? 0;
  return (
    <>
      {rows.length === 0 ? <p class="hint">No actor is placed that fits.</p> : null}
      <ul class="key-items">
        {rows.map((row) => (
          <li key={row.id}>
            <span class="key-item">
              <KeyLink id={row.id} /> {row.status}
              {row.runnerId === null ? null : (
                <>
                  {" "}
                  on <RunnerLink id={row.runnerId} />
                </>
              )}
            </span>
            <span class="faint">
              {row.reason.replaceAll("_", " ")}, for{" "}
              {durationText(Math.max(0, nowAtMs - row.sinceAtMs))}, activation{" "}
              {countText(row.generation)}
              {row.attempts === 0 ? "" : `, ${countText(row.attempts)} failed starts`}
            </span>
          </li>
        ))}
      </ul>
      <p class="actions">
        {isFirst ? null : (
          <button type="button" class="link" onClick={() => go("")}>
            first page
          </button>
        )}
        {next === null ? null : (
          <button type="button" class="link" onClick={() => go(next)}>
            next page
          </button>
        )}
      </p>
    </>
  );
}
