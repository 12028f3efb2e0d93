import { context as otel, ROOT_CONTEXT } from "@opentelemetry/api";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import { baseOf, spanOf } from "../../telemetry/actor-scope.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { answerFailure } from "./failure.ts";
import { closeHookSpan, createState, type HookSpan, openHookSpan, runHook } from "./hooks.ts";

/**
 * Begins the first life of a new cell: makes its state now and runs `onStart` in a later microtask.
 * Messages wait meanwhile.
 */
export function start(cell: ActorCell): void {
  const { metrics, settings, options } = cell.type;
  metrics.started.value += 1;
  metrics.active.starting.add(1);
  metrics.mailboxLimit.add(settings.mailboxLimit);
  const hookSpan = spawnerSpan(cell);
  const failed = createState(cell);
  if (failed === undefined && options.onStart === undefined) {
    announce(cell, hookSpan);
    return;
  }
  cell.blocked = true;
  const { onStart } = options;
  const begun =
    failed === undefined
      ? Promise.resolve().then(() => runHook(cell, hookSpan, () => onStart?.(cell.life)))
      : Promise.resolve(failed);
  // `conclude` catches nothing because `runHook` throws nothing.
  void begun.then((failure) => conclude(cell, hookSpan, failure?.error));
}

function spawnerSpan(cell: ActorCell): HookSpan {
  const { tracing } = cell.type.system;
  const active = otel.active();
  if (!tracing.active) return { base: baseOf(active), span: undefined, owned: false };
  const parent = active === ROOT_CONTEXT ? undefined : spanOf(active);
  return openHookSpan(cell, "start", baseOf(active), parent);
}

function conclude(cell: ActorCell, hookSpan: HookSpan, error: Error | undefined): void {
  if (cell.state !== ActorState.Starting) {
    closeHookSpan(hookSpan, error);
    return; // killed while it started
  }
  cell.blocked = false;
  if (error === undefined) {
    announce(cell, hookSpan);
    return;
  }
  closeHookSpan(hookSpan, error);
  cell.extras.lastError = error;
  cell.extras.unborn = true;
  answerFailure(cell, { phase: FailurePhase.Start, error, span: hookSpan.span });
}

function announce(cell: ActorCell, hookSpan: HookSpan): void {
  cell.enter(ActorState.Running);
  const { logger } = cell.type.system;
  if (logger.isLevelEnabled("info")) {
    void runHook(cell, hookSpan, () => cell.log.info({ event: "actor.started" }, "actor started"));
  }
  closeHookSpan(hookSpan, undefined);
  cell.knownExtras?.announceReady();
  if (cell.runnable) cell.type.system.dispatcher.schedule(cell);
}
