import type { ViewerModel } from "../../viewer/model.ts";
import type { EntryLine } from "../../viewer/tree.ts";
import type { ActorDetail } from "../../wire/answers.ts";
import type { Findings } from "../../wire/condition.ts";
import type { ConnectionState } from "../connection/connection-state.ts";
import type { Glyphs } from "../text/glyphs.ts";
import type { ViewState } from "./view-state.ts";

/** All that a screen is drawn from. */
export interface ScreenParts {
  readonly model: ViewerModel;
  /** Of all systems. */
  readonly findings: Findings;
  readonly rows: readonly EntryLine[];
  readonly state: ViewState;
  readonly connection: ConnectionState;
  /** What the server knows of the inspected actor beside its row; `undefined` until it has answered. */
  readonly detail: ActorDetail | undefined;
  readonly glyphs: Glyphs;
}
