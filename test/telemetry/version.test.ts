import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { SCHEMA_URL } from "../../src/telemetry/catalogue.ts";
import { VERSION } from "../../src/telemetry/version.ts";

it("telemetry reports the version of package.json", () => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };

  assert.equal(VERSION, version);
  assert.match(SCHEMA_URL, /^https:\/\/limelight\.dev\/schemas\/\d+\.\d+\.\d+$/);
});
