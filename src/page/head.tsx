import type { ComponentChildren, JSX } from "preact";
import { countText, rateText } from "../viewer/format.ts";
import { IconButton } from "./parts/controls.tsx";
import type { IconName } from "./parts/icon.tsx";
import { Sparkline } from "./parts/sparkline.tsx";
import { useConsole } from "./state/console-context.ts";
import { chooseFile } from "./state/files.ts";
import type { Theme } from "./state/theme.ts";
import { Connection } from "./state/worker-messages.ts";

/** The header: the process, four key figures, and the page's own controls. */
export function Head(): JSX.Element {
  return (
    <header class="head">
      <Brand />
      <SystemChoice />
      <Figures />
      <ConnectionState />
      <Tools />
    </header>
  );
}

function Brand(): JSX.Element {
  const { summary } = useConsole().state;
  return (
    <div class="brand">
      <svg class="logo" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
        <path class="logo-beam" d="M16 3 29 28H3Z" />
        <ellipse class="logo-spot" cx="16" cy="25" rx="8" ry="3.6" />
        <circle class="logo-lamp" cx="16" cy="5" r="3" />
      </svg>
      <h1>limelight</h1>
      {summary === null ? null : (
        <span class="faint">
          {summary.process.service ?? "process"} · {summary.process.pid}
        </span>
      )}
    </div>
  );
}

/** Selects one of several systems; renders nothing when there is only one. */
function SystemChoice(): JSX.Element | null {
  const { state, controller } = useConsole();
  const systems = state.view?.systems ?? [];
  if (systems.length < 2) return null;
  return (
    <label class="field">
      <span class="field-label">System</span>
      <select
        value={state.view?.system?.system.name ?? ""}
        onChange={({ currentTarget }) =>
          controller.setParams({ system: currentTarget.value, actor: "" }, "push")
        }
      >
        {systems.map(({ name, active, deadlocks }) => (
          <option key={name} value={name}>
            {name} ({countText(active)}
            {deadlocks.length > 0 ? ", deadlock" : ""})
          </option>
        ))}
      </select>
    </label>
  );
}

function Figures(): JSX.Element {
  const { view } = useConsole().state;
  const totals = view?.system?.totals;
  return (
    <dl class="figures">
      <Figure name="actors">{countText(totals?.active ?? 0)}</Figure>
      <Figure name="msg/s">
        {rateText(view?.handledRate ?? 0)}
        <Sparkline
          width={96}
          capacity={90}
          height={20}
          points={view?.recentRates ?? []}
          label="recent messages per second"
        />
      </Figure>
      <Figure name="waiting">{countText(totals?.waiting ?? 0)}</Figure>
      <Figure name="failures" bad={(totals?.failures ?? 0) > 0}>
        {countText(totals?.failures ?? 0)}
      </Figure>
      <Figure name="dead letters" bad={(totals?.deadLetters ?? 0) > 0}>
        {countText(totals?.deadLetters ?? 0)}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly bad?: boolean;
  readonly children: ComponentChildren;
}

function Figure({ name, bad, children }: FigureProps): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={bad === true ? "warn" : ""}>{children}</dd>
    </div>
  );
}

const CONNECTIONS: Readonly<Record<Connection, string>> = {
  [Connection.Connecting]: "connecting",
  [Connection.Live]: "live",
  [Connection.Lost]: "reconnecting",
  [Connection.Refused]: "not connected",
  [Connection.Asleep]: "asleep",
  [Connection.File]: "imported",
};

function ConnectionState(): JSX.Element {
  const { connection, atMs } = useConsole().state;
  const paused = atMs !== null && connection === Connection.Live;
  return (
    <span class={`connection connection-${paused ? "paused" : connection}`} role="status">
      {paused ? "paused" : CONNECTIONS[connection]}
    </span>
  );
}

const THEMES: Readonly<Record<Theme, { readonly icon: IconName; readonly label: string }>> = {
  auto: { icon: "auto", label: "Theme: as the system's" },
  light: { icon: "sun", label: "Theme: light" },
  dark: { icon: "moon", label: "Theme: dark" },
};

function Tools(): JSX.Element {
  const { state, controller } = useConsole();
  const paused = state.atMs !== null;
  return (
    <div class="tools">
      <IconButton
        icon={paused ? "play" : "pause"}
        label={paused ? "Go on (p)" : "Pause (p)"}
        pressed={paused}
        onClick={() => controller.togglePause()}
      />
      <IconButton
        icon="save"
        label="Export a snapshot"
        onClick={() => void controller.exportFile()}
      />
      <IconButton
        icon="open"
        label="Import a snapshot"
        onClick={() => chooseFile((name, text) => controller.openFile(name, text))}
      />
      <IconButton {...THEMES[state.theme]} onClick={() => controller.cycleTheme()} />
      <IconButton
        icon="help"
        label="Keyboard shortcuts (?)"
        onClick={() => controller.showHelp(true)}
      />
    </div>
  );
}
