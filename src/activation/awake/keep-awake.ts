import type { ActorCell } from "../../actor/cell/cell.ts";
import { spawnTask } from "../../actor/work/tasks.ts";
import { toError } from "../../base/errors.ts";
import { AwakeReason } from "../../telemetry/attributes.ts";

/** Kinds of the tasks that stand for promises of the actor's code. */
const PromiseTask = { KeepAwake: "keep_awake", WaitUntil: "wait_until" } as const;

function ignore(): void {}

/**
 * Keeps the actor awake until `promise` settles.
 *
 * @returns its result. A rejection is the caller's and no failure of the actor
 */
export function keepAwake<Value>(cell: ActorCell, promise: PromiseLike<Value>): Promise<Value> {
  const settled = Promise.resolve(promise);
  const task = spawnTask(cell, PromiseTask.KeepAwake, () => settled.then(ignore, ignore));
  task.keepsAwake = AwakeReason.KeepAwake;
  // Another promise: a rejection of `settled` counts as handled by the task.
  return settled.then((value) => value);
}

/** Makes the end of the actor wait for `promise`, which does not keep it awake. A rejection is logged. */
export function waitUntil(cell: ActorCell, promise: PromiseLike<unknown>): void {
  const settled = Promise.resolve(promise);
  const task = spawnTask(cell, PromiseTask.WaitUntil, () =>
    settled.then(ignore, (thrown: unknown) => {
      const { actorId, actorType, type } = cell;
      const fields = { target_id: actorId, err: toError(thrown) };
      const text = "a promise given to waitUntil rejected";
      type.system.warn("actor.wait_until.failed", actorType, fields, text);
    }),
  );
  task.keepsAwake = undefined;
}
