import { LIMITS } from "../protocol/limits.ts";
import {
  type Heartbeat,
  type RunnerRecord,
  RunnerStatus,
  type ServedType,
} from "../protocol/runner-record.ts";
import { PROTOCOL_RANGE, type ProtocolRange } from "../protocol/versions.ts";
import { id } from "./fields.ts";
import { formatJson, invalid, parseJson } from "./json.ts";
import { requireLabels, requireMetadata } from "./metadata.ts";
import { requireRecordVersion } from "./placement-codec.ts";
import {
  array,
  finite,
  flag,
  integer,
  object,
  oneOf,
  optional,
  orUndefined,
  type Shape,
  text,
  time,
} from "./shape.ts";

const version: Shape<1> = (value, path) => integer(1)(value, path) as 1;

const served: Shape<ServedType> = object<ServedType>({
  name: text(LIMITS.idLength, 1),
  requires: optional(requireLabels),
  movable: optional(flag),
});

const range: Shape<ProtocolRange> = (value, path) => {
  const checked = object<ProtocolRange>({ min: integer(1), max: integer(1) })(value, path);
  if (checked.min <= checked.max) return checked;
  throw invalid(`${path}.min must not be above ${path}.max`);
};

const runner: Shape<RunnerRecord> = object<RunnerRecord>({
  version,
  runnerId: id,
  name: id,
  status: oneOf(RunnerStatus),
  protocol: range,
  types: array(served, LIMITS.types),
  capacity: orUndefined(integer(0)),
  labels: requireLabels,
  metadata: requireMetadata,
  joinedAtMs: time,
  changedAtMs: time,
  clearedAtMs: optional(time),
  host: text(LIMITS.labelLength),
  pid: integer(0),
});

const heartbeat: Shape<Heartbeat> = object<Heartbeat>({
  version,
  runnerId: id,
  sequence: integer(0),
  actors: integer(0),
  healthScore: finite(0, Number.MAX_SAFE_INTEGER),
  atMs: time,
});

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, or `ERR_METADATA_INVALID` for what the user has given */
export function encodeRunner(record: RunnerRecord): Uint8Array {
  requireRecordVersion(record, "runner", PROTOCOL_RANGE);
  return formatJson("runner", runner(record, "runner"), LIMITS.runnerBytes);
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION`, `ERR_METADATA_INVALID` */
export function decodeRunner(
  bytes: Uint8Array,
  readable: ProtocolRange = PROTOCOL_RANGE,
): RunnerRecord {
  const value = parseJson("runner", bytes, LIMITS.runnerBytes);
  requireRecordVersion(value, "runner", readable);
  return runner(value, "runner");
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` */
export function encodeHeartbeat(beat: Heartbeat): Uint8Array {
  requireRecordVersion(beat, "heartbeat", PROTOCOL_RANGE);
  return formatJson("heartbeat", heartbeat(beat, "heartbeat"), LIMITS.heartbeatBytes);
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function decodeHeartbeat(
  bytes: Uint8Array,
  readable: ProtocolRange = PROTOCOL_RANGE,
): Heartbeat {
  const value = parseJson("heartbeat", bytes, LIMITS.heartbeatBytes);
  requireRecordVersion(value, "heartbeat", readable);
  return heartbeat(value, "heartbeat");
}
