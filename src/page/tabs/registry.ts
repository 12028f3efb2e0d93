import { actorsTab } from "./actors-tab.tsx";
import { logsTab } from "./logs-tab.tsx";
import { metricsTab } from "./metrics-tab.tsx";
import { systemTab } from "./system-tab.tsx";
import type { TabDefinition } from "./tab.ts";
import { tracesTab } from "./traces-tab.tsx";
import { waitsTab } from "./waits-tab.tsx";
import { warningsTab } from "./warnings-tab.tsx";

/** The tabs, in their order; a new one is a file and a line here. */
export const TABS: readonly TabDefinition[] = [
  actorsTab,
  tracesTab,
  logsTab,
  waitsTab,
  metricsTab,
  warningsTab,
  systemTab,
];
