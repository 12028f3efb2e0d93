import { type DestinationStream, type Logger, pino } from "pino";

/* The parts of a pino logger that are read by symbol. `pino.symbols` exports them; its types omit some. */
const symbols = pino.symbols as unknown as Readonly<Record<string, symbol>>;

function symbolOf(name: string): symbol {
  return symbols[name] ?? Symbol.for(`limelight.absent.${name}`);
}

export const BINDINGS_TEXT: symbol = symbolOf("chindingsSym");
export const FORMAT_OPTIONS: symbol = symbolOf("formatOptsSym");
export const FORMATTERS: symbol = symbolOf("formattersSym");
const LEVEL_TEXTS: symbol = symbolOf("lsCacheSym");
const SERIALIZERS: symbol = symbolOf("serializersSym");
const STREAM: symbol = symbolOf("streamSym");
export const TIME: symbol = symbolOf("timeSym");
const TIME_SLICE: symbol = symbolOf("timeSliceIndexSym");
export const WRITE: symbol = symbolOf("writeSym");
const NEEDS_METADATA: symbol = symbolOf("needsMetadataGsym");

type Serializer = (value: unknown) => unknown;

/** The formatters of a logger, by symbol in pino. */
export interface PinoFormatters {
  readonly bindings?: (bindings: object) => object;
  readonly log?: (fields: object) => object;
}

/** A logger with access to its internals. */
export type PinoInternals = Logger & Record<symbol, unknown>;

export function formattersOf(logger: PinoInternals): PinoFormatters {
  return (logger[FORMATTERS] ?? {}) as PinoFormatters;
}

export function serializersOf(logger: PinoInternals): Readonly<Record<string, Serializer>> {
  return (logger[SERIALIZERS] ?? {}) as Readonly<Record<string, Serializer>>;
}

/** Returns the beginning of a line of that level: `{"level":30`. */
export function levelText(logger: PinoInternals, level: number): string {
  return (logger[LEVEL_TEXTS] as Record<number, string>)[level] ?? `{"level":${level}`;
}

/** Facts about a line that streams may read: pino's `multistream` selects by level. */
export interface LineFacts {
  readonly level: number;
  readonly fields: object;
  readonly msg: string | undefined;
  readonly time: string;
}

/** Writes `text` to the logger's stream. */
export function writeTo(logger: PinoInternals, text: string, facts: LineFacts): void {
  const stream = logger[STREAM] as DestinationStream & Record<PropertyKey, unknown>;
  if (stream[NEEDS_METADATA] === true) {
    stream["lastLevel"] = facts.level;
    stream["lastObj"] = facts.fields;
    stream["lastMsg"] = facts.msg;
    stream["lastTime"] = facts.time.slice(logger[TIME_SLICE] as number);
    stream["lastLogger"] = logger;
  }
  stream.write(text);
}
