import type { EngineSession } from "../engine/engine.ts";
import type { KnownRunners } from "./known-runners.ts";
import type { Operations } from "./operations.ts";
import type { Routes } from "./routes.ts";

/** What the caller's side uses once the engine is open. */
export interface OpenRouting {
  readonly session: EngineSession;
  readonly runners: KnownRunners;
  readonly routes: Routes;
  readonly operations: Operations;
}
