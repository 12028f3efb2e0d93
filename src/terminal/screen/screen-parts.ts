import type { ActorDetail } from "../../wire/answers.ts";
import type { TreeRow } from "../actors/actor-tree.ts";
import type { Troubles } from "../actors/condition.ts";
import type { LiveActors } from "../actors/live-actors.ts";
import type { ConnectionState } from "../connection/connection-state.ts";
import type { Glyphs } from "../text/glyphs.ts";
import type { ViewState } from "./view-state.ts";

/** All that a screen is drawn from. */
export interface ScreenParts {
  readonly live: LiveActors;
  readonly troubles: Troubles;
  readonly rows: readonly TreeRow[];
  readonly state: ViewState;
  readonly connection: ConnectionState;
  /** What the server knows of the inspected actor beside its row; `undefined` until it has answered. */
  readonly detail: ActorDetail | undefined;
  readonly glyphs: Glyphs;
}
