import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { REPLAY_LIMITS } from "../../src/activation/definition/event-settings.ts";
import { CallError } from "../../src/client/call-error.ts";
import { isPassing } from "../../src/client/repeated-call.ts";
import { ERROR_TABLE } from "../../src/gateway/call/error-table.ts";
import { GATEWAY_PROBLEMS, GatewayCode } from "../../src/gateway/call/gateway-code.ts";
import { AccessKind } from "../../src/gateway/expose/expose-options.ts";
import { settleLimits } from "../../src/gateway/gateway-limits.ts";
import { HttpCode } from "../../src/http/refusal.ts";
import { CallOutcome } from "../../src/wire/gateway-frames.ts";
import { code, codes, readDoc, table } from "../_support/doc-tables.ts";

const doc = readDoc("gateway.md");

/** Refusals with another outcome than `not_handled`: these are noticed after the handler has run. */
const FAILED: ReadonlySet<string> = new Set([
  GatewayCode.ReplyInvalid,
  GatewayCode.ReplyTooLarge,
  `ERR_${HttpCode.Internal}`,
]);

/** The rows that the code gives, by status and code. */
function errorRows(): string[][] {
  const common = Object.values(HttpCode).map((name) => `ERR_${name}` as const);
  const refusals = [...common, ...Object.values(GatewayCode)].map((name) => [
    name,
    String(GATEWAY_PROBLEMS.statusOf(name)),
    FAILED.has(name) ? CallOutcome.Failed : CallOutcome.NotHandled,
  ]);
  const raised = Array.from(ERROR_TABLE, ([name, { status, outcome }]) => [
    name,
    String(status),
    outcome,
  ]);
  const rows = new Map([...refusals, ...raised].map((row) => [row[0], row]));
  return [...rows.values()].toSorted(
    ([one = "", status = ""], [other = "", otherStatus = ""]) =>
      status.localeCompare(otherStatus) || (one < other ? -1 : 1),
  );
}

describe("docs/gateway.md", () => {
  it("has the code, status and outcome of every error", () => {
    const rows = table(doc, "code | status").map((row) => row.slice(0, 3).map(code));

    assert.deepEqual(rows, errorRows());
  });

  it("gives 503, 429 or 408 to what clients repeat, regardless of what else the answer has", () => {
    const rows = errorRows().filter(([, status = ""]) => ["503", "429", "408"].includes(status));

    assert.ok(rows.length > 10);
    for (const [name = "", , outcome] of rows) {
      assert.equal(outcome, CallOutcome.NotHandled, name);
      const error = new CallError("text", { code: name, outcome: CallOutcome.NotHandled });
      assert.ok(isPassing(error), name);
    }
  });

  it("has every limit, with its default", () => {
    const rows = table(doc, "option of `limits`").map(([name = "", value = ""]) => [
      code(name),
      value === "none" ? undefined : Number(value.replaceAll(",", "")),
    ]);

    assert.deepEqual(Object.fromEntries(rows), settleLimits(undefined));
  });

  it("has the kinds of access that a gateway asks for", () => {
    const kinds = table(doc, "`kind` of an access").flatMap(([cell]) => codes(cell));

    assert.deepEqual(kinds, Object.values(AccessKind));
  });

  it("names the options of a replay that there are", () => {
    const [, names = ""] = /`replay: \{ ([^}]*) \}`/.exec(doc) ?? [];

    assert.deepEqual(names.split(", "), Object.keys(REPLAY_LIMITS));
  });
});
