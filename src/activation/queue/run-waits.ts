import type { ActorCell } from "../../actor/cell/cell.ts";
import { TaskScope } from "../../actor/delivery/task-scope.ts";
import type { ActorTask } from "../../actor/work/tasks.ts";
import { AwakeReason } from "../../telemetry/attributes.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { hasContextManager } from "../../telemetry/context/api-globals.ts";

const RUN = "run";

/** Waits of `run` for queue messages, during which it does not keep its actor awake. */
export class RunWaits {
  readonly #cell: ActorCell;
  #waiting = 0;

  constructor(cell: ActorCell) {
    this.#cell = cell;
  }

  /** Called when code begins to wait. Returns what to call when it goes on. */
  begin(): () => void {
    const task = this.#runningTask();
    if (task === undefined) return () => {};
    this.#waiting += 1;
    task.keepsAwake = undefined;
    return () => {
      this.#waiting -= 1;
      if (this.#waiting === 0) task.keepsAwake = AwakeReason.Run;
    };
  }

  /** Returns the task of `run` if the running code belongs to it, as far as can be determined. */
  #runningTask(): ActorTask | undefined {
    const active = activeContext();
    const tasks = this.#cell.extrasIfAny?.tasks;
    if (active instanceof TaskScope) {
      const task = active.task as ActorTask; // of whatever actor
      return task.kind === RUN && tasks?.has(task) === true ? task : undefined;
    }
    // Without a context manager, code after an `await` belongs to nothing; a handler keeps the actor awake anyway.
    if (hasContextManager() || this.#cell.type.system.running === this.#cell) return undefined;
    for (const task of tasks ?? []) if (task.kind === RUN) return task; // it is the first one
    return undefined;
  }
}
