import { ErrorCode, UsageError } from "../../base/errors.ts";
import { shownKey } from "../../store/contract/limits.ts";
import { fromToken, toToken } from "../protocol/address.ts";

/*
 * Where keys are kept. All records of an actor have one home, so that one message holds them and a write of several is
 * atomic; every other key has its own.
 *
 *   m/T/K  n/T/K  s/T/K  t/T/K/…  q/…  p/…  v/… …  <prefix>.records.<T>.<K>
 *   any other key, of which a segment is `first`  <prefix>.index.k.<first>.<the rest>, or <prefix>.index.k.<key>
 *   (no key) a record that may have no `m/T/K`    <prefix>.index.x.<T>.<K>
 */

/**
 * The stream that a home is in.
 *
 * @enum
 */
export const StreamKind = { Records: "records", Index: "index" } as const;
export type StreamKind = (typeof StreamKind)[keyof typeof StreamKind];

/** A subject and what it stands for. */
export interface Home {
  readonly stream: StreamKind;
  /** Without the prefix of the namespace. Unique. */
  readonly subject: string;
  /** `T/K` for the records of an actor, the key itself for others. Part of the checksum. */
  readonly name: string;
  /** Whether it only refers to an actor: a due time, an expiry, a file to be removed, or a note. */
  readonly isIndex: boolean;
}

/** A key and where it is. */
export interface Located {
  readonly home: Home;
  /** The key within its home: `m`, `s`, `t/<id>` …; empty in a home of its own. */
  readonly item: string;
}

/** Sections of which an actor has one key, and those of which it has any number. */
export const SINGLE_SECTIONS = "mns";
const MANY_SECTIONS = "tqpvf";
/** All sections of actors, in the order of their keys. */
export const SECTIONS: readonly string[] = [..."fmnpqstv"];
/** Item of the birth record of an actor. It is there only where the record of the actor is not. */
export const BIRTH_ITEM = "n";
/** Item of the record of an actor, with which listings begin. */
export const META_ITEM = "m";

/**
 * A key that only refers to an actor: a due time, an expiry, a file to be removed. Writes of actors may contain such keys;
 * they are written before and deleted after the records, so that a crash leaves at most one that points at nothing.
 */
const INDEX_KEY = /^[deg]\//;
/** The line of a publish, with its reply and the sizes, has at most 4,096 bytes; namespaces and inboxes are short. */
const MAX_SUBJECT = 3_600;

/**
 * Returns where a key is.
 *
 * @throws {@link UsageError} `ERR_STORE_INVALID_KEY` when its subject would be too long
 */
export function locate(key: string): Located {
  const owner = ownerIn(key);
  if (owner === undefined) return { home: keyHome(key), item: "" };
  return { home: requireLength(recordsHome(owner.name), key), item: owner.item };
}

function ownerIn(key: string): { readonly name: string; readonly item: string } | undefined {
  if (key[1] !== "/") return undefined;
  const section = key[0] as string;
  const isSingle = SINGLE_SECTIONS.includes(section);
  if (!isSingle && !MANY_SECTIONS.includes(section)) return undefined;
  const second = key.indexOf("/", 2);
  if (second <= 2) return undefined;
  const third = key.indexOf("/", second + 1);
  if (isSingle) {
    const isWhole = third === -1 && second + 1 < key.length;
    return isWhole ? { name: key.slice(2), item: section } : undefined;
  }
  if (third <= second + 1) return undefined;
  return { name: key.slice(2, third), item: `${section}${key.slice(third)}` };
}

/** Returns the key of an item of a home. */
export function keyIn({ stream, name }: Home, item: string): string {
  if (stream === StreamKind.Index) return name;
  return `${item[0]}/${name}${item.slice(1)}`;
}

/** Returns the home of the records of an actor. @param name `T/K` */
export function recordsHome(name: string): Home {
  const subject = `records.${ownerTokens(name)}`;
  return { stream: StreamKind.Records, subject, name, isIndex: false };
}

/** Returns the home of the note that the records of an actor may lack the record `m/T/K`, or be removed. */
export function exceptionHome(name: string): Home {
  const subject = `index.x.${ownerTokens(name)}`;
  return { stream: StreamKind.Index, subject, name, isIndex: true };
}

function keyHome(key: string): Home {
  const slash = key.indexOf("/");
  const tokens =
    slash === -1
      ? toToken(key)
      : `${toToken(key.slice(0, slash))}.${toToken(key.slice(slash + 1))}`;
  const subject = `index.k.${tokens}`;
  const isIndex = INDEX_KEY.test(key);
  return requireLength({ stream: StreamKind.Index, subject, name: key, isIndex }, key);
}

function requireLength(home: Home, key: string): Home {
  if (home.subject.length <= MAX_SUBJECT) return home;
  throw new UsageError(
    `key ${shownKey(key)} needs a subject of ${home.subject.length} bytes, of at most ${MAX_SUBJECT}`,
    { code: ErrorCode.StoreInvalidKey },
  );
}

function ownerTokens(name: string): string {
  const slash = name.indexOf("/");
  return `${toToken(name.slice(0, slash))}.${toToken(name.slice(slash + 1))}`;
}

/** Returns what the subject of a record or a note stands for: `T/K`; `undefined` for other subjects. */
export function ownerAt(subject: string): string | undefined {
  const tokens = subject.split(".");
  const isNote = tokens[0] === "index" && tokens[1] === "x";
  if (!isNote && tokens[0] !== "records") return undefined;
  return textsOf(tokens.slice(isNote ? 2 : 1), 2)?.join("/");
}

/** Returns the key that has the home of this subject to itself; `undefined` for other subjects. */
export function keyAt(subject: string): string | undefined {
  const [stream, branch, ...tokens] = subject.split(".");
  if (stream !== "index" || branch !== "k") return undefined;
  return (textsOf(tokens, 1) ?? textsOf(tokens, 2))?.join("/");
}

function textsOf(tokens: readonly string[], count: number): readonly string[] | undefined {
  if (tokens.length !== count) return undefined;
  const texts = tokens.map(fromToken);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}
