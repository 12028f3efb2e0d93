import { crc32 } from "node:zlib";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { compareKeys } from "../../store/contract/key-order.ts";
import { shownKey } from "../../store/contract/limits.ts";
import {
  type Bundle,
  type BundleItem,
  type BundleWrite,
  MAX_WRITES,
  stored,
  THIS_WRITE,
} from "./bundle.ts";

/*
 * A bundle as bytes, big-endian:
 *
 *   2  "LB"
 *   1  version of the format
 *   1  number of writes
 *   4  number of items
 *      of each write: 8 id, 8 sequence (0: this message)
 *      of each item: 4 length of its name, 4 length of its value, 8 revision (0: this message), name, value
 *   4  CRC-32 of everything before, and of the name of the home
 */

const MAGIC = 0x4c42;
const VERSION = 1;
const HEADER_BYTES = 8;
const WRITE_BYTES = 16;
const ITEM_BYTES = 16;
const CHECKSUM_BYTES = 4;
const ID_BYTES = 8;
const COUNT_AT = 4;
/** Numbers have two words: as one `bigint` they would be copied. */
const WORD = 2 ** 32;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns the bytes of a bundle. @param name of its home */
export function encodeBundle(name: string, { items, writes }: Omit<Bundle, "sequence">): Buffer {
  const names = items.map(({ item }) => Buffer.from(item));
  let size = HEADER_BYTES + writes.length * WRITE_BYTES + CHECKSUM_BYTES;
  for (const [at, { value }] of items.entries()) {
    size += ITEM_BYTES + (names[at] as Buffer).length + value.byteLength;
  }
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeUInt16BE(MAGIC, 0);
  bytes.writeUInt8(VERSION, 2);
  bytes.writeUInt8(writes.length, 3);
  bytes.writeUInt32BE(items.length, COUNT_AT);
  let at = HEADER_BYTES;
  for (const { id, sequence } of writes) {
    bytes.write(id, at, "hex");
    writeNumber(bytes, sequence, at + ID_BYTES);
    at += WRITE_BYTES;
  }
  for (const [index, { value, revision }] of items.entries()) {
    const itemName = names[index] as Buffer;
    bytes.writeUInt32BE(itemName.length, at);
    bytes.writeUInt32BE(value.byteLength, at + 4);
    writeNumber(bytes, revision, at + 8);
    bytes.set(itemName, at + ITEM_BYTES);
    bytes.set(value, at + ITEM_BYTES + itemName.length);
    at += ITEM_BYTES + itemName.length + value.byteLength;
  }
  bytes.writeUInt32BE(checksumOf(bytes.subarray(0, at), name), at);
  return bytes;
}

/**
 * Returns the bundle of a message. Its values are views of `bytes`.
 *
 * @throws {@link StoreError} `ERR_STORE_NEWER_FORMAT`, or `ERR_STORE_CORRUPT` for bytes that are not those of a bundle of
 *   this home
 */
export function decodeBundle(name: string, bytes: Uint8Array, sequence: number): Bundle {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  requireVersion(name, buffer);
  const endsAt = buffer.length - CHECKSUM_BYTES;
  if (buffer.readUInt32BE(endsAt) !== checksumOf(buffer.subarray(0, endsAt), name)) {
    throw damaged(name);
  }
  const reader = new BundleReader(name, buffer.subarray(0, endsAt));
  return stored(reader.read(), sequence);
}

/** Returns whether a message says that its home was removed, without decoding it. */
export function isRemoval(bytes: Uint8Array): boolean {
  if (bytes.byteLength < HEADER_BYTES + CHECKSUM_BYTES) return false;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32BE(COUNT_AT) === 0;
}

function requireVersion(name: string, bytes: Buffer): void {
  if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES || bytes.readUInt16BE(0) !== MAGIC) {
    throw damaged(name);
  }
  const version = bytes.readUInt8(2);
  if (version === VERSION) return;
  throw new StoreError(
    `what is stored of ${shownKey(name)} has format ${version}, of at most ${VERSION}`,
    {
      code: ErrorCode.StoreNewerFormat,
      key: name,
    },
  );
}

/** Reads what the checksum has confirmed. Every length is checked all the same before it is used. */
class BundleReader {
  readonly #name: string;
  readonly #bytes: Buffer;
  #at = HEADER_BYTES;

  constructor(name: string, bytes: Buffer) {
    this.#name = name;
    this.#bytes = bytes;
  }

  read(): Pick<Bundle, "items" | "writes"> {
    const writes: BundleWrite[] = [];
    const items: BundleItem[] = [];
    const writeCount = this.#bytes.readUInt8(3);
    const itemCount = this.#bytes.readUInt32BE(COUNT_AT);
    this.#require(writeCount >= 1 && writeCount <= MAX_WRITES);
    this.#require(itemCount <= this.#left / ITEM_BYTES);
    while (writes.length < writeCount) writes.push(this.#write());
    while (items.length < itemCount) items.push(this.#item(items.at(-1)?.item));
    this.#require(this.#left === 0);
    return { items, writes };
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  #write(): BundleWrite {
    this.#require(this.#left >= WRITE_BYTES);
    const id = this.#bytes.toString("hex", this.#at, this.#at + ID_BYTES);
    const sequence = this.#number(this.#at + ID_BYTES);
    this.#at += WRITE_BYTES;
    return { id, sequence };
  }

  #item(before: string | undefined): BundleItem {
    this.#require(this.#left >= ITEM_BYTES);
    const nameBytes = this.#bytes.readUInt32BE(this.#at);
    const valueBytes = this.#bytes.readUInt32BE(this.#at + 4);
    const revision = this.#number(this.#at + 8);
    this.#at += ITEM_BYTES;
    this.#require(nameBytes + valueBytes <= this.#left);
    const item = this.#text(nameBytes);
    this.#require(before === undefined || compareKeys(before, item) < 0);
    const value = this.#bytes.subarray(this.#at, this.#at + valueBytes);
    this.#at += valueBytes;
    return { item, value, revision };
  }

  #text(length: number): string {
    try {
      const text = decoder.decode(this.#bytes.subarray(this.#at, this.#at + length));
      this.#at += length;
      return text;
    } catch {
      throw damaged(this.#name);
    }
  }

  #number(at: number): number {
    const number = this.#bytes.readUInt32BE(at) * WORD + this.#bytes.readUInt32BE(at + 4);
    this.#require(Number.isSafeInteger(number) && number >= THIS_WRITE);
    return number;
  }

  #require(holds: boolean): void {
    if (!holds) throw damaged(this.#name);
  }
}

function writeNumber(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / WORD), at);
  bytes.writeUInt32BE(value % WORD, at + 4);
}

function checksumOf(bytes: Uint8Array, name: string): number {
  return crc32(name, crc32(bytes));
}

function damaged(name: string): StoreError {
  return new StoreError(`what is stored of ${shownKey(name)} is damaged`, {
    code: ErrorCode.StoreCorrupt,
    key: name,
  });
}
