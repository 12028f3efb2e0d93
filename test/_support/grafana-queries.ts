import type { LRParser } from "@lezer/lr";
import { parser as promql } from "@prometheus-io/lezer-promql";

/** A selector of series in PromQL. */
export interface Selector {
  /** Empty where the name is a matcher of `__name__`. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** What it stands in, from the outside in: functions and aggregations. */
  readonly within: readonly string[];
}

/** `label op "value"`. */
export interface Matcher {
  readonly label: string;
  readonly op: string;
  readonly value: string;
}

/** What a PromQL expression says. */
export interface Query {
  readonly selectors: readonly Selector[];
  /** Labels that aggregations keep. */
  readonly groupings: readonly string[];
}

type Node = ReturnType<LRParser["parse"]>["topNode"];

/** With a value for each of Grafana's variables, as Grafana would put one in before it asks. */
export function withoutVariables(expr: string): string {
  return expr
    .replaceAll(/\$__(rate_interval|interval|range)\b/g, "5m")
    .replaceAll(/\$\{?\w+\}?/g, "any");
}

/** The part of `text` that is not PromQL, marked; `undefined` when all of it is. */
export function promQlError(text: string): string | undefined {
  let found: string | undefined;
  promql.parse(text).iterate({
    enter: ({ type, from }) => {
      if (type.isError) found ??= `${text.slice(0, from)}⟨here⟩${text.slice(from)}`;
    },
  });
  return found;
}

/** All nodes of a kind at or below `node`. */
function findAll(node: Node, name: string): Node[] {
  const found: Node[] = [];
  node.cursor().iterate((each) => {
    if (each.name === name) found.push(each.node);
  });
  return found;
}

/** Selectors and groupings of a PromQL expression whose variables stay as they are. */
export function readPromQl(expr: string): Query {
  const source = expr.replaceAll(/\$__\w+/g, "5m");
  const root = promql.parse(source).topNode;
  const text = ({ from, to }: { from: number; to: number }): string => source.slice(from, to);
  const selectors = findAll(root, "VectorSelector").map((node) => {
    const identifier = node.getChild("Identifier");
    const matchers = findAll(node, "UnquotedLabelMatcher").map((matcher) => {
      const [label, op, value] = ["LabelName", "MatchOp", "StringLiteral"].map((part) => {
        const child = matcher.getChild(part);
        return child === null ? "" : text(child);
      });
      return { label: label ?? "", op: op ?? "", value: JSON.parse(value ?? '""') as string };
    });
    return {
      name: identifier === null ? "" : text(identifier),
      matchers,
      within: around(node, text),
    };
  });
  const groupings = findAll(root, "GroupingLabels").flatMap((node) =>
    findAll(node, "LabelName").map(text),
  );
  return { selectors, groupings };
}

function around(node: Node, text: (node: Node) => string): string[] {
  const within: string[] = [];
  for (let at = node.parent; at !== null; at = at.parent) {
    const named = at.getChild("FunctionIdentifier") ?? at.getChild("AggregateOp");
    if (named !== null) within.unshift(text(named));
  }
  return within;
}
