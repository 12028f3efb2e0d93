import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { openManualSystem } from "../_support/actor-system.ts";
import { forever, settleTurns } from "../_support/actor-waiting.ts";
import { spanNamed } from "../_support/telemetry-spans.ts";

const starting = defineActor("starting", { onStart: forever, handlers: { noop() {} } });
const stopping = defineActor("stopping", { onStop: forever, handlers: { noop() {} } });
const restarting = defineActor("restarting", {
  onStop: forever,
  handlers: {
    fail() {
      throw new Error("oops");
    },
  },
});

describe("the span of a hook that never settles", () => {
  it("ends with the kill of an actor that is starting", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(starting);
    await settleTurns();

    ref.kill();

    const span = spanNamed(open.telemetry, "starting start");
    assert.equal(span.attributes["error.type"], "ERR_ACTOR_KILLED");
  });

  it("ends with the kill of an actor that is stopping", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(stopping);
    void ref.stop();
    await settleTurns();

    ref.kill();

    const span = spanNamed(open.telemetry, "stopping stop");
    assert.equal(span.attributes["error.type"], "ERR_ACTOR_KILLED");
  });

  it("ends with the kill of an actor that is restarting", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(restarting);
    ref.tell.fail();
    await settleTurns();

    ref.kill();

    const span = spanNamed(open.telemetry, "restarting restart");
    assert.equal(span.attributes["error.type"], "ERR_ACTOR_KILLED");
  });
});
