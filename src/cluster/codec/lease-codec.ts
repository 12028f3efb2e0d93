import type { CoordinatorLease } from "../protocol/coordinator-lease.ts";
import { LIMITS } from "../protocol/limits.ts";
import { PROTOCOL_RANGE, type ProtocolRange } from "../protocol/versions.ts";
import { id } from "./fields.ts";
import { formatJson, parseJson } from "./json.ts";
import { requireRecordVersion } from "./placement-codec.ts";
import { integer, object, type Shape, text, time } from "./shape.ts";

const lease: Shape<CoordinatorLease> = object<CoordinatorLease>({
  version: (value, path) => integer(1)(value, path) as 1, // checked against the range
  nodeId: id,
  term: integer(0),
  writeId: text(LIMITS.idLength, 1),
  atMs: time,
});

/** @throws ClusterError `ERR_PROTOCOL_INVALID` */
export function encodeLease(value: CoordinatorLease): Uint8Array {
  requireRecordVersion(value, "lease", PROTOCOL_RANGE);
  return formatJson("lease", lease(value, "lease"), LIMITS.heartbeatBytes);
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function decodeLease(
  bytes: Uint8Array,
  readable: ProtocolRange = PROTOCOL_RANGE,
): CoordinatorLease {
  const value = parseJson("lease", bytes, LIMITS.heartbeatBytes);
  requireRecordVersion(value, "lease", readable);
  return lease(value, "lease");
}
