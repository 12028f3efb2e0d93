import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { ROOT } from "../_support/doc-programs.ts";
import { firstColumn, table } from "../_support/doc-tables.ts";
import { readSources, withoutComments } from "../_support/telemetry-sources.ts";

it("docs/errors.md has every code that the client itself gives its errors", () => {
  const texts = readSources()
    .filter(({ file }) => file.startsWith("client/"))
    .map(({ text }) => withoutComments(text).replace(/const PASSING = [^;]*;/, ""));
  const codes = texts.flatMap((text) => text.match(/ERR_[A-Z_]+/g) ?? []);
  const documented = firstColumn(
    table(readFileSync(join(ROOT, "docs/errors.md"), "utf8"), "`error.code`"),
  );

  assert.ok(codes.length > 10);
  assert.deepEqual(documented, [...new Set(codes)].toSorted());
});
