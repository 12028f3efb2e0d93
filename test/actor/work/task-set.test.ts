import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TaskSet } from "../../../src/actor/work/task-set.ts";
import type { AwakeReason } from "../../../src/telemetry/attributes.ts";

interface Counted {
  keepsAwake: AwakeReason | undefined;
}

describe("the tasks of an actor", () => {
  it("are counted by reason, regardless of what is added, changed and removed twice", () => {
    const tasks = new TaskSet<Counted>();
    const [one, other]: [Counted, Counted] = [{ keepsAwake: "task" }, { keepsAwake: "task" }];

    for (const task of [one, other, one]) tasks.add(task);
    tasks.changing(one, "keep_awake");
    one.keepsAwake = "keep_awake";
    const both = [tasks.count("task"), tasks.count("keep_awake"), tasks.size];
    tasks.delete(one);
    tasks.delete(one);
    tasks.changing(one, "task"); // it is not there any more
    tasks.changing(other, undefined);
    other.keepsAwake = undefined;

    assert.deepEqual(both, [1, 1, 2]);
    assert.deepEqual([tasks.count("task"), tasks.count("keep_awake"), tasks.size], [0, 0, 1]);
  });
});
