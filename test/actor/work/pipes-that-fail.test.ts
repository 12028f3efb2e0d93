import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor, errorType, type PipeSource } from "../../../src/index.ts";
import { Notes, reader, Source } from "../../_support/actor-pipes.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { until } from "../../_support/actor-waiting.ts";

describe("an error of a source", () => {
  const broken: Record<string, () => PipeSource<unknown>> = {
    "of a stream": () => new Source(1, new Error("broken")),
    "of a promise": () => Promise.reject(new Error("broken")),
    "of a function": () => () => {
      throw new Error("broken");
    },
  };
  for (const [what, make] of Object.entries(broken)) {
    it(`${what} becomes the message that was asked for`, async () => {
      await using open = openSystem();
      const notes = new Notes();
      const ref = open.system.spawn(reader, { input: notes });

      await (await ref.ask.read(make(), { onError: "error", onEnd: "end" })).settled;
      await ref.stop();

      assert.deepEqual(notes.got.at(-1), ["error", "broken"]);
      assert.equal(await open.telemetry.value("actor.failures"), 0);
    });

    it(`${what} else is a failure of a task`, async () => {
      await using open = openSystem();
      const ref = open.system.spawn(reader, { input: new Notes() });

      await (await ref.ask.read(make(), { onEnd: "end" })).settled;
      await ref.stop();

      const phase = { "actor.failure.phase": "task" };
      assert.equal(await open.telemetry.value("actor.failures", phase), 1);
      assert.equal(await open.telemetry.value("actor.restarts"), 1);
    });
  }

  it("that is no error is made one", async () => {
    await using open = openSystem();
    const got: Error[] = [];
    const careful = defineActor("careful", {
      onStart: (c) => c.pipe(Promise.reject("oops"), "item", { onError: "error" }),
      handlers: { item() {}, error: (_c, error: Error) => got.push(error) },
    });
    const ref = open.system.spawn(careful);

    await until(() => got.length === 1);

    assert.equal(errorType(got[0]), "ERR_THROWN_VALUE");
    assert.equal(got[0]?.cause, "oops");
    await ref.stop();
  });
});
