import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { Redaction } from "../../src/console/record/redaction.ts";
import { keepLines } from "../_support/log-lines.ts";

/** Values that hold a secret beside, not under, the key that names it. */
const secretValues: Readonly<Record<string, unknown>> = {
  "the `auth` option of node:http": { auth: "user:s3cret" },
  "the options of a client behind a proxy": { proxyAuth: "user:s3cret" },
  "rawHeaders of a message": {
    rawHeaders: ["Host", "h", "X-Api-Key", "s3cret", "Set-Cookie", "s3cret"],
  },
  "headers as pairs": {
    headers: [
      ["accept", "*/*"],
      ["authorization", "s3cret"],
    ],
  },
  "headers as records": [{ name: "Authorization", value: "s3cret" }],
  "settings as records": [{ key: "DB_PASSWORD", value: "s3cret" }],
  "arguments of a command": { spawnargs: ["--user", "u", "--password", "s3cret"] },
  "a command in a text": "Command failed: tool --user u --token s3cret --force",
  "options shown by util.inspect": inspect({ auth: "user:s3cret" }),
};

const harmlessValues: readonly unknown[] = [
  ["password", "email", "token"],
  ["multi-factor", "shown"],
  { auth: "none", oauth: "https://host/path" },
  [{ name: "count", value: "shown" }],
  "tool --verbose shown --token",
];

function lineOf(value: unknown): string {
  const { logger, written } = keepLines();
  logger.info({ value }, "text");
  return written.join("");
}

describe("a secret beside the key that names it", () => {
  for (const [name, value] of Object.entries(secretValues)) {
    it(`is redacted in ${name}`, () => {
      const shown = new Redaction([]);

      assert.doesNotMatch(lineOf(value), /s3cret/);
      assert.doesNotMatch(JSON.stringify(shown.blank(value)), /s3cret/);
      assert.doesNotMatch(JSON.stringify(shown.view(value)), /s3cret/);
    });
  }

  it("is redacted in an error with the request of a client", () => {
    const sent = request({ host: "127.0.0.1", port: 1, auth: "user:s3cret" });
    sent.on("error", () => {});
    sent.destroy();

    const line = lineOf(
      Object.assign(new Error("failed"), { sent, options: { auth: "user:s3cret" } }),
    );

    assert.doesNotMatch(line, /s3cret|dXNlcjpzM2NyZXQ/);
  });

  it("leaves other lists, records and texts as they are", () => {
    for (const value of harmlessValues) {
      assert.deepEqual(new Redaction([]).view(value), value);
      assert.deepEqual((JSON.parse(lineOf(value)) as { value: unknown }).value, value);
    }
  });
});
