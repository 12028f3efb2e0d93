import { ClusterError, LimelightError } from "../../base/errors.ts";
import type { KeyValueEntry } from "../engine/key-value.ts";
import { LIMITS } from "../protocol/limits.ts";
import {
  PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../protocol/placement-record.ts";
import { PROTOCOL_RANGE, type ProtocolRange, requireVersion } from "../protocol/versions.ts";
import { commandShape } from "./command-codec.ts";
import { address, generation, id, index } from "./fields.ts";
import { formatJson, invalid, parseJson } from "./json.ts";
import {
  array,
  integer,
  json,
  object,
  oneOf,
  optional,
  orUndefined,
  type Shape,
  text,
  time,
} from "./shape.ts";

const version: Shape<1> = (value, path) => integer(1)(value, path) as 1; // checked against the range

const fields: Shape<PlacementRecord> = object<PlacementRecord>({
  version,
  address,
  status: oneOf(PlacementStatus),
  runnerId: orUndefined(id),
  generation,
  commandIndex: index,
  eventIndex: index,
  attempts: integer(0),
  notBeforeMs: time,
  deadlineMs: time,
  sinceMs: time,
  reason: oneOf(PlacementReason),
  outbox: array(commandShape, LIMITS.outboxCommands),
  writeId: text(LIMITS.idLength, 1),
  carriedFrom: optional(id),
  input: optional(json),
});

function placementShape(value: unknown, range: ProtocolRange): PlacementRecord {
  requireRecordVersion(value, "placement", range);
  const record = fields(value, "placement");
  if (hasRunner(record.status) !== (record.runnerId !== undefined)) {
    throw invalid("placement.runnerId belongs to starting, running and stopping actors");
  }
  for (const { checkpoint } of record.outbox) {
    if (
      checkpoint.address === record.address &&
      checkpoint.generation === record.generation &&
      checkpoint.index <= record.commandIndex
    ) {
      continue;
    }
    throw invalid("placement.outbox has a command of another actor or generation");
  }
  return record;
}

/** Returns whether an actor in this state is, or is about to be, on a runner. */
export function hasRunner(status: PlacementStatus): boolean {
  switch (status) {
    case PlacementStatus.Starting:
    case PlacementStatus.Running:
    case PlacementStatus.Stopping:
      return true;
    case PlacementStatus.Pending:
    case PlacementStatus.Asleep:
    case PlacementStatus.Backoff:
    case PlacementStatus.Failed:
      return false;
  }
}

/**
 * Checks the field `version` of a record before anything else of it.
 *
 * @throws ClusterError `ERR_PROTOCOL_VERSION`, `ERR_PROTOCOL_INVALID`
 */
export function requireRecordVersion(value: unknown, what: string, range: ProtocolRange): void {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "version")) {
    throw invalid(`${what} has no version`);
  }
  requireVersion(version((value as { version?: unknown }).version, `${what}.version`), range);
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` if it is too large or not one of the protocol */
export function encodePlacement(record: PlacementRecord): Uint8Array {
  return formatJson("placement", placementShape(record, PROTOCOL_RANGE), LIMITS.placementBytes);
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function decodePlacement(
  bytes: Uint8Array,
  range: ProtocolRange = PROTOCOL_RANGE,
): PlacementRecord {
  return placementShape(parseJson("placement", bytes, LIMITS.placementBytes), range);
}

/**
 * Returns the placement that an entry of the engine has.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION`; its message names the key
 */
export function placementIn({ key, value }: KeyValueEntry): PlacementRecord {
  try {
    return decodePlacement(value);
  } catch (cause) {
    if (!LimelightError.is(cause)) throw cause;
    const text = `the placement ${key} cannot be read: ${cause.message}`;
    throw new ClusterError(text, { code: cause.code, cause });
  }
}
