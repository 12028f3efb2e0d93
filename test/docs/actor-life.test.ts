import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../_support/doc-programs.ts";

describe("the page on an actor's life", () => {
  it("names files that are there", () => {
    const page = readFileSync(join(ROOT, "docs/contributing/actor-life.md"), "utf8");
    const rooms = globSync("*/", { cwd: join(ROOT, "src/actor") }).join("|");
    const named = page.matchAll(new RegExp(`(?:${rooms})/[\\w-]+`, "g"));
    const files = Array.from(named, ([path]) => `src/actor/${path}.ts`);

    assert.ok(files.length > 20);
    assert.deepEqual(
      files.filter((file) => !existsSync(join(ROOT, file))),
      [],
    );
  });
});
