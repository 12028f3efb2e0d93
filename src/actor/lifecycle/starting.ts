import { context as otel, ROOT_CONTEXT } from "@opentelemetry/api";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import { baseOf, spanOf } from "../../telemetry/actor-scope.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { closeHookSpan, type HookSpan, openHookSpan, runHook } from "./hooks.ts";
import { beginLife } from "./life.ts";

/** Begins the first life of a new cell. Messages wait until it has begun. */
export function start(cell: ActorCell): void {
  const { metrics, settings } = cell.type;
  metrics.started.value += 1;
  metrics.active.starting.add(1);
  metrics.mailboxLimit.add(settings.mailboxLimit);
  const span = spawnerSpan(cell);
  const begun = beginLife(cell, span);
  if (begun === undefined) {
    conclude(cell, span, undefined);
  } else {
    // A failure is answered in a later microtask: not in the stack of the caller. It rejects never.
    void Promise.resolve(begun).then((error) => conclude(cell, span, error));
  }
}

function spawnerSpan(cell: ActorCell): HookSpan {
  const { tracing } = cell.type.system;
  const active = otel.active();
  if (!tracing.active) return { base: baseOf(active), span: undefined, owned: false };
  const parent = active === ROOT_CONTEXT ? undefined : spanOf(active);
  return openHookSpan(cell, "start", baseOf(active), parent);
}

function conclude(cell: ActorCell, span: HookSpan, error: Error | undefined): void {
  if (cell.isStopped) {
    closeHookSpan(span, error);
    return; // killed while it started, maybe by a phase of its own
  }
  cell.blocked = false;
  if (error === undefined) {
    announce(cell, span);
    return;
  }
  closeHookSpan(span, error);
  cell.extras.lastError = error;
  cell.extras.unborn = true;
  cell.fail({ phase: FailurePhase.Start, error, span: span.span });
}

function announce(cell: ActorCell, span: HookSpan): void {
  cell.enter(ActorState.Running);
  const { logger, hooks } = cell.type.system;
  if (logger.isLevelEnabled("info")) {
    void runHook(cell, span, () => cell.log.info({ event: "actor.started" }, "actor started"));
  }
  closeHookSpan(span, undefined);
  cell.knownExtras?.announceReady();
  if (hooks.started.used) hooks.started.emit(cell);
  if (cell.runnable) cell.type.system.dispatcher.schedule(cell);
  else if (hooks.idle.used) cell.noticeIdle();
}
