import { ROOT_CONTEXT } from "@opentelemetry/api";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import { baseOf, spanOf } from "../../telemetry/context/actor-scope.ts";
import { context as otel } from "../../telemetry/context/api.ts";
import type { ActorCell } from "../cell/cell.ts";
import { closeHookSpan, type HookSpan, openHookSpan, runHook } from "./hooks.ts";
import { beginLife } from "./life.ts";
import { writes } from "./logging.ts";
import { WakeSpan } from "./wake-span.ts";

/** Begins the first life of a new cell. Messages wait until the life has begun. */
export function start(cell: ActorCell): void {
  const { metrics, settings } = cell.type;
  metrics.started.value += 1;
  metrics.active.starting.add(1);
  metrics.mailboxLimit.add(settings.mailboxLimit);
  const { phases, system } = cell.type;
  const span = spawnerSpan(cell);
  if (phases.length === 0) begin(cell, span);
  else system.dispatcher.frame.within(otel.active(), begin, cell, span);
}

function begin(cell: ActorCell, span: HookSpan): void {
  const begun = beginLife(cell, span);
  if (begun === undefined) {
    conclude(cell, span, undefined);
  } else {
    // A failure is handled in a later microtask, not in the stack of the caller. Never rejects.
    void Promise.resolve(begun).then((failure) => conclude(cell, span, failure?.error));
  }
}

function spawnerSpan(cell: ActorCell): HookSpan {
  const active = otel.active();
  const parent = active === ROOT_CONTEXT ? undefined : spanOf(active);
  if (parent === undefined && WakeSpan.isFor(cell)) return new WakeSpan(cell, baseOf(active));
  return openHookSpan(cell, "start", baseOf(active), parent);
}

function conclude(cell: ActorCell, span: HookSpan, error: Error | undefined): void {
  if (cell.isStopped) {
    closeHookSpan(cell, span, error);
    return; // killed during the start, possibly by one of its own phases
  }
  cell.blocked = false;
  if (error === undefined) {
    announce(cell, span);
    return;
  }
  closeHookSpan(cell, span, error);
  cell.ensureExtras().lastError = error;
  cell.ensureExtras().neverStarted = true;
  cell.fail({ phase: FailurePhase.Start, error, span: span.span });
}

function announce(cell: ActorCell, span: HookSpan): void {
  cell.enter(ActorState.Running);
  const { logger, hooks } = cell.type.system;
  if (writes(logger, "info")) {
    void runHook(cell, span, () => cell.log.info({ event: "actor.started" }, "actor started"));
  }
  closeHookSpan(cell, span, undefined);
  cell.extrasIfAny?.announceReady();
  if (hooks.started.used) hooks.started.emit(cell);
  if (cell.runnable) cell.type.system.dispatcher.schedule(cell);
  else if (hooks.idle.used) cell.noticeIdle();
}
