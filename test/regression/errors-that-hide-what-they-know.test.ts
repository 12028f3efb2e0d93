import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { openManualSystem } from "../_support/actor-system.ts";

const plain = { get: () => 1 };

describe("the error of a refused option", () => {
  it("shows that a text is one, also where it looks like a number", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineActor("plain", { handlers: plain }));

    assert.throws(() => ref.with({ timeoutMs: "5" as never }), {
      code: "ERR_INVALID_OPTION",
      message: '`timeoutMs` must be a number from 0 to 86400000, not "5"',
    });
  });

  it("stays short and on one line, regardless of the text", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineActor("plain", { handlers: plain }));

    assert.throws(
      () => ref.with({ timeoutMs: `\n\u2028\u001b${"x".repeat(10_000)}` as never }),
      (error) => error instanceof Error && /^[\x20-\x7e…]{1,200}$/.test(error.message),
    );
  });
});

describe("the error of a failed start", () => {
  for (const at of ["state", "onStart"] as const) {
    it(`ends with the message of its cause (${at})`, async () => {
      await using open = openManualSystem();
      const fail = (): never => {
        throw new Error("no connection to db-7");
      };
      const failing = defineActor("failing", { handlers: plain, [at]: fail });

      const started = open.system.spawn(failing).whenReady();

      await assert.rejects(started, {
        code: "ERR_START_FAILED",
        message: /^failing\/\S+ could not start: no connection to db-7$/,
      });
    });
  }

  it("is one also where the message of its cause cannot be read, or is endless", async () => {
    await using open = openManualSystem();
    const unreadable = Object.defineProperty(new Error("odd"), "message", {
      get: () => assert.fail("read"),
    });
    for (const cause of [unreadable, new Error("x".repeat(1_000_000))]) {
      const failing = defineActor("failing", {
        handlers: plain,
        onStart: () => {
          throw cause;
        },
      });

      await assert.rejects(open.system.spawn(failing).whenReady(), (error) => {
        assert.ok(error instanceof Error && error.message.length < 1_000);
        assert.equal(error.cause, cause);
        return true;
      });
    }
  });
});
