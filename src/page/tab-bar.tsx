import type { JSX } from "preact";
import { countText } from "../viewer/format.ts";
import { Icon } from "./parts/icon.tsx";
import { useConsole } from "./state/console-context.ts";
import { TABS } from "./tabs/registry.ts";
import type { TabDefinition } from "./tabs/tab.ts";

/** The tabs. Arrow keys switch between them. */
export function TabBar(): JSX.Element {
  const { state, controller } = useConsole();
  const current = TABS.findIndex(({ id }) => id === state.route.tab);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = TABS[(current + step + TABS.length) % TABS.length];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    controller.openTab(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tab-bar" role="tablist" aria-label="Views" onKeyDown={onKeyDown} tabIndex={-1}>
      {TABS.map((tab, at) => (
        <Tab key={tab.id} tab={tab} open={at === current} />
      ))}
    </div>
  );
}

interface TabProps {
  readonly tab: TabDefinition;
  readonly open: boolean;
}

function Tab({ tab, open }: TabProps): JSX.Element {
  const { state, controller } = useConsole();
  const { id, label, icon, badge } = tab;
  const mark = state.view === null ? null : (badge?.(state.view) ?? null);
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${id}`}
      class="tab"
      aria-selected={open}
      aria-controls="tab-panel"
      tabIndex={open ? 0 : -1}
      onClick={() => controller.openTab(id)}
    >
      <Icon name={icon} />
      {label}
      {mark === null ? null : (
        <span class={`badge badge-${mark.tone}`}>{countText(mark.count)}</span>
      )}
    </button>
  );
}
