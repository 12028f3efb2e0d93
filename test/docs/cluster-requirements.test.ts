import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../_support/doc-programs.ts";

const NUMBERS = Array.from({ length: 18 }, (_, at) => `C${at + 1}`);

/** A test that proves a requirement. */
interface Proof {
  readonly file: string;
  readonly name: string;
}

/** The proofs of each requirement, from the table of the page. */
function proofs(page: string): ReadonlyMap<string, readonly Proof[]> {
  const found = new Map<string, readonly Proof[]>();
  for (const row of page.matchAll(/^\| (C\d+) \| [^|]+ \| ([^|]+) \|$/gm)) {
    const [, number = "", cell = ""] = row;
    const tests = cell.split("<br>").map((text): Proof => {
      const [, file, name] = /^`(test\/[^`]+)`: (.+)$/.exec(text.trim()) ?? [];
      assert.ok(file !== undefined && name !== undefined, `${number}: ${text}`);
      return { file, name };
    });
    found.set(number, tests);
  }
  return found;
}

/** Whether a file has a test with this name; of one that is put together, as it is in the source. */
function hasTest({ file, name }: Proof): boolean {
  const source = readFileSync(join(ROOT, file), "utf8");
  return [`it("${name}"`, `it(\n      "${name}"`, `it(\`${name}\``].some((text) =>
    source.includes(text),
  );
}

describe("docs/contributing/cluster.md", () => {
  const page = readFileSync(join(ROOT, "docs/contributing/cluster.md"), "utf8");

  it("has each requirement, with a test that exists", () => {
    const found = proofs(page);

    assert.deepEqual([...found.keys()], NUMBERS);
    for (const [number, tests] of found) {
      assert.ok(tests.length > 0, number);
      for (const proof of tests) assert.ok(hasTest(proof), `${number}: ${proof.name}`);
    }
  });

  it("is held against the sources: a test that does not exist is found", () => {
    const file = "test/docs/cluster-requirements.test.ts";

    assert.ok(hasTest({ file, name: "has each requirement, with a test that exists" }));
    assert.ok(!hasTest({ file, name: ["has each", "that does not exist"].join(" requirement ") }));
    assert.throws(() => proofs("| C1 | text | a test without a file |"));
  });
});
