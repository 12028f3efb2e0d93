import { StatementClass } from "../../telemetry/attributes.ts";

/*
 * Reads SQL as far as its words, quoted texts and comments. That is enough to name the kind of a statement, to refuse
 * some kinds, and to show a statement without its values. SQLite alone decides what is valid.
 */

const TOKEN =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<value>[xX]?'[^']*(?:''[^']*)*(?:'|$)|\d(?:[\w.]|(?<=[eE])[+-])*|\.\d\w*)|(?<name>"[^"]*(?:""[^"]*)*(?:"|$)|`[^`]*(?:``[^`]*)*(?:`|$)|\[[^\]]*(?:\]|$))|(?<parameter>[?:@$][\w$]*)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<symbol>[\s\S])/uy;

type TokenKind = "space" | "value" | "name" | "parameter" | "word" | "symbol";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

function* tokensOf(sql: string): Generator<Token> {
  const pattern = new RegExp(TOKEN);
  for (let match = pattern.exec(sql); match !== null; match = pattern.exec(sql)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? [];
    yield { kind: kind as TokenKind, text: match[0] };
  }
}

function* wordsAtTop(sql: string): Generator<string> {
  let depth = 0;
  for (const { kind, text } of tokensOf(sql)) {
    if (text === "(") depth += 1;
    else if (text === ")") depth -= 1;
    else if (kind === "word" && depth === 0) yield text.toUpperCase();
  }
}

const CLASS_OF: ReadonlyMap<string, StatementClass> = new Map([
  ["SELECT", StatementClass.Select],
  ["VALUES", StatementClass.Select],
  ["INSERT", StatementClass.Insert],
  ["REPLACE", StatementClass.Insert],
  ["UPDATE", StatementClass.Update],
  ["DELETE", StatementClass.Delete],
]);

/** Returns the class of a statement: that of its first word, or after `WITH` that of the statement it belongs to. */
export function statementClass(sql: string): StatementClass {
  let isFirst = true;
  for (const word of wordsAtTop(sql)) {
    const found = CLASS_OF.get(word);
    if (found !== undefined) return found;
    if (isFirst && word !== "WITH") return StatementClass.Other;
    isFirst = false;
  }
  return StatementClass.Other;
}

const MAX_SHOWN = 120;

/** Returns a statement for logs and spans: on one line, shortened, with `?` in place of its values. */
export function shownSql(sql: string): string {
  let shown = "";
  for (const { kind, text } of tokensOf(sql)) {
    if (kind === "space") shown += shown.endsWith(" ") ? "" : " ";
    else shown += kind === "value" ? "?" : text;
    if (shown.length > MAX_SHOWN) return `${shown.slice(0, MAX_SHOWN).trim()}…`;
  }
  return shown.trim();
}

/** Whether a text has nothing but space, comments and semicolons. */
export function isBlank(sql: string): boolean {
  for (const { kind, text } of tokensOf(sql)) if (kind !== "space" && text !== ";") return false;
  return true;
}

/** Statements that reach other files, or that would end or begin transactions behind the runtime's back. */
const REFUSED: ReadonlySet<string> = new Set([
  ...["ATTACH", "DETACH", "VACUUM"],
  ...["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"],
]);

/** What may stand before the verb of a statement. */
const PREFIXES: ReadonlySet<string> = new Set([";", "EXPLAIN", "QUERY", "PLAN"]);

/** Pragmas that only read, with or without an argument. */
const PRAGMAS: ReadonlySet<string> = new Set([
  ...["table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo"],
  ...["foreign_key_list", "foreign_key_check", "quick_check", "integrity_check"],
]);

/** Pragmas that only read as long as they have no argument. */
const SETTINGS: ReadonlySet<string> = new Set([
  ...["application_id", "auto_vacuum", "cache_size", "collation_list", "compile_options"],
  ...["data_version", "encoding", "foreign_keys", "freelist_count", "function_list"],
  ...["journal_mode", "max_page_count", "page_count", "page_size", "synchronous", "user_version"],
]);

/** Whether a pragma, named in lower case, is one that changes nothing. */
export function isReadingPragma(name: string, hasArgument: boolean): boolean {
  return PRAGMAS.has(name) || (SETTINGS.has(name) && !hasArgument);
}

/** Prefix of the tables of limelight, which statements of users may read. */
export const OWN_TABLES = "_limelight_";

function pragmaProblem(tokens: readonly Token[]): string | undefined {
  const [, first, dot, second] = tokens;
  const hasSchema = dot?.text === ".";
  const name = ((hasSchema ? second : first)?.text ?? "").toLowerCase();
  const next = tokens[hasSchema ? 4 : 2]?.text;
  return isReadingPragma(name, next === "=" || next === "(")
    ? undefined
    : `PRAGMA ${/^\w{1,40}$/.test(name) ? name : ""} is not allowed in the database of an actor`;
}

/** Returns the tokens of a statement from its verb on. What is only explained may have effects while it is prepared. */
function statementTokens(sql: string): Token[] {
  const tokens = [...tokensOf(sql)].filter(({ kind }) => kind !== "space");
  const isPrefix = ({ text }: Token): boolean => PREFIXES.has(text.toUpperCase());
  const first = tokens.findIndex((token) => !isPrefix(token));
  return first === -1 ? [] : tokens.slice(first);
}

/** Returns why a single statement must not run in the database of an actor; `undefined` when it may. */
export function refusal(sql: string): string | undefined {
  const tokens = statementTokens(sql);
  const word = tokens[0]?.text.toUpperCase() ?? "";
  if (word === "PRAGMA") return pragmaProblem(tokens);
  if (REFUSED.has(word)) return `${word} is not allowed in the database of an actor`;
  if (statementClass(sql) === StatementClass.Select) return undefined;
  const touchesOwn = tokens.some(
    ({ kind, text }) =>
      (kind === "name" || kind === "word" || kind === "value") &&
      text
        .replace(/^["`['xX]+/, "")
        .toLowerCase()
        .startsWith(OWN_TABLES),
  );
  return touchesOwn ? `tables of limelight, ${OWN_TABLES}…, can only be read` : undefined;
}
