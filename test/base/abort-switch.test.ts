import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AbortSwitch } from "../../src/base/async/abort-switch.ts";

describe("a switch that aborts", () => {
  it("calls all listeners once, and says why", () => {
    const notice = new AbortSwitch();
    const called: string[] = [];
    notice.addEventListener("abort", () => called.push("first"));
    notice.addEventListener("abort", () => called.push("second"));

    assert.equal(notice.aborted, false);
    notice.abort("gone");
    notice.abort("again");

    assert.deepEqual(called, ["first", "second"]);
    assert.equal(notice.aborted, true);
    assert.equal(notice.reason, "gone");
  });

  it("forgets listeners that were removed, and ignores those that come late", () => {
    const notice = new AbortSwitch();
    const called: string[] = [];
    const removed = (): number => called.push("removed");
    notice.addEventListener("abort", removed);
    notice.addEventListener("abort", () => called.push("kept"));
    notice.removeEventListener("abort", removed);
    notice.removeEventListener("abort", removed);

    notice.abort();
    notice.addEventListener("abort", () => called.push("late"));

    assert.deepEqual(called, ["kept"]);
  });
});
