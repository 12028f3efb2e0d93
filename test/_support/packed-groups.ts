import type { WriteOperation } from "../../src/store/contract/store.ts";
import { GroupPacker } from "../../src/store/sqlite/group-codec.ts";

/** Returns the bytes of a group, from a buffer that has to grow. */
export function packGroup(batches: readonly (readonly WriteOperation[])[]): Uint8Array {
  const packer = new GroupPacker(1);
  for (const operations of batches) packer.add(operations);
  return packer.bytes;
}
