import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextOccurrence, requireCronRule } from "../../../src/activation/schedule/cron.ts";

const BERLIN = "Europe/Berlin";

/** The next `count` occurrences in UTC. */
function occurrences(expression: string, from: string, count: number, timeZone = BERLIN): string[] {
  const found: string[] = [];
  let atMs = Date.parse(from);
  while (found.length < count) {
    const next = nextOccurrence({ expression, timeZone }, atMs);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().replace(":00.000Z", "Z"));
    atMs = next;
  }
  return found;
}

function invalid(pattern: RegExp): object {
  return { name: "UsageError", code: "ERR_INVALID_SCHEDULE", message: pattern };
}

const now = Date.parse("2027-01-01T00:00:00Z");

describe("an occurrence of a cron expression", () => {
  it("is in the time of its zone, in winter and in summer", () => {
    const mondays = occurrences("0 8 * * 1", "2027-03-20T00:00:00Z", 2);

    assert.deepEqual(mondays, ["2027-03-22T07:00Z", "2027-03-29T06:00Z"]);
  });

  it("may have seconds", () => {
    const next = nextOccurrence({ expression: "*/10 * * * * *", timeZone: "UTC" }, now + 1);

    assert.equal(next, now + 10_000);
  });

  it("is after the given time, even if that is an occurrence", () => {
    const next = nextOccurrence({ expression: "0 0 * * *", timeZone: "UTC" }, now);

    assert.equal(next, Date.parse("2027-01-02T00:00:00Z"));
  });

  it("does not exist after the year 9999", () => {
    const end = Date.parse("9999-12-31T23:59:00Z");

    assert.equal(nextOccurrence({ expression: "* * * * *", timeZone: "UTC" }, end), undefined);
  });
});

describe("a fixed time on a day on which clocks change", () => {
  it("happens at the end of the gap if it does not exist", () => {
    const days = occurrences("30 2 * * *", "2027-03-26T12:00:00Z", 3);

    assert.deepEqual(days, ["2027-03-27T01:30Z", "2027-03-28T01:00Z", "2027-03-29T00:30Z"]);
  });

  it("happens once if it occurs twice, at the first one", () => {
    const days = occurrences("30 2 * * *", "2027-10-29T12:00:00Z", 3);

    assert.deepEqual(days, ["2027-10-30T00:30Z", "2027-10-31T00:30Z", "2027-11-01T01:30Z"]);
  });
});

describe("several times on a day on which clocks change", () => {
  it("leave out those that do not exist", () => {
    const halves = occurrences("*/30 2 * * *", "2027-03-27T12:00:00Z", 2);

    assert.deepEqual(halves, ["2027-03-29T00:00Z", "2027-03-29T00:30Z"]);
  });

  it("happen twice where they occur twice", () => {
    const halves = occurrences("*/30 2 * * *", "2027-10-30T12:00:00Z", 5);

    assert.deepEqual(halves, [
      "2027-10-31T00:00Z",
      "2027-10-31T00:30Z",
      "2027-10-31T01:00Z",
      "2027-10-31T01:30Z",
      "2027-11-01T01:00Z",
    ]);
  });

  it("keep their distance through both changes", () => {
    const spring = occurrences("0 * * * *", "2027-03-28T00:00:00Z", 3);
    const autumn = occurrences("0 * * * *", "2027-10-30T23:30:00Z", 3);

    assert.deepEqual(spring, ["2027-03-28T01:00Z", "2027-03-28T02:00Z", "2027-03-28T03:00Z"]);
    assert.deepEqual(autumn, ["2027-10-31T00:00Z", "2027-10-31T01:00Z", "2027-10-31T02:00Z"]);
  });
});

describe("a cron rule", () => {
  for (const expression of [
    "",
    "*",
    "61 * * * *",
    "* * * *",
    "* * * * * * *",
    "@daily",
    "2027-01-01T00:00:00",
    "0 0 * * \u0000",
    `${"1,".repeat(200)}1 * * * *`,
  ]) {
    it(`refuses the expression ${JSON.stringify(expression.slice(0, 30))}`, () => {
      const check = (): void => requireCronRule({ expression, timeZone: "UTC" }, now);

      assert.throws(check, invalid(/cron expression/));
    });
  }

  it("refuses an expression that never occurs", () => {
    const check = (): void => requireCronRule({ expression: "0 0 30 2 *", timeZone: "UTC" }, now);

    assert.throws(check, invalid(/"0 0 30 2 \*" never occurs/));
  });

  it("refuses an expression that is no string", () => {
    const expression = 5 as unknown as string;

    assert.throws(
      () => requireCronRule({ expression, timeZone: "UTC" }, now),
      invalid(/must be a string, not number/),
    );
  });

  for (const timeZone of ["", "Nowhere/Land", "UTC\n", 5 as unknown as string]) {
    it(`refuses the time zone ${JSON.stringify(timeZone)}`, () => {
      const check = (): void => requireCronRule({ expression: "0 8 * * 1", timeZone }, now);

      assert.throws(check, invalid(/is not the name of a time zone/));
    });
  }
});
