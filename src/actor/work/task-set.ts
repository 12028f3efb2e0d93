import type { AwakeReason } from "../../telemetry/attributes.ts";

/** What is counted of a task: why the actor is awake while it runs; `undefined` if it may sleep meanwhile. */
interface CountedTask {
  readonly keepsAwake: AwakeReason | undefined;
}

/**
 * The running tasks of an actor, in the order of their starts.
 *
 * They are counted by why they keep the actor awake, which is asked after each message: an actor may have thousands.
 */
export class TaskSet<Task extends CountedTask> extends Set<Task> {
  #counts: Map<AwakeReason | undefined, number> | undefined;

  override add(task: Task): this {
    if (!this.has(task)) this.#count(task.keepsAwake, 1);
    return super.add(task);
  }

  override delete(task: Task): boolean {
    const found = super.delete(task);
    if (found) this.#count(task.keepsAwake, -1);
    return found;
  }

  /** Called before `task` is given another reason. */
  changing(task: Task, reason: AwakeReason | undefined): void {
    if (!this.has(task)) return;
    this.#count(task.keepsAwake, -1);
    this.#count(reason, 1);
  }

  /** Returns how many keep the actor awake for `reason`. */
  count(reason: AwakeReason): number {
    return this.#counts?.get(reason) ?? 0;
  }

  #count(reason: AwakeReason | undefined, change: number): void {
    this.#counts ??= new Map();
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + change);
  }
}
