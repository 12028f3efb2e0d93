import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Directive, defineActor } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, forever, settleTurns } from "../../_support/actor-waiting.ts";

const oops = new Error("oops");

/** Its first `failures` starts fail; what is done about it is up to `directive`. */
function defineUnlucky(failures: number, directive?: Directive) {
  let starts = 0;
  return defineActor("unlucky", {
    restart: { maxRestarts: 3 },
    onStart() {
      starts += 1;
      if (starts <= failures) throw oops;
    },
    onFailure: () => directive,
    handlers: { starts: () => starts },
  });
}

describe("ref.whenReady()", () => {
  it("rejects when it is called after a kill during the start", async () => {
    await using open = openSystem();
    const slow = defineActor("slow", { onStart: forever, handlers: { noop() {} } });
    const ref = open.system.spawn(slow);
    const before = codeOf(ref.whenReady());
    ref.kill();

    const codes = await Promise.all([before, codeOf(ref.whenReady())]);

    assert.deepEqual(codes, ["ERR_ACTOR_KILLED", "ERR_ACTOR_KILLED"]);
  });

  it("resolves when a first start that failed succeeds at last", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineUnlucky(2, "restart"));

    await ref.whenReady();

    assert.equal(await ref.ask.starts(), 3);
  });

  it("resolves when it is called after a further attempt has succeeded", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineUnlucky(1, "restart"));
    assert.equal(await ref.ask.starts(), 2);
    let isReady = false;

    void ref.whenReady().then(() => {
      isReady = true;
    });
    await settleTurns();

    assert.equal(isReady, true);
  });

  it("waits also when it is called between two attempts", async () => {
    await using open = openManualSystem();
    const readies: Promise<unknown>[] = [];
    const unlucky = defineUnlucky(1);
    const definition = defineActor("watched", {
      ...unlucky.options,
      onFailure: (c) => {
        readies.push(codeOf(c.self.whenReady()));
        return "restart";
      },
    });
    open.system.spawn(definition);
    await settleTurns();

    assert.deepEqual(await Promise.all(readies), [undefined]);
  });

  it("rejects when the attempts are given up, with the last failure as the cause", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineUnlucky(Number.POSITIVE_INFINITY, "restart"));
    const before = ref.whenReady();

    await assert.rejects(before, {
      code: "ERR_START_FAILED",
      message: `${ref.id} could not start: ${oops.message}`,
      cause: oops,
    });
    await assert.rejects(ref.whenReady(), { code: "ERR_START_FAILED", cause: oops });
    assert.equal(await ref.whenStopped(), "failed");
  });

  it("rejects at once where a first start is not tried again", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineUnlucky(1));

    await assert.rejects(ref.whenReady(), { code: "ERR_START_FAILED", cause: oops });
  });

  it("still resolves for an actor that ran and has ended", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineUnlucky(0));
    await ref.stop();

    await ref.whenReady();

    assert.equal(await ref.whenStopped(), "normal");
  });
});
