import type { ViewerModel } from "../../viewer/model.ts";
import type { EntryLine } from "../../viewer/tree.ts";
import type { ActorDetail } from "../../wire/answers.ts";
import type { ClusterRow } from "../../wire/cluster.ts";
import type { Findings } from "../../wire/condition.ts";
import type { ConnectionState } from "../connection/connection-state.ts";
import type { KeyLook } from "../connection/key-looks.ts";
import type { Glyphs } from "../text/glyphs.ts";
import type { ViewState } from "./view-state.ts";

/** Everything that a screen is drawn from. */
export interface ScreenParts {
  readonly model: ViewerModel;
  /** Findings of all systems. */
  readonly findings: Findings;
  readonly rows: readonly EntryLine[];
  readonly state: ViewState;
  readonly connection: ConnectionState;
  /** The server's details on the inspected actor; `undefined` until they have arrived. */
  readonly detail: ActorDetail | undefined;
  /** What was read of stored keys last; `undefined` before the first answer. */
  readonly keyLook: KeyLook | undefined;
  /** Why the last read of stored keys has failed. */
  readonly keyProblem: string | undefined;
  /** The clusters of the process; `undefined` before the first answer, and while they are not shown. */
  readonly clusterLook: readonly ClusterRow[] | undefined;
  /** Why the last read of clusters has failed. */
  readonly clusterProblem: string | undefined;
  readonly glyphs: Glyphs;
}
