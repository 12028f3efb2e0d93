import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { RunnerMetadata } from "../protocol/runner-record.ts";
import { isForbiddenKey } from "./json.ts";

const KEY = /^[\w.-]{1,64}$/;

/** Total keys that were counted so far. */
interface Count {
  keys: number;
}

/**
 * Checks what users give to a runner: a JSON object of at most 16 KiB, 8 levels and 128 keys, whose keys are 1 to 64 of
 * `A-Z a-z 0-9 _ . -`.
 *
 * @returns a frozen copy
 * @throws ClusterError `ERR_METADATA_INVALID` with the path and the rule; nothing is shortened or left out
 */
export function requireMetadata(metadata: unknown, path = "metadata"): RunnerMetadata {
  if (!isPlainObject(metadata)) throw refuse(path, "must be an object");
  const copy = copyOf(metadata, path, 1, { keys: 0 }) as RunnerMetadata;
  const size = Buffer.byteLength(JSON.stringify(copy));
  if (size <= LIMITS.metadataBytes) return copy;
  throw refuse(path, `has ${size} bytes as JSON, ${LIMITS.metadataBytes} are allowed`);
}

/**
 * Checks labels: at most 64, named like the keys of metadata, with texts of 1 to 256 characters.
 *
 * @returns a frozen copy
 * @throws ClusterError `ERR_METADATA_INVALID`
 */
export function requireLabels(labels: unknown, path = "labels"): Readonly<Record<string, string>> {
  if (!isPlainObject(labels)) throw refuse(path, "must be an object");
  const entries = Object.entries(labels);
  if (entries.length > LIMITS.labels) {
    throw refuse(path, `has ${entries.length} labels, ${LIMITS.labels} are allowed`);
  }
  return Object.freeze(
    Object.fromEntries(
      entries.map(([key, value]) => [requireKey(key, path), requireLabel(value, `${path}.${key}`)]),
    ),
  );
}

function requireLabel(value: unknown, path: string): string {
  if (typeof value !== "string") throw refuse(path, "must be a text");
  if (!value.isWellFormed()) throw refuse(path, "has half a surrogate pair");
  if (value.length >= 1 && value.length <= LIMITS.labelLength) return value;
  throw refuse(path, `must have 1 to ${LIMITS.labelLength} characters`);
}

function copyOf(value: unknown, path: string, depth: number, count: Count): unknown {
  if (typeof value !== "object" || value === null) return requireScalar(value, path);
  if (depth > LIMITS.metadataDepth) {
    throw refuse(path, `is nested more than ${LIMITS.metadataDepth} levels deep`);
  }
  if (Array.isArray(value)) return copyOfArray(value, path, depth, count);
  if (!isPlainObject(value)) throw refuse(path, "must be JSON");
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    requireKey(key, path);
    count.keys += 1;
    if (count.keys > LIMITS.metadataKeys) {
      throw refuse(path, `has more than ${LIMITS.metadataKeys} keys`);
    }
    copy[key] = copyOf(entry, `${path}.${key}`, depth + 1, count);
  }
  return Object.freeze(copy);
}

function requireScalar(value: unknown, path: string): unknown {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") {
    // Before it is copied anywhere: the whole is checked at the end.
    if (value.length > LIMITS.metadataBytes) throw refuse(path, "is too long");
    if (value.isWellFormed()) return value;
    throw refuse(path, "has half a surrogate pair");
  }
  if (typeof value !== "number") throw refuse(path, "must be JSON");
  if (Number.isFinite(value)) return value === 0 ? 0 : value;
  throw refuse(path, "must be a finite number");
}

function copyOfArray(value: unknown[], path: string, depth: number, count: Count): unknown {
  if (value.length > LIMITS.metadataBytes / 2) throw refuse(path, "is too long");
  return Object.freeze(
    Array.from(value, (entry, at) => copyOf(entry, `${path}[${at}]`, depth + 1, count)),
  );
}

function requireKey(key: string, path: string): string {
  if (isForbiddenKey(key)) throw refuse(path, "has a key that changes prototypes");
  if (KEY.test(key)) return key;
  throw refuse(path, "has a key that is not 1 to 64 of A-Z a-z 0-9 _ . -");
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refuse(path: string, rule: string): ClusterError {
  return new ClusterError(`${path} ${rule}`, { code: ErrorCode.MetadataInvalid });
}
