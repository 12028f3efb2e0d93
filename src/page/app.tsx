import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Banners } from "./banners.tsx";
import { Drawer } from "./drawer/drawer.tsx";
import { Head } from "./head.tsx";
import { Help } from "./help.tsx";
import { listenToKeys } from "./keys.ts";
import { Empty } from "./parts/empty.tsx";
import { SafeArea } from "./safe-area.tsx";
import { ConsoleProvider, useConsole, usePageState } from "./state/console-context.ts";
import type { ConsoleController } from "./state/controller.ts";
import { Connection } from "./state/worker-messages.ts";
import { TabBar } from "./tab-bar.tsx";
import { TABS } from "./tabs/registry.ts";
import { Timeline } from "./timeline.tsx";

/** The whole page. */
export function App({ controller }: { readonly controller: ConsoleController }): JSX.Element {
  const state = usePageState(controller);
  useEffect(() => listenToKeys(controller), [controller]);
  const stale = state.connection === Connection.Lost || state.connection === Connection.Refused;
  return (
    <ConsoleProvider value={{ state, controller }}>
      <div class={`app${stale ? " app-stale" : ""}${state.file === null ? "" : " app-file"}`}>
        <Head />
        <Banners />
        <TabBar />
        <main class="stage">
          <SafeArea key={state.route.tab}>
            <TabContent />
          </SafeArea>
          <SafeArea key={state.route.params["actor"]}>
            <Drawer />
          </SafeArea>
        </main>
        <Timeline />
        {state.helpOpen ? <Help /> : null}
        <p class={state.notice === null ? "toast" : "toast toast-shown"} role="status">
          {state.notice}
        </p>
      </div>
    </ConsoleProvider>
  );
}

function TabContent(): JSX.Element {
  const { state } = useConsole();
  const { view, connection, route } = state;
  const tab = TABS.find(({ id }) => id === route.tab) ?? TABS[0];
  return (
    <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab?.id ?? ""}`}>
      {view === null || view.systems.length === 0 ? (
        <NothingYet connection={connection} connected={view !== null && view.atMs > 0} />
      ) : tab === undefined ? null : (
        <tab.Content />
      )}
    </div>
  );
}

interface NothingYetProps {
  readonly connection: Connection;
  readonly connected: boolean;
}

function NothingYet({ connection, connected }: NothingYetProps): JSX.Element {
  if (connection === Connection.Refused) {
    return (
      <Empty icon="alert" title="The process does not know this page" tone="bad">
        Its address changes with each start. Open the latest one that it printed.
      </Empty>
    );
  }
  if (connected) {
    return (
      <Empty icon="actors" title="No actor system yet">
        The process is running but has not created an actor system yet.
      </Empty>
    );
  }
  return (
    <Empty
      icon="actors"
      title={connection === Connection.Lost ? "The process does not answer" : "Connecting…"}
    />
  );
}
