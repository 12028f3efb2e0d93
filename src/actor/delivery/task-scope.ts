import type { Context, Span } from "@opentelemetry/api";
import { ActorScope, ScopeKind } from "../../telemetry/actor-scope.ts";
import type { ActorCell } from "../cell/cell.ts";

/** What a scope has to know of the task that runs in it. */
export interface ScopedTask {
  readonly cell: ActorCell;
  /** Lets a stop go on without the task. */
  release(): void;
}

/** The context of a task: it says which one, also below spans and values set later. */
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
