import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { bytesText, countText, durationText, plural } from "../../viewer/format.ts";
import { keysFilter } from "../../viewer/queries.ts";
import type { KeyedTypeRow, KeyListRow } from "../../wire/keys.ts";
import { FilterSwitch, FilterText, Toolbar } from "../parts/controls.tsx";
import { Empty } from "../parts/empty.tsx";
import { type Column, Grid } from "../parts/grid.tsx";
import { useAnswer, useConsole } from "../state/console-context.ts";
import { type KeyPages, useKeyPages } from "../state/key-list.ts";
import type { LoadedKeys } from "../state/key-pager.ts";
import { KeyPane } from "./key-pane.tsx";
import { AwakeTag } from "./key-parts.tsx";
import type { TabDefinition } from "./tab.ts";

const ROW_HEIGHT = 28;
const TYPES_MS = 5_000;
/** The next page is read when fewer rows than this follow the visible ones. */
const READ_AHEAD = 40;

const STATES: readonly (readonly [string, string])[] = [
  ["", "All"],
  ["awake", "Awake"],
  ["asleep", "Asleep"],
];

/** Keyed actors, awake and asleep. Nothing here wakes one, except for the actions. */
export const keysTab: TabDefinition = {
  id: "keys",
  label: "Keys",
  icon: "keys",
  Content: KeysTab,
};

function KeysTab(): JSX.Element {
  const { state, controller } = useConsole();
  const { source } = controller;
  const system = state.view?.system?.system.name ?? "";
  const answer = useAnswer(
    `types ${source.live}`,
    () => source.keyTypes(),
    source.live ? TYPES_MS : 0,
  );
  const types = answer?.value?.filter((row) => row.system === system) ?? null;
  const filter = keysFilter(state.route.params);
  const type = filter.type === "" ? (types?.[0]?.type ?? "") : filter.type;
  const pages = useKeyPages(source, { ...filter, type, system });
  if (answer !== null && answer.problem !== null) {
    return (
      <Empty icon="keys" title="Keys cannot be shown">
        {answer.problem}
      </Empty>
    );
  }
  if (types === null) return <div class="tab-body" />;
  if (types.length === 0) return <NoTypes />;
  const open = state.route.params["key"] ?? "";
  return (
    <div class="tab-body">
      <TypeBar types={types} chosen={type} />
      <KeysToolbar loaded={pages.loaded} />
      <div class={open === "" ? "split" : "split split-open"}>
        <div class="split-list">
          <Keys pages={pages} open={open} />
        </div>
        {open === "" ? null : (
          <KeyPane key={open} id={open} system={system} onChange={pages.refresh} />
        )}
      </div>
    </div>
  );
}

interface TypeBarProps {
  readonly types: readonly KeyedTypeRow[];
  readonly chosen: string;
}

/** The types with their numbers of actors. */
function TypeBar({ types, chosen }: TypeBarProps): JSX.Element {
  const { controller } = useConsole();
  return (
    <div class="key-types" role="toolbar" aria-label="Types of keyed actors">
      {types.map(({ type, defined, awake, asleep, more }) => (
        <button
          key={type}
          type="button"
          class="key-type"
          aria-pressed={type === chosen}
          onClick={() => controller.setParams({ type, key: "", q: "" })}
        >
          <span class="strong">{type}</span>
          <span class="faint">
            {countText(awake)} awake, {countText(asleep)}
            {more ? "+" : ""} asleep{defined ? "" : ", not defined"}
          </span>
        </button>
      ))}
    </div>
  );
}

function KeysToolbar({ loaded }: { readonly loaded: LoadedKeys | null }): JSX.Element {
  const { state } = useConsole();
  return (
    <Toolbar>
      <FilterText param="q" label="Keys that begin with" />
      <FilterSwitch param="state" label="State" options={STATES} />
      <span class="toolbar-end faint" role="status">
        {loaded === null ? "" : plural(loaded.rows.length, "key")}
        {loaded === null || loaded.cursor === null ? "" : " read, more follow"}
        {state.atMs === null ? "" : ", as of now"}
      </span>
    </Toolbar>
  );
}

interface KeysProps {
  readonly pages: KeyPages;
  readonly open: string;
}

function Keys({ pages, open }: KeysProps): JSX.Element | null {
  const { state, controller } = useConsole();
  const [cursor, setCursor] = useState("");
  const { loaded, more } = pages;
  if (loaded === null) return null;
  const { rows, problem } = loaded;
  if (problem !== null && rows.length === 0) {
    return (
      <Empty icon="keys" title="The keys cannot be read" tone="bad">
        {problem}
      </Empty>
    );
  }
  if (rows.length === 0) return <NoKeys />;
  return (
    <Grid<KeyListRow>
      role="grid"
      label="Keys"
      columns={columnsAt(
        state.view?.newestAtMs ?? 0,
        rows.some(({ runnerId }) => runnerId !== undefined),
      )}
      rows={rows}
      from={0}
      total={rows.length}
      rowHeight={ROW_HEIGHT}
      rowId={({ id }) => id}
      rowLook={({ id }) => ({ selected: id === open })}
      cursor={cursor}
      onCursor={setCursor}
      onOpen={(id) => controller.setParams({ key: id === open ? "" : id }, "push")}
      onWindow={({ from, count }) => {
        if (from + count + READ_AHEAD > rows.length) more();
      }}
    />
  );
}

const RUNNER: Column<KeyListRow> = {
  key: "runner",
  head: "Runner",
  width: "160px",
  title: "The process of the cluster that has the actor",
  cell: ({ runnerId }) => <span class="mono ellipsis">{runnerId ?? ""}</span>,
};

/** @param isSpread whether any of the actors is known to be on a runner of a cluster */
function columnsAt(nowAtMs: number, isSpread: boolean): readonly Column<KeyListRow>[] {
  return [
    {
      key: "key",
      head: "Key",
      cell: ({ id, type }) => <span class="mono ellipsis">{id.slice(type.length + 1)}</span>,
    },
    ...(isSpread ? [RUNNER] : []),
    { key: "awake", head: "State", width: "92px", cell: ({ awake }) => <AwakeTag awake={awake} /> },
    {
      key: "used",
      head: "Last used",
      width: "112px",
      right: true,
      title: "Since it was last created, woken or put to sleep",
      cell: ({ usedAtMs }) => durationText(Math.max(0, nowAtMs - usedAtMs)),
    },
    {
      key: "bytes",
      head: "State size",
      width: "92px",
      right: true,
      cell: ({ stateBytes }) => bytesText(stateBytes),
    },
    {
      key: "schedules",
      head: "Schedules",
      width: "92px",
      right: true,
      cell: ({ schedules }) => <Amount of={schedules} />,
    },
    {
      key: "queued",
      head: "Queued",
      width: "80px",
      right: true,
      cell: ({ queued }) => <Amount of={queued} />,
    },
    {
      key: "generation",
      head: "Wakes",
      width: "80px",
      right: true,
      title: "Number of activations so far",
      cell: ({ generation }) => countText(generation),
    },
  ];
}

function Amount({ of }: { readonly of: number }): JSX.Element {
  return <span class={of === 0 ? "faint" : ""}>{countText(of)}</span>;
}

function NoTypes(): JSX.Element {
  return (
    <Empty icon="keys" title="No keyed actors">
      Actors that are defined with defineKeyedActor appear here, awake or asleep.
    </Empty>
  );
}

function NoKeys(): JSX.Element {
  const { prefix, state } = keysFilter(useConsole().state.route.params);
  return prefix === "" && state === "" ? (
    <Empty icon="keys" title="No keys yet">
      Nothing is stored for actors of this type.
    </Empty>
  ) : (
    <Empty icon="search" title="No key matches the filter">
      Keys are found by their beginning. The parts of a key are joined by a comma.
    </Empty>
  );
}
