import { clusterTab } from "../cluster/cluster-tab.tsx";
import { mapTab } from "../map/map-tab.tsx";
import { actorsTab } from "./actors-tab.tsx";
import { keysTab } from "./keys-tab.tsx";
import { logsTab } from "./logs-tab.tsx";
import { metricsTab } from "./metrics-tab.tsx";
import { systemTab } from "./system-tab.tsx";
import type { TabDefinition } from "./tab.ts";
import { tracesTab } from "./traces-tab.tsx";
import { waitsTab } from "./waits-tab.tsx";
import { warningsTab } from "./warnings-tab.tsx";

/** The tabs in order. A new tab is a file and an entry here. */
export const TABS: readonly TabDefinition[] = [
  actorsTab,
  keysTab,
  tracesTab,
  logsTab,
  waitsTab,
  mapTab,
  metricsTab,
  warningsTab,
  systemTab,
  clusterTab,
];
