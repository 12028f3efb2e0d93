import { LimelightError } from "../../base/errors.ts";
import type {
  PlacementPage,
  PlacementQuery,
  PlacementReading,
} from "../../monitor/cluster/cluster-views.ts";
import type { PlacementRow } from "../../wire/cluster.ts";
import { keyIdOf } from "../../wire/keys.ts";
import { decodePlacement } from "../codec/placement-codec.ts";
import type { KeyValue, KeyValueEntry } from "../engine/key-value.ts";
import { ownerAt, toToken } from "../protocol/address.ts";
import type { PlacementRecord } from "../protocol/placement-record.ts";

type Row = Omit<PlacementRow, "system">;

/** Records that are read at a time where some are left out. */
const SEARCHED_AT_ONCE = 1_000;

/** Status that viewers see of a record that cannot be read. */
const DAMAGED = "damaged";

/** Returns a page of placements, in order of their addresses. Records that cannot be read are listed as `damaged`. */
export async function placementPage(
  placements: KeyValue,
  query: PlacementQuery,
): Promise<PlacementPage> {
  const { type, prefix, status, runnerId, limit } = query;
  const tokens = type === undefined ? "" : toToken(type);
  const isFiltered = prefix !== "" || status !== undefined || runnerId !== undefined;
  const wanted = limit + 1; // one more tells whether there is a next page
  const pageSize = isFiltered ? Math.max(wanted, SEARCHED_AT_ONCE) : wanted;
  const found: KeyValueEntry[] = [];
  let after = query.cursor;
  do {
    const entries = await placements.list(tokens, {
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...entries.filter((entry) => isWanted(entry, query)));
    after = entries.length < pageSize ? undefined : entries.at(-1)?.key;
  } while (after !== undefined && found.length < wanted);
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1)?.key : undefined;
  return { placements: page.map(placementRow), cursor: last };
}

function isWanted(
  entry: KeyValueEntry,
  { prefix, status, runnerId }: Pick<PlacementQuery, "prefix" | "status" | "runnerId">,
): boolean {
  if (ownerAt(entry.key)?.keyText.startsWith(prefix) !== true) return false;
  if (status === undefined && runnerId === undefined) return true; // nothing of the record is needed
  const row = placementRow(entry);
  return (
    (status === undefined || row.status === status) &&
    (runnerId === undefined || row.runnerId === runnerId)
  );
}

/** Returns one placement with its outbox. */
export function placementReading(
  entry: KeyValueEntry,
): Pick<PlacementReading, "placement" | "outbox"> {
  const record = readable(entry);
  return {
    placement: placementRow(entry),
    outbox: (record?.outbox ?? []).map(({ kind, issuedAtMs }) => ({ kind, issuedAtMs })),
  };
}

/** Returns the record of an entry; `undefined` when it cannot be read. */
export function readable(entry: KeyValueEntry): PlacementRecord | undefined {
  try {
    return decodePlacement(entry.value);
  } catch (error) {
    if (LimelightError.is(error)) return undefined;
    throw error;
  }
}

function placementRow(entry: KeyValueEntry): Row {
  const { type, keyText } = ownerAt(entry.key) ?? { type: entry.key, keyText: "" };
  const record = readable(entry);
  return {
    id: keyIdOf(type, keyText),
    type,
    status: record?.status ?? DAMAGED,
    runnerId: record?.runnerId ?? null,
    generation: record?.generation ?? 0,
    reason: record?.reason ?? DAMAGED,
    sinceAtMs: record?.sinceMs ?? 0,
    attempts: record?.attempts ?? 0,
    notBeforeAtMs: record === undefined || record.notBeforeMs === 0 ? null : record.notBeforeMs,
  };
}
