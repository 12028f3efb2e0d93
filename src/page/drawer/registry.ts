import { actionsSection } from "./actions-section.tsx";
import { connectionsSection } from "./connections-section.tsx";
import { failuresSection } from "./failures-section.tsx";
import { handlerSection } from "./handler-section.tsx";
import { keySection } from "./key-section.tsx";
import { messagesSection } from "./messages-section.tsx";
import type { SectionDefinition } from "./section.ts";
import { startSection } from "./start-section.tsx";
import { stateSection } from "./state-section.tsx";
import { supervisionSection } from "./supervision-section.tsx";
import { tiesSection } from "./ties-section.tsx";
import { tracesSection } from "./traces-section.tsx";
import { trafficSection } from "./traffic-section.tsx";
import { waitsSection } from "./waits-section.tsx";
import { workSection } from "./work-section.tsx";

/** The sections of an actor in order. A new section is a file and an entry here. */
export const SECTIONS: readonly SectionDefinition[] = [
  handlerSection,
  keySection,
  connectionsSection,
  startSection,
  waitsSection,
  trafficSection,
  messagesSection,
  workSection,
  supervisionSection,
  failuresSection,
  tracesSection,
  tiesSection,
  stateSection,
  actionsSection,
];
