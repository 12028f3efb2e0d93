import type { Context, Span } from "@opentelemetry/api";
import { ActorScope, ScopeKind } from "../../telemetry/context/actor-scope.ts";
import type { ActorCell } from "../cell/cell.ts";

/** The task as seen by its scope. */
export interface ScopedTask {
  readonly cell: ActorCell;
  /** Makes a stop continue without waiting for the task. */
  release(): void;
}

/** The context of a task. Identifies the task, also below spans and values set later. */
export class TaskScope extends ActorScope {
  readonly task: ScopedTask;

  constructor(base: Context, span: Span | undefined, task: ScopedTask) {
    super(base, span, task.cell, ScopeKind.Task);
    this.task = task;
  }

  protected override derive(base: Context, span: Span | undefined): TaskScope {
    return new TaskScope(base, span, this.task);
  }
}
