import type { ActorKey } from "../../actor/definition/keyed-address.ts";
import { ATTACHED_PREFIX } from "../../store/contract/attached-files.ts";
import { decodeActorKey, encodeActorKey, requireActorKey } from "../definition/actor-key.ts";

/*
 * The keys of everything that keyed actors store. `T` is a type name, `K` the text of a key; neither has a `/`.
 *
 *   m/T/K               record of an actor            s/T/K                    its state
 *   t/T/K/<id>          a schedule                    d/<due>/T/K/<id>         all due times of the store, in order
 *   q/T/K/<queue>/<n>   a message of a queue          p/T/K/<queue>/<n>        a message that was set aside
 *   v/T/K/<key>         a value of `c.kv`             e/<expiry>/T/K           all expiries of the store, in order
 *   f/T/K/<incarnation> the database file             g/<file>                 a database file to be removed
 *   n/T/K               claim of a new actor
 */

/** Type and key text of an actor: where its records are. */
export interface Owner {
  readonly type: string;
  /** As returned by `encodeActorKey`. */
  readonly keyText: string;
}

/** Returns where the records of an actor are. */
export function ownerOf(type: string, key: ActorKey): Owner {
  return { type, keyText: encodeActorKey(requireActorKey(key)) };
}

/** Returns the parts of an actor's key, frozen. */
export function keyOf({ keyText }: Owner): readonly string[] {
  return Object.freeze(decodeActorKey(keyText) ?? []); // the text of an actor's key is always that of a key
}

/** What the keys of all due times start with. */
export const DUE_PREFIX = "d/";
/** What the keys of all expiries start with. */
export const EXPIRY_PREFIX = "e/";
/** What the keys of all birth records start with. */
export const BIRTH_PREFIX = "n/";
/** What the keys of all database files to be removed start with. */
export const GARBAGE_PREFIX = "g/";

const DIGITS = 16;

/** Writes a time or sequence number so that the order of texts is that of numbers. */
function digits(value: number): string {
  const whole = Math.ceil(Math.min(Math.max(value, 0), Number.MAX_SAFE_INTEGER));
  return String(whole).padStart(DIGITS, "0");
}

function numberOf(text: string): number | undefined {
  if (!/^\d{16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function place({ type, keyText }: Owner): string {
  return `${type}/${keyText}`;
}

/** Key of the record of an actor. Every commit of the actor writes or removes it. */
export function metaKey(owner: Owner): string {
  return `m/${place(owner)}`;
}

/** Key of the birth record of an actor: it is being created. Exists only where activations are given their generations. */
export function birthKey(owner: Owner): string {
  return `${BIRTH_PREFIX}${place(owner)}`;
}

/** Returns the actor of a key made by {@link birthKey}; `undefined` for other keys. */
export function parseBirthKey(key: string): Owner | undefined {
  return key.startsWith(BIRTH_PREFIX)
    ? ownerIn(key.slice(BIRTH_PREFIX.length).split("/"))
    : undefined;
}

/** What the keys of the records of a type start with. @param keyPrefix as returned by `encodeKeyPrefix` */
export function metaPrefix(type: string, keyPrefix: string): string {
  return `m/${type}/${keyPrefix}`;
}

/** Returns the actor of a key made by {@link metaKey}; `undefined` for other keys. */
export function parseMetaKey(key: string): Owner | undefined {
  return key.startsWith("m/") ? ownerIn(key.slice(2).split("/")) : undefined;
}

/** Key of the state of an actor. */
export function stateKey(owner: Owner): string {
  return `s/${place(owner)}`;
}

/** What the keys of the schedules of an actor start with. */
export function schedulePrefix(owner: Owner): string {
  return `t/${place(owner)}/`;
}

/** Key of a schedule. @param id any text */
export function scheduleKey(owner: Owner, id: string): string {
  return `${schedulePrefix(owner)}${id}`;
}

/** Returns the id of a schedule from its key; the actor is known from the prefix that was listed. */
export function scheduleIdOf(owner: Owner, key: string): string | undefined {
  const prefix = schedulePrefix(owner);
  return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
}

/** A due time of a schedule. */
export interface DueEntry {
  readonly dueAtMs: number;
  readonly owner: Owner;
  readonly id: string;
}

/**
 * Key of the due time of a schedule. A time with fractions becomes the next whole millisecond; one before 1970 becomes
 * 0, and one beyond 2^53 ms the last whole millisecond.
 */
export function dueKey({ dueAtMs, owner, id }: DueEntry): string {
  return `${DUE_PREFIX}${digits(dueAtMs)}/${place(owner)}/${id}`;
}

/** What the keys of all due times after `atMs` come after; a cursor for a listing of {@link DUE_PREFIX}. */
export function dueCursor(atMs: number): string {
  return `${DUE_PREFIX}${digits(atMs)}`;
}

/** Returns the parts of a key made by {@link dueKey}; `undefined` for other keys. */
export function parseDueKey(key: string): DueEntry | undefined {
  if (!key.startsWith(DUE_PREFIX)) return undefined;
  const [due = "", type = "", keyText = "", ...id] = key.slice(DUE_PREFIX.length).split("/");
  const dueAtMs = numberOf(due);
  const owner = ownerIn([type, keyText]);
  if (dueAtMs === undefined || owner === undefined || id.length === 0) return undefined;
  return { dueAtMs, owner, id: id.join("/") };
}

/** What the keys of the messages of a queue start with; without a queue, those of all queues of the actor. */
export function queuePrefix(owner: Owner, queue?: string): string {
  return `q/${place(owner)}/${queue === undefined ? "" : `${queue}/`}`;
}

/** Key of a message of a queue. */
export function queueKey(owner: Owner, queue: string, sequence: number): string {
  return `${queuePrefix(owner, queue)}${digits(sequence)}`;
}

/** What the keys of the messages set aside start with; without a queue, those of all queues of the actor. */
export function setAsidePrefix(owner: Owner, queue?: string): string {
  return `p/${place(owner)}/${queue === undefined ? "" : `${queue}/`}`;
}

/** Key of a message that was set aside. */
export function setAsideKey(owner: Owner, queue: string, sequence: number): string {
  return `${setAsidePrefix(owner, queue)}${digits(sequence)}`;
}

/** Queue and sequence number of a message. */
export interface QueuePlace {
  readonly queue: string;
  readonly sequence: number;
}

/** Returns the place of a message from its key, also of one set aside; `undefined` for other keys. */
export function parseQueueKey(key: string): QueuePlace | undefined {
  const [section, type = "", keyText = "", queue = "", number = "", ...rest] = key.split("/");
  const sequence = numberOf(number);
  const isMessage = (section === "q" || section === "p") && ownerIn([type, keyText]) !== undefined;
  if (!isMessage || queue === "" || sequence === undefined || rest.length > 0) return undefined;
  return { queue, sequence };
}

/** What the keys of the values of `c.kv` start with. */
export function kvPrefix(owner: Owner): string {
  return `v/${place(owner)}/`;
}

/** Key of a value of `c.kv`. @param key any text, not escaped, so that order and prefixes are those of the user */
export function kvKey(owner: Owner, key: string): string {
  return `${kvPrefix(owner)}${key}`;
}

/** Key of the expiry of an actor; times are treated as in {@link dueKey}. */
export function expiryKey(expiresAtMs: number, owner: Owner): string {
  return `${EXPIRY_PREFIX}${digits(expiresAtMs)}/${place(owner)}`;
}

/** Returns the parts of a key made by {@link expiryKey}; `undefined` for other keys. */
export function parseExpiryKey(
  key: string,
): { readonly expiresAtMs: number; readonly owner: Owner } | undefined {
  if (!key.startsWith(EXPIRY_PREFIX)) return undefined;
  const [expiry = "", ...rest] = key.slice(EXPIRY_PREFIX.length).split("/");
  const expiresAtMs = numberOf(expiry);
  const owner = ownerIn(rest);
  return expiresAtMs === undefined || owner === undefined ? undefined : { expiresAtMs, owner };
}

/** What the keys of the names of an actor's database files start with. An actor has at most one. */
export function databasePrefix(owner: Owner): string {
  return `${ATTACHED_PREFIX}${place(owner)}/`;
}

/** Key that says that a database file belongs to an actor. Its value is the file's path in the directory. */
export function databaseKey(owner: Owner, incarnation: string): string {
  return `${databasePrefix(owner)}${incarnation}`;
}

/** Key of the note that a database file has to be removed. */
export function garbageKey(file: string): string {
  return `${GARBAGE_PREFIX}${file}`;
}

/** Returns the actor that exactly these two segments name. */
function ownerIn(segments: readonly string[]): Owner | undefined {
  const [type = "", keyText = ""] = segments;
  return segments.length === 2 && type !== "" && keyText !== "" ? { type, keyText } : undefined;
}

/** Prefixes of everything stored for an actor besides its record and state, due times and expiry. */
export function sectionPrefixes(owner: Owner): readonly string[] {
  return [
    schedulePrefix(owner),
    queuePrefix(owner),
    setAsidePrefix(owner),
    kvPrefix(owner),
    databasePrefix(owner),
  ];
}
