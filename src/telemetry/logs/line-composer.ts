import { stdTimeFunctions } from "pino";
import {
  errorMessage,
  isError,
  property,
  textProperty,
  UNREADABLE,
} from "../../base/foreign-value.ts";
import type { CorrelationFields } from "./correlation.ts";
import { errorFields } from "./error-fields.ts";
import { JsonWriter, quoteJson } from "./json-writer.ts";
import { CORRELATION_KEYS, type LineLayout, TRUNCATED_KEY } from "./line-layout.ts";
import {
  BINDINGS_TEXT,
  formattersOf,
  levelText,
  type PinoInternals,
  serializersOf,
  TIME,
} from "./pino-internals.ts";
import { pathsBelow, type RedactionPaths } from "./redact-paths.ts";
import { redactText } from "./redact-text.ts";
import { type SecretKeys, secretKeys } from "./secret-keys.ts";

/** A field that a logger adds to all of its lines. */
export interface Binding {
  readonly name: string;
  /** Includes the leading comma. */
  readonly json: string;
}

/** What the lines of a logger and of its children have in common. */
export interface LineSettings {
  readonly layout: LineLayout;
  readonly secrets: SecretKeys | undefined;
  readonly maxLineBytes: number;
  readonly messageKey: string;
  readonly errorKey: string;
  readonly nestedKey: string | undefined;
  readonly end: string;
}

/** What distinguishes a logger from its parent. */
export interface LoggerState {
  readonly settings: LineSettings;
  readonly bindings: readonly Binding[];
  readonly paths: RedactionPaths | undefined;
}

/** Contents of a line. */
export interface LineParts {
  readonly level: number;
  readonly time: string;
  readonly fields: object;
  /** Fields added by the user's mixin, which may replace the correlation. */
  readonly mixed: object | undefined;
  readonly correlation: CorrelationFields;
  readonly msg: string | undefined;
}

/** A line in pieces. All but the first begin with a comma unless they are empty. */
export interface LineText {
  readonly head: string;
  readonly time: string;
  readonly bindings: string;
  readonly correlation: string;
  readonly fields: string;
  readonly msg: string;
}

/** Characters reserved for the fields that report truncation. */
const RESERVE = 512;
const MAX_TEXT = 16_384;
const MAX_ITEMS = 1_000;
const MAX_DEPTH = 32;
const MIN_TOTAL = 256;
const REQUEST_ID = "request_id";

/** A scheme that a token may follow without a separator. */
const SCHEME = /bearer|basic/i;
/** Text that needs no escape and, without a scheme, contains no secret, whatever keys are secret. */
const PLAIN = /^[\w ,.;/()#+*<>!?-]{0,200}$/;

export function jsonWriter({ secrets, maxLineBytes }: LineSettings, total: number): JsonWriter {
  const text = Math.min(MAX_TEXT, Math.floor(maxLineBytes / 2));
  return new JsonWriter(secrets, { total, text, items: MAX_ITEMS, depth: MAX_DEPTH });
}

/** Returns the time field of a line. If the user's time function throws, pino's default is used. */
export function timeOf(logger: PinoInternals): string {
  try {
    return String((logger[TIME] as () => unknown)());
  } catch {
    return stdTimeFunctions.epochTime();
  }
}

/** Composes one line from its parts, within the logger's limits. */
export class LineComposer {
  readonly #logger: PinoInternals;
  readonly #state: LoggerState;
  readonly #parts: LineParts;
  /** Bindings that a field of this line overrides. */
  #overridden: Set<string> | undefined;

  constructor(logger: PinoInternals, state: LoggerState, parts: LineParts) {
    this.#logger = logger;
    this.#state = state;
    this.#parts = parts;
  }

  /** Returns the pieces of a line that stays within the maximum length. */
  compose(): LineText {
    const { maxLineBytes } = this.#state.settings;
    let total = maxLineBytes - RESERVE;
    for (let attempt = 0; attempt < 4 && total > MIN_TOTAL; attempt += 1) {
      const text = this.#compose(total);
      const bytes = bytesOf(text, maxLineBytes);
      if (bytes <= maxLineBytes) return text;
      total = Math.floor((total * maxLineBytes * 0.9) / bytes) - RESERVE;
    }
    return plainText(this.#logger, this.#state.settings, this.#parts);
  }

  #compose(total: number): LineText {
    const { level, time, correlation, msg } = this.#parts;
    const { settings } = this.#state;
    const writer = jsonWriter(settings, total);
    this.#overridden = undefined;
    // Written first, so that room for it is left.
    const msgText = msg === undefined ? "" : this.#msg(writer, msg);
    let fields = this.#fields(writer);
    const { cuts } = writer;
    if (cuts !== undefined) fields += `,"${TRUNCATED_KEY}":${JSON.stringify(cuts)}`;
    return {
      head: levelText(this.#logger, level),
      time,
      bindings: this.#bindings(),
      correlation: correlationText(correlation) + this.#requestId(),
      fields,
      msg: msgText,
    };
  }

  /** A field or binding of this name takes precedence, since applications have request ids of their own. */
  #requestId(): string {
    const { correlation, fields, mixed } = this.#parts;
    const { request_id: id } = correlation;
    if (id === undefined || property(fields, REQUEST_ID) !== undefined) return "";
    if (mixed !== undefined && property(mixed, REQUEST_ID) !== undefined) return "";
    if (this.#state.bindings.some(({ name }) => name === REQUEST_ID)) return "";
    return `,"${REQUEST_ID}":${quoteJson(id)}`;
  }

  #msg(writer: JsonWriter, msg: string): string {
    const { messageKey } = this.#state.settings;
    const serializer = serializersOf(this.#logger)[messageKey];
    const { paths } = this.#state;
    const places = paths === undefined ? undefined : pathsBelow(paths.start, messageKey);
    const json =
      serializer === undefined && places === undefined
        ? plainOr(writer, messageKey, msg)
        : writer.member(messageKey, serialize(serializer, msg), places);
    return json === undefined ? "" : `,${quoteJson(messageKey)}:${json}`;
  }

  #bindings(): string {
    const overridden = this.#overridden;
    if (overridden === undefined) return this.#logger[BINDINGS_TEXT] as string;
    const left = this.#state.bindings.filter(({ name }) => !overridden.has(name));
    return left.map(({ json }) => json).join("");
  }

  #fields(writer: JsonWriter): string {
    const { mixed, fields } = this.#parts;
    let text = "";
    try {
      if (mixed !== undefined) text += this.#members(writer, mixed, fields);
      text += this.#members(writer, fields, undefined);
    } catch {
      text += ',"fields":"[unreadable]"'; // a proxy whose `ownKeys` trap throws
    }
    return text;
  }

  /** @param above an object whose fields take precedence over those of `given` */
  #members(writer: JsonWriter, given: object, above: object | undefined): string {
    let text = "";
    const keys = Object.keys(given);
    for (let at = 0; at < keys.length; at += 1) {
      const key = keys[at] as string;
      if (writer.full || at >= MAX_ITEMS) {
        writer.cut(at === keys.length - 1 ? key : `${key} and ${keys.length - 1 - at} more`);
        break;
      }
      if (above !== undefined && Object.hasOwn(above, key)) continue;
      text += this.#field(writer, key, property(given, key));
    }
    return text;
  }

  #field(writer: JsonWriter, key: string, value: unknown): string {
    const { bindings, settings } = this.#state;
    // A line without a text has taken this value as its text.
    if (key === settings.messageKey && value === this.#parts.msg) return "";
    const json = this.#member(writer, key, value);
    if (json === undefined) return "";
    const { name, json: quoted } = settings.layout.name(key);
    if (bindings.some((binding) => binding.name === name)) {
      this.#overridden ??= new Set();
      this.#overridden.add(name);
    }
    writer.spend(quoted.length);
    return quoted + json;
  }

  #member(writer: JsonWriter, key: string, given: unknown): string | undefined {
    if (given === UNREADABLE) return '"[unreadable]"';
    if (given === undefined || typeof given === "function") return undefined;
    const { errorKey } = this.#state.settings;
    const serializers = serializersOf(this.#logger);
    const serializer = serializers[key] ?? (key === errorKey ? serializers["err"] : undefined);
    const value = serialize(serializer, given);
    const { paths } = this.#state;
    const places = paths === undefined ? undefined : pathsBelow(paths.start, key);
    return writer.member(key, value, places);
  }
}

/** Returns the value a serializer produces, or a fallback if it throws. */
export function serialize(
  serializer: ((value: unknown) => unknown) | undefined,
  value: unknown,
): unknown {
  if (serializer === undefined) return value;
  try {
    return serializer(value);
  } catch {
    return errorFields(value);
  }
}

function plainOr(writer: JsonWriter, key: string, text: string): string {
  if (!PLAIN.test(text) || SCHEME.test(text)) return writer.text(key, text);
  writer.spend(text.length);
  return `"${text}"`;
}

function correlationText(fields: CorrelationFields): string {
  let text = "";
  for (const key of CORRELATION_KEYS) {
    const value = fields[key as keyof CorrelationFields];
    if (value === undefined) continue;
    text += `,"${key}":${typeof value === "number" ? value : quoteJson(value)}`;
  }
  return text;
}

function bytesOf(text: LineText, limit: number): number {
  const { head, time, bindings, correlation, fields, msg } = text;
  const whole = head + time + bindings + correlation + fields + msg;
  // No UTF-16 code unit takes more than three bytes in UTF-8.
  return whole.length * 3 <= limit ? whole.length : Buffer.byteLength(whole) + 2;
}

/** Returns the text of a line that cannot be written in full: its actor and its message. */
export function plainText(
  logger: PinoInternals,
  { messageKey }: LineSettings,
  parts: LineParts,
): LineText {
  const { level, time, fields, correlation, msg } = parts;
  const event = textProperty(fields, "event");
  const known = event === undefined ? "" : `,"event":${quoteJson(event.slice(0, 128))}`;
  return {
    head: levelText(logger, level),
    time,
    bindings: "",
    correlation: correlationText(correlation),
    fields: `${known},"${TRUNCATED_KEY}":["*"]`,
    msg: msg === undefined ? "" : `,${quoteJson(messageKey)}:${shortText(msg)}`,
  };
}

function shortText(msg: string): string {
  return quoteJson(redactText(msg.slice(0, 1_024), secretKeys).slice(0, 256));
}

/** Splits the arguments of a log call into fields and text, as pino does. */
export function takeApart(
  given: unknown,
  text: string | undefined,
  { errorKey, messageKey }: LineSettings,
): { readonly fields: object; readonly msg: string | undefined } {
  if (typeof given !== "object" || given === null) return { fields: {}, msg: text };
  if (isError(given)) return { fields: { [errorKey]: given }, msg: text ?? errorMessage(given) };
  if (text !== undefined) return { fields: given, msg: text };
  const own = textProperty(given, messageKey);
  if (own !== undefined) return { fields: given, msg: own };
  const error = property(given, errorKey);
  const msg =
    typeof error === "object" && error !== null ? textProperty(error, "message") : undefined;
  return { fields: given, msg };
}

/** Returns `fields` as formatted by the logger's `formatters.log`. */
export function formatFields(logger: PinoInternals, fields: object): object {
  const { log } = formattersOf(logger);
  if (log === undefined) return fields;
  try {
    const formatted: unknown = log(fields);
    return typeof formatted === "object" && formatted !== null ? formatted : fields;
  } catch {
    return fields;
  }
}
