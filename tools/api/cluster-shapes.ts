import { z } from "zod";
import type {
  ClusterDeadLetters,
  ClusterMoveRow,
  Clusters,
  DeadLetterAction,
  DeadLetterActionResult,
  PlacementDetail,
  PlacementList,
  PlacementRow,
} from "../../src/wire/cluster.ts";

/* The wire types of clusters as schemas; see `monitor-shapes`. */

const count = z.int().min(0);
const moment = z.number();
const durationMs = z.number().min(0);
const text = z.string();
const optionalText = z.nullable(text);

const node = z.strictObject({
  id: text,
  name: text,
  role: z.enum(["runner", "client"]),
  status: optionalText,
  self: z.boolean(),
  coordinator: z.boolean(),
  reachable: z.boolean(),
  answerMs: z.nullable(durationMs),
  lastSeenAtMs: z.nullable(moment),
  leaseRemainingMs: z.nullable(durationMs),
  healthScore: z.nullable(z.number()),
  evicted: z.nullable(z.strictObject({ reason: text, sinceAtMs: moment })),
  actors: z.nullable(count),
  capacity: z.nullable(count),
  types: z.array(z.strictObject({ type: text, actors: z.nullable(count) })),
  labels: z.record(text, text),
  joinedAtMs: z.nullable(moment),
  host: optionalText,
  pid: z.nullable(count),
  protocol: z.nullable(z.strictObject({ min: count, max: count })),
});

const move: z.ZodType<ClusterMoveRow> = z.strictObject({
  id: text,
  from: optionalText,
  to: optionalText,
  generation: count,
  reason: text,
  atMs: moment,
  by: text,
});

export const clusters: z.ZodType<Clusters> = z.strictObject({
  clusters: z.array(
    z.strictObject({
      system: text,
      self: text,
      engine: z.strictObject({
        name: text,
        durability: text,
        serverVersion: optionalText,
        replicas: count,
        connected: z.boolean(),
      }),
      coordinator: z.strictObject({
        nodeId: optionalText,
        term: z.nullable(count),
        placements: z.nullable(z.record(text, count)),
      }),
      nodes: z.array(node),
      moreNodes: z.boolean(),
      logs: z.array(z.strictObject({ log: text, messages: count, oldestAtMs: z.nullable(moment) })),
      moves: z.array(move),
      problems: z.array(text),
    }),
  ),
});

const placementRow: z.ZodType<PlacementRow> = z.strictObject({
  system: text,
  id: text,
  type: text,
  status: text,
  runnerId: optionalText,
  generation: count,
  reason: text,
  sinceAtMs: moment,
  attempts: count,
  notBeforeAtMs: z.nullable(moment),
});

export const placementList: z.ZodType<PlacementList> = z.strictObject({
  placements: z.array(placementRow),
  cursor: optionalText,
});

export const placementDetail: z.ZodType<PlacementDetail> = z.strictObject({
  placement: placementRow,
  outbox: z.array(z.strictObject({ kind: text, issuedAtMs: moment })),
  moves: z.array(move),
});

export const clusterDeadLetters: z.ZodType<ClusterDeadLetters> = z.strictObject({
  deadLetters: z.array(
    z.strictObject({
      system: text,
      id: text,
      log: text,
      key: optionalText,
      what: optionalText,
      reason: text,
      text,
      attempts: count,
      storedAtMs: moment,
      bytes: count,
    }),
  ),
  cursor: optionalText,
});

const letterAction = z.enum(["resend_dead_letter", "discard_dead_letter"]);

export const deadLetterAction: z.ZodType<DeadLetterAction> = z.strictObject({
  action: letterAction,
  id: text,
  system: text.exactOptional(),
});

export const deadLetterActionResult: z.ZodType<DeadLetterActionResult> = z.strictObject({
  action: letterAction,
  id: text,
});
