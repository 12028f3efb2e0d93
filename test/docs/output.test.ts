import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { expectOutput } from "../_support/doc-output.ts";
import { Directive, type DocProgram } from "../_support/doc-programs.ts";

function outputBlock(code: string, value = ""): DocProgram {
  const directives = new Map([[Directive.Output, value]]);
  return { place: "page.md:1", page: "page.md", language: "text", code, directives };
}

describe("the output of a program in the docs", () => {
  it("is compared apart from ids, times and ports", () => {
    const block = outputBlock('{"time":1,"actor_id":"account/5652a3-1"}\nhttp://127.0.0.1:3000\n');

    expectOutput(block, '{"time":2,"actor_id":"account/ffffff-2b"}\nhttp://127.0.0.1:41234\n');
    assert.throws(() => expectOutput(block, '{"time":2,"actor_id":"desk/ffffff-2b"}\n'));
  });

  it("may be shortened with …", () => {
    const block = outputBlock("first\n…\nlast … line\n");

    expectOutput(block, "first\nsecond\nthird\nlast printed line\n");
    expectOutput(block, "first\nlast printed line\n");
    assert.throws(() => expectOutput(block, "first\nlast printed line\nanother\n"));
  });

  it("may leave out log lines", () => {
    const block = outputBlock("15\n", "without log lines");

    expectOutput(block, '{"level":30,"msg":"deposited"}\n15\n');
    assert.throws(() => expectOutput(block, "14\n"));
  });
});
