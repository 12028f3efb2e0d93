/*
 * The tests of the W3C's trace context suite that concern the headers of one request, as a table. They are named as in
 * its `test.py`.
 */

export const TRACE_ID = "12345678901234567890123456789012";
export const PARENT_ID = "1234567890123456";
export const VALID_PARENT: string = `00-${TRACE_ID}-${PARENT_ID}-01`;

export interface TraceCase {
  readonly test: string;
  /** In the order in which they are sent; names in any case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Whether the trace of the request goes on. */
  readonly continued: boolean;
  /** `tracestate` that is passed on; default: none. */
  readonly state?: string;
}

const parent = (value: string): readonly [string, string] => ["traceparent", value];
const state = (value: string): readonly [string, string] => ["tracestate", value];

/** Cases in which nothing but `traceparent` is sent. */
function parents(test: string, continued: boolean, ...values: string[]): TraceCase[] {
  return values.map((value) => ({ test, headers: [parent(value)], continued }));
}

/** Cases with a valid `traceparent`. Each is a list of `tracestate` headers, and what is passed on. */
function states(test: string, ...cases: (readonly [string[], string?])[]): TraceCase[] {
  return cases.map(([values, expected]) => ({
    test,
    headers: [parent(VALID_PARENT), ...values.map(state)],
    continued: true,
    ...(expected === undefined ? {} : { state: expected }),
  }));
}

const T = TRACE_ID;
const P = PARENT_ID;
const numbered = (from: number, to: number): string =>
  Array.from(
    { length: to - from + 1 },
    (_, at) => `bar${String(from + at).padStart(2, "0")}=${from + at}`,
  ).join(",");
const VALUE_CHARACTERS = `${Array.from({ length: 0x7f - 0x20 }, (_, at) =>
  String.fromCharCode(0x20 + at),
)
  .join("")
  .replaceAll(/[,=]/g, "")}`;
const KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";

export const TRACE_CASES: readonly TraceCase[] = [
  { test: "both_traceparent_and_tracestate_missing", headers: [], continued: false },
  ...parents("traceparent_included_tracestate_missing", true, VALID_PARENT),
  {
    test: "traceparent_duplicated",
    headers: [parent(`00-${T.slice(0, -1)}1-${P}-01`), parent(VALID_PARENT)],
    continued: false,
  },
  ...["trace-parent", "trace.parent"].map((name) => ({
    test: "traceparent_header_name",
    headers: [[name, VALID_PARENT]] as const,
    continued: false,
  })),
  ...["TraceParent", "TrAcEpArEnT", "TRACEPARENT"].map((name) => ({
    test: "traceparent_header_name_valid_casing",
    headers: [[name, VALID_PARENT]] as const,
    continued: true,
  })),
  ...parents(
    "traceparent_version_0x00",
    false,
    `${VALID_PARENT}.`,
    `${VALID_PARENT}-what-the-future-will-be-like`,
  ),
  ...parents(
    "traceparent_version_0xcc",
    true,
    `cc-${T}-${P}-01`,
    `cc-${T}-${P}-01-what-the-future-will-be-like`,
  ),
  ...parents("traceparent_version_0xcc", false, `cc-${T}-${P}-01.what-the-future-will-be-like`),
  ...parents("traceparent_version_0xff", false, `ff-${T}-${P}-01`),
  ...parents("traceparent_version_illegal_characters", false, `.0-${T}-${P}-01`, `0.-${T}-${P}-01`),
  ...parents("traceparent_version_too_long", false, `000-${T}-${P}-01`, `0000-${T}-${P}-01`),
  ...parents("traceparent_version_too_short", false, `0-${T}-${P}-01`),
  ...parents("traceparent_trace_id_all_zero", false, `00-${"0".repeat(32)}-${P}-01`),
  ...parents(
    "traceparent_trace_id_illegal_characters",
    false,
    `00-.${T.slice(1)}-${P}-01`,
    `00-${T.slice(0, -1)}.-${P}-01`,
  ),
  ...parents("traceparent_trace_id_too_long", false, `00-${T}3-${P}-01`),
  ...parents("traceparent_trace_id_too_short", false, `00-${T.slice(1)}-${P}-01`),
  ...parents("traceparent_parent_id_all_zero", false, `00-${T}-${"0".repeat(16)}-01`),
  ...parents(
    "traceparent_parent_id_illegal_characters",
    false,
    `00-${T}-.${P.slice(1)}-01`,
    `00-${T}-${P.slice(0, -1)}.-01`,
  ),
  ...parents("traceparent_parent_id_too_long", false, `00-${T}-${P}7-01`),
  ...parents("traceparent_parent_id_too_short", false, `00-${T}-${P.slice(1)}-01`),
  ...parents(
    "traceparent_trace_flags_illegal_characters",
    false,
    `00-${T}-${P}-.0`,
    `00-${T}-${P}-0.`,
  ),
  ...parents("traceparent_trace_flags_too_long", false, `00-${T}-${P}-001`),
  ...parents("traceparent_trace_flags_too_short", false, `00-${T}-${P}-1`),
  ...parents(
    "traceparent_ows_handling",
    true,
    ` ${VALID_PARENT}`,
    `\t${VALID_PARENT}`,
    `${VALID_PARENT} `,
    `${VALID_PARENT}\t`,
    `\t ${VALID_PARENT} \t`,
  ),
  ...["foo=1", "foo=1,bar=2"].map((value) => ({
    test: "tracestate_included_traceparent_missing",
    headers: [state(value)],
    continued: false,
  })),
  ...states("tracestate_included_traceparent_included", [["foo=1,bar=2"], "foo=1,bar=2"]),
  ...["trace-state", "trace.state"].map((name) => ({
    test: "tracestate_header_name",
    headers: [parent(VALID_PARENT), [name, "foo=1"]] as const,
    continued: true,
  })),
  ...["TraceState", "TrAcEsTaTe", "TRACESTATE"].map((name) => ({
    test: "tracestate_header_name_valid_casing",
    headers: [parent(VALID_PARENT), [name, "foo=1"]] as const,
    continued: true,
    state: "foo=1",
  })),
  ...states("tracestate_empty_header", [[""]], [["foo=1", ""], "foo=1"], [["", "foo=1"], "foo=1"]),
  ...states("tracestate_multiple_headers_different_keys", [
    ["foo=1,bar=2", "rojo=1,congo=2", "baz=3"],
    "foo=1,bar=2,rojo=1,congo=2,baz=3",
  ]),
  ...states(
    "tracestate_duplicated_keys",
    [["foo=1,foo=1"]],
    [["foo=1,foo=2"]],
    [["foo=1", "foo=1"]],
    [["foo=1", "foo=2"]],
  ),
  ...states(
    "tracestate_all_allowed_characters",
    [[`${KEY_CHARACTERS}=${VALUE_CHARACTERS}`], `${KEY_CHARACTERS}=${VALUE_CHARACTERS}`],
    [
      [`${KEY_CHARACTERS}@a-z0-9_-*/=${VALUE_CHARACTERS}`],
      `${KEY_CHARACTERS}@a-z0-9_-*/=${VALUE_CHARACTERS}`,
    ],
  ),
  ...states(
    "tracestate_ows_handling",
    [["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"],
    [["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"],
    [[" foo=1"], "foo=1"],
    [["\tfoo=1"], "foo=1"],
    [["foo=1 "], "foo=1"],
    [["foo=1\t"], "foo=1"],
    [["\t foo=1 \t"], "foo=1"],
  ),
  ...states("tracestate_key_illegal_characters", [["foo =1"]], [["FOO=1"]], [["foo.bar=1"]]),
  ...states(
    "tracestate_key_illegal_vendor_format",
    [["foo@=1,bar=2"]],
    [["@foo=1,bar=2"]],
    [["foo@@bar=1,bar=2"]],
    [["foo@bar@baz=1,bar=2"]],
  ),
  ...states(
    "tracestate_member_count_limit",
    [[numbered(1, 10), numbered(11, 20), numbered(21, 30), numbered(31, 32)], numbered(1, 32)],
    [[numbered(1, 10), numbered(11, 20), numbered(21, 30), numbered(31, 33)]],
  ),
  ...states(
    "tracestate_key_length_limit",
    [["foo=1", `${"z".repeat(256)}=1`], `foo=1,${"z".repeat(256)}=1`],
    [["foo=1", `${"z".repeat(257)}=1`]],
    [
      ["foo=1", `${"t".repeat(241)}@${"v".repeat(14)}=1`],
      `foo=1,${"t".repeat(241)}@${"v".repeat(14)}=1`,
    ],
    [["foo=1", `${"t".repeat(242)}@v=1`]],
    [["foo=1", `t@${"v".repeat(15)}=1`]],
  ),
  ...states("tracestate_value_illegal_characters", [["foo=bar=baz"]], [["foo=,bar=3"]]),
  // Beyond the suite.
  ...parents(
    "upper_case",
    false,
    VALID_PARENT.replace("123", "ABC"),
    VALID_PARENT.replace("-1", "-A"),
  ),
  ...parents(
    "unknown_flags",
    true,
    ...["00", "02", "03", "fe", "ff"].map((flags) => `00-${T}-${P}-${flags}`),
  ),
  ...states("tracestate_of_another_vendor", [["ot=th:8;rv:abcdef,x=y"], "ot=th:8;rv:abcdef,x=y"]),
];
