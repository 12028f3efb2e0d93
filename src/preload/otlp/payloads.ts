/** How items of one signal become the body of a request. */
export interface ItemEncoder<Item> {
  /** @returns `undefined` when there is nothing to send */
  serializeRequest(items: Item[]): Uint8Array | undefined;
  /** Returns `item` with each of its texts cut to `maxLength` characters. */
  cut(item: Item, maxLength: number): Item;
}

/** The body of a request, and the items it contains. */
export interface Payload<Item> {
  readonly items: Item[];
  /** `undefined` when the items cannot be encoded. */
  readonly bytes: Uint8Array | undefined;
  /** Whether it is a single item that exceeds the limit even with its texts cut. */
  readonly oversized: boolean;
}

/** Maximum text lengths tried, in this order, for an item that is too large for a request of its own. */
const CUTS = [65_536, 4_096, 256];

/**
 * Encodes items into as few payloads of at most `maxBytes` as possible, in order. The texts of a single item
 * that is larger are cut; if that is not enough, its payload exceeds the limit.
 */
export function* encodeItems<Item>(
  items: Item[],
  encoder: ItemEncoder<Item>,
  maxBytes: number,
): Generator<Payload<Item>> {
  const bytes = encode(items, encoder);
  const { length } = items;
  if (bytes !== undefined && bytes.byteLength <= maxBytes) yield { items, bytes, oversized: false };
  else if (length > 1) {
    const parts = Math.max(2, Math.ceil((bytes?.byteLength ?? 0) / maxBytes));
    const size = Math.ceil(length / parts);
    for (let from = 0; from < length; from += size) {
      yield* encodeItems(items.slice(from, from + size), encoder, maxBytes);
    }
  } else yield encodeCut(items, bytes, encoder, maxBytes);
}

function encodeCut<Item>(
  items: Item[],
  whole: Uint8Array | undefined,
  encoder: ItemEncoder<Item>,
  maxBytes: number,
): Payload<Item> {
  let bytes = whole;
  for (const maxLength of CUTS) {
    bytes = encode(
      items.map((item) => encoder.cut(item, maxLength)),
      encoder,
    );
    if (bytes !== undefined && bytes.byteLength <= maxBytes) break;
  }
  return { items, bytes, oversized: (bytes?.byteLength ?? 0) > maxBytes };
}

/** A batch longer than the maximum string length cannot be encoded, but its parts can. */
function encode<Item>(items: Item[], encoder: ItemEncoder<Item>): Uint8Array | undefined {
  try {
    return encoder.serializeRequest(items);
  } catch {
    return undefined;
  }
}
