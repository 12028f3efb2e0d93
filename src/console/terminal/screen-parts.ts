import type { ActorDetail } from "../wire.ts";
import type { TreeRow } from "./actor-tree.ts";
import type { Troubles } from "./condition.ts";
import type { ConnectionState } from "./connection-state.ts";
import type { Glyphs } from "./glyphs.ts";
import type { LiveActors } from "./live-actors.ts";
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
