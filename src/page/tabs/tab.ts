import type { FunctionComponent } from "preact";
import type { ConsoleView } from "../../viewer/console-view.ts";
import type { IconName } from "../parts/icon.tsx";

/** A number beside a tab's name. */
interface TabBadge {
  readonly count: number;
  readonly tone: "calm" | "warn" | "bad";
}

/** A tab of the page. */
export interface TabDefinition {
  /** As in the URL. */
  readonly id: string;
  readonly label: string;
  readonly icon: IconName;
  readonly Content: FunctionComponent;
  /** What is shown beside the tab's name while another tab is open; `null` for nothing. */
  readonly badge?: (view: ConsoleView) => TabBadge | null;
}
