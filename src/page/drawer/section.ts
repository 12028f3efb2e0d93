import type { FunctionComponent } from "preact";
import type { ActorView } from "../../viewer/console-view.ts";
import type { ActorRow } from "../../wire/snapshot.ts";
import type { ActorExtras } from "../state/data-source.ts";

/** Props of a section of the drawer. */
export interface SectionProps {
  readonly view: ActorView;
  /** The row in `view`, which is known to exist. */
  readonly row: ActorRow;
  /** Details that frames do not carry; `null` until they have arrived. */
  readonly extras: ActorExtras | null;
  /** The shown moment. */
  readonly nowAtMs: number;
}

/** A section of the actor's drawer. */
export interface SectionDefinition {
  readonly title: string;
  /** Whether the section has content for this actor. */
  readonly applies: (props: SectionProps) => boolean;
  readonly Content: FunctionComponent<SectionProps>;
}
