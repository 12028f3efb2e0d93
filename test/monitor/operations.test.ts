import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operate } from "../../src/monitor/operations.ts";
import { openSystem } from "../_support/actor-system.ts";
import { puppet } from "../_support/monitor-actors.ts";

describe("an action on an actor", () => {
  it("is logged, with what was done to whom, and answered with the actor's state", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(puppet);
    await ref.whenReady();

    const sent = { action: "send", id: ref.id, messageType: "value", args: [] } as const;
    const states = [
      await operate(open.system, sent),
      await operate(open.system, { action: "kill", id: ref.id }),
    ];

    assert.deepEqual(states, ["running", "stopped"]);
    const lines = open.telemetry.logs().filter(({ event }) => event === "console.action");
    assert.deepEqual(
      lines.map((line) => [line["level"], line["action"], line["target_id"], line["message_type"]]),
      [
        [30, "send", ref.id, "value"],
        [30, "kill", ref.id, undefined],
      ],
    );
  });

  it("that cannot be taken is logged as a warning with the error, and rejects", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(puppet);

    const sent = { action: "send", id: ref.id, messageType: "nope", args: [] } as const;
    await assert.rejects(operate(open.system, sent), { code: "ERR_UNKNOWN_MESSAGE" });

    const [line, ...further] = open.telemetry
      .logs()
      .filter(({ event }) => event === "console.action");
    assert.deepEqual(further, []);
    assert.deepEqual([line?.["level"], line?.["action"]], [40, "send"]);
    assert.match(JSON.stringify(line?.["err"]), /"code":"ERR_UNKNOWN_MESSAGE"/);
  });

  it("on an actor that does not exist does nothing and is not logged", async () => {
    await using open = openSystem();

    assert.equal(await operate(open.system, { action: "stop", id: "puppet/zz" }), undefined);
    assert.deepEqual(
      open.telemetry.logs().filter(({ event }) => event === "console.action"),
      [],
    );
  });
});
