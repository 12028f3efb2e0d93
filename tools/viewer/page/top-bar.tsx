import type { JSX } from "preact/jsx-runtime";
import { type Address, writeAddress } from "../model/address.ts";
import type { DashboardJson } from "../model/dashboard-json.ts";
import type { Catalogue } from "./dashboard-page.tsx";

interface TopBarProps {
  readonly catalogue: Catalogue;
  readonly dashboard: DashboardJson;
  readonly address: Address;
  readonly paused: boolean;
  readonly onPause: () => void;
}

const RANGES = ["5m", "15m", "30m", "1h"];

/** `limelight / Overview` without what all dashboards have in common. */
function shortTitle({ title }: DashboardJson): string {
  return title.replace(/^.*\/ /, "");
}

/** The way to the other dashboards, and from when to when. */
export function TopBar(props: TopBarProps): JSX.Element {
  const { catalogue, dashboard, address, paused, onPause } = props;
  const from = address.from ?? dashboard.time.from;
  return (
    <header class="top">
      <a class="brand" href="/d/">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 4 L21 21 H3 Z" />
          <circle cx="12" cy="4.5" r="3" />
        </svg>
        limelight
      </a>
      <nav class="boards">
        {catalogue.dashboards.map((each) => (
          <a
            key={each.uid}
            href={writeAddress({ ...address, uid: each.uid })}
            aria-current={each.uid === dashboard.uid ? "page" : undefined}
            title={each.description}
          >
            {shortTitle(each)}
          </a>
        ))}
      </nav>
      <fieldset class="times" aria-label="Time range">
        {RANGES.map((range) => (
          <a
            key={range}
            href={writeAddress({ ...address, from: `now-${range}`, to: "now" })}
            aria-current={from === `now-${range}` ? "true" : undefined}
            title={`The last ${range}`}
          >
            {range}
          </a>
        ))}
      </fieldset>
      <button
        type="button"
        class={paused ? "paused" : "live"}
        aria-pressed={paused}
        onClick={onPause}
      >
        {paused ? "Paused" : "Live, every 10 s"}
      </button>
    </header>
  );
}
