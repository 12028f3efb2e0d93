import type { JSX } from "preact";
import { StartupBars } from "../parts/startup-bars.tsx";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** The start of a keyed actor, step by step. */
export const startSection: SectionDefinition = {
  title: "Start",
  applies: ({ extras }) => extras?.start !== undefined,
  Content: StartSection,
};

function StartSection({ extras }: SectionProps): JSX.Element | null {
  return extras?.start === undefined ? null : <StartupBars start={extras.start} />;
}
