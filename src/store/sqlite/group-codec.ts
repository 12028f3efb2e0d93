import { WriteKind, type WriteOperation } from "../contract/store.ts";
import type { BatchAnswer } from "./batch-writer.ts";
import type { SentError } from "./sqlite-errors.ts";

/*
 * Groups of batches and their answers as they travel between threads: as bytes in one buffer, which is transferred. A
 * structured clone of as many objects takes longer than SQLite takes to write them.
 *
 * A group is a sequence of batches: the number of operations, then for each its kind, the expected revision (-1: none),
 * the lengths of key and value, the key in UTF-8 and the value. Both threads are on one machine and in one process, so
 * the byte order is of no account.
 */

const KINDS: readonly WriteKind[] = [
  WriteKind.Put,
  WriteKind.Delete,
  WriteKind.DeletePrefix,
  WriteKind.Check,
];
const COUNT_BYTES = 4;
const HEADER_BYTES = 17;
const NO_REVISION = -1;
/** A UTF-16 unit has at most three bytes. */
const UNIT_BYTES = 3;
const GROWTH = 2;
const ANSWER_NUMBERS = 2;
const NO_VALUE = new Uint8Array();

/** An operation as the thread of the writer sees it. Key and value are views of the group's bytes. */
export interface PackedOperation {
  readonly kind: WriteKind;
  readonly key: Uint8Array;
  /** Empty for kinds other than `put`. */
  readonly value: Uint8Array;
  readonly expectedRevision: number | undefined;
}

/** Copies batches into one buffer, which grows. */
export class GroupPacker {
  #bytes: Uint8Array<ArrayBuffer>;
  #text: Buffer;
  #view: DataView;
  #used = 0;

  /** @param expectedBytes size of the buffer at first */
  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(expectedBytes);
    this.#text = Buffer.from(this.#bytes.buffer);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What was packed. The packer must not be used any more. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#used);
  }

  /** Copies a batch, values included. */
  add(operations: readonly WriteOperation[]): void {
    this.#makeRoom(maxSizeOf(operations));
    this.#view.setUint32(this.#used, operations.length);
    this.#used += COUNT_BYTES;
    for (const operation of operations) this.#pack(operation);
  }

  #makeRoom(sizeBytes: number): void {
    const needed = this.#used + sizeBytes;
    if (needed <= this.#bytes.byteLength) return;
    const bytes = new Uint8Array(Math.max(needed, GROWTH * this.#bytes.byteLength));
    bytes.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes.buffer);
    this.#view = new DataView(bytes.buffer);
  }

  #pack(operation: WriteOperation): void {
    const at = this.#used;
    const value = operation.kind === WriteKind.Put ? operation.value : NO_VALUE;
    const keyAt = at + HEADER_BYTES;
    const keyBytes = this.#text.write(keyOf(operation), keyAt);
    const view = this.#view;
    view.setUint8(at, KINDS.indexOf(operation.kind));
    view.setFloat64(at + 1, expectedRevisionOf(operation) ?? NO_REVISION);
    view.setUint32(at + 9, keyBytes);
    view.setUint32(at + 13, value.byteLength);
    this.#bytes.set(value, keyAt + keyBytes);
    this.#used = keyAt + keyBytes + value.byteLength;
  }
}

/** Returns the batches of a group. */
export function unpackGroup(bytes: Uint8Array): PackedOperation[][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const batches: PackedOperation[][] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const operations: PackedOperation[] = [];
    const count = view.getUint32(at);
    at += COUNT_BYTES;
    while (operations.length < count) {
      const expectedRevision = view.getFloat64(at + 1);
      const keyAt = at + HEADER_BYTES;
      const valueAt = keyAt + view.getUint32(at + 9);
      const endsAt = valueAt + view.getUint32(at + 13);
      operations.push({
        kind: KINDS[view.getUint8(at)] as WriteKind,
        key: bytes.subarray(keyAt, valueAt),
        value: endsAt === valueAt ? NO_VALUE : bytes.subarray(valueAt, endsAt),
        expectedRevision: expectedRevision === NO_REVISION ? undefined : expectedRevision,
      });
      at = endsAt;
    }
    batches.push(operations);
  }
  return batches;
}

/** The answers to a group. */
export interface PackedAnswers {
  /** Revision and number of deletions of each batch; the revision of one that has failed is {@link NO_REVISION}. */
  readonly results: Float64Array<ArrayBuffer>;
  /** Errors of the batches that have failed, in order. */
  readonly errors: readonly SentError[];
}

export function packAnswers(answers: readonly BatchAnswer[]): PackedAnswers {
  const results = new Float64Array(answers.length * ANSWER_NUMBERS);
  const errors: SentError[] = [];
  for (const [at, answer] of answers.entries()) {
    if ("error" in answer) {
      results[at * ANSWER_NUMBERS] = NO_REVISION;
      errors.push(answer.error);
    } else {
      results[at * ANSWER_NUMBERS] = answer.result.revision;
      results[at * ANSWER_NUMBERS + 1] = answer.result.deleted;
    }
  }
  return { results, errors };
}

export function unpackAnswers({ results, errors }: PackedAnswers): BatchAnswer[] {
  const answers: BatchAnswer[] = [];
  let failed = 0;
  for (let at = 0; at < results.length; at += ANSWER_NUMBERS) {
    const revision = results[at] as number;
    if (revision === NO_REVISION) {
      answers.push({ error: errors[failed] as SentError });
      failed += 1;
    } else {
      answers.push({ result: { revision, deleted: results[at + 1] as number } });
    }
  }
  return answers;
}

function keyOf(operation: WriteOperation): string {
  return operation.kind === WriteKind.DeletePrefix ? operation.prefix : operation.key;
}

function expectedRevisionOf(operation: WriteOperation): number | undefined {
  return operation.kind === WriteKind.DeletePrefix ? undefined : operation.expectedRevision;
}

function maxSizeOf(operations: readonly WriteOperation[]): number {
  let sizeBytes = COUNT_BYTES;
  for (const operation of operations) {
    const valueBytes = operation.kind === WriteKind.Put ? operation.value.byteLength : 0;
    sizeBytes += HEADER_BYTES + keyOf(operation).length * UNIT_BYTES + valueBytes;
  }
  return sizeBytes;
}
