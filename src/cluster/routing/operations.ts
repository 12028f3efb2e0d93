import type { ActorHost } from "../../activation/hosting/actor-host.ts";
import {
  ActorOperation,
  type OperationResults,
} from "../../activation/placement/placement.ts";
import { type DueEntry, metaKey, type Owner } from "../../activation/records/record-keys.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { randomName } from "../../base/ids.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import type { EngineSession } from "../engine/engine.ts";
import { wait } from "../engine/wait.ts";
import { addressOf } from "../protocol/address.ts";
import { SignalName } from "../protocol/commands.ts";
import { callSubject, DUE_SUBJECT } from "../protocol/subjects.ts";
import { decodeAnswer } from "./call-answer.ts";
import { CallKind, encodeCall } from "./call-message.ts";
import type { CoordinatorClient } from "./coordinator-client.ts";
import type { Route } from "./route-cache.ts";
import type { Routes } from "./routes.ts";

/** What {@link Operations} work with. */
export interface OperationsParts {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly luck: () => number;
  readonly session: EngineSession;
  readonly routes: Routes;
  readonly coordinator: CoordinatorClient;
  readonly host: ActorHost;
  /** Whether this process is the coordinator now. */
  readonly isCoordinator: () => boolean;
}

const BACKOFF = { initialMs: 20, factor: 2, maxMs: 500, jitter: 0.5 };
/** How long an operation is tried. */
const TRY_MS = 30_000;
/** How long an answer is waited for. Ends of actors take as long as their hooks do. */
const ANSWER_MS = 600_000;
const NO_ACTOR = new Uint8Array();

const AGAIN: ReadonlySet<string> = new Set([
  ErrorCode.NotOwner,
  ErrorCode.RunnerDraining,
  ErrorCode.EngineNoListener,
  ErrorCode.EngineUnavailable,
]);
