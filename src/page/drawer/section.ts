import type { FunctionComponent } from "preact";
import type { ActorView } from "../../viewer/console-view.ts";
import type { ActorRow } from "../../wire/snapshot.ts";
import type { ActorExtras } from "../state/data-source.ts";

/** What a section of the drawer is made from. */
export interface SectionProps {
  readonly view: ActorView;
  /** The same as in `view`, known to be there. */
  readonly row: ActorRow;
  /** What frames do not carry; `null` until it has come. */
  readonly extras: ActorExtras | null;
  /** The moment that is shown. */
  readonly nowAtMs: number;
}

/** A part of what is shown of an actor. */
export interface SectionDefinition {
  readonly title: string;
  /** Whether there is anything to show of this actor. */
  readonly applies: (props: SectionProps) => boolean;
  readonly Content: FunctionComponent<SectionProps>;
}
