import type { JSX } from "preact";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** The actor's state, if the process shows it. */
export const stateSection: SectionDefinition = {
  title: "State",
  applies: ({ extras }) => extras?.state !== undefined,
  Content: StateSection,
};

function StateSection({ extras }: SectionProps): JSX.Element {
  return <pre class="code">{JSON.stringify(extras?.state, null, 2)}</pre>;
}
