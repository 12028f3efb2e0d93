import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";
import { SECTIONS } from "../../tools/site/sections.ts";
import { docPages, ROOT } from "../_support/doc-programs.ts";

/** The ids of the headings, as GitHub and VitePress make them. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(page, "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
  return Array.from(text.matchAll(/^#{1,6} +(.*)$/gm), ([, heading = ""]) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  );
}

describe("the documentation site", () => {
  it("lists every page below docs once", () => {
    const listed = SECTIONS.flatMap(({ pages }) => pages.map(([path]) => path));

    const files = globSync("**/*.md", { cwd: join(ROOT, "docs") });

    assert.deepEqual(
      listed.toSorted(),
      files.map((file) => file.slice(0, -".md".length)).toSorted(),
    );
  });
});

describe("the links in the docs", () => {
  for (const page of docPages()) {
    it(`lead to files and headings that exist: ${page}`, () => {
      const text = readFileSync(join(ROOT, page), "utf8").replaceAll(/```[\s\S]*?```/g, "");
      for (const [link, path = "", anchor] of text.matchAll(
        /\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)/g,
      )) {
        const target = path === "" ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
        const known = globSync(relative(ROOT, target), { cwd: ROOT });
        assert.equal(known.length, 1, `${page}: ${link}`);
        if (anchor === undefined || !target.endsWith(".md")) continue;
        assert.ok(anchorsOf(target).includes(anchor), `${page}: ${link}`);
      }
    });
  }
});
