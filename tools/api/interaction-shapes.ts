import { z } from "zod";
import {
  type InteractionRow,
  type Interactions,
  SenderKind,
  type SystemInteractions,
} from "../../src/wire/interactions.ts";

/* Who talks to whom, as schemas; see `monitor-shapes`. */

const count = z.int().min(0);
const duration = z.number().min(0).nullable();

const interactionRow: z.ZodType<InteractionRow> = z.strictObject({
  fromKind: z.enum(SenderKind),
  from: z.string().nullable(),
  to: z.string(),
  sent: count,
  failed: count,
  p50Ms: duration,
  p95Ms: duration,
  recent: z.strictObject({
    sent: count,
    perSecond: z.number().min(0),
    failed: count,
    p95Ms: duration,
  }),
});

const systemInteractions: z.ZodType<SystemInteractions> = z.strictObject({
  system: z.string(),
  windowMs: z.number().min(0),
  edges: z.array(interactionRow),
  hidden: count,
});

export const interactions: z.ZodType<Interactions> = z.strictObject({
  systems: z.array(systemInteractions),
});
