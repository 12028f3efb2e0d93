import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { DoorTelemetry } from "../../../../src/cluster/door/door-telemetry.ts";

/** Reports nothing. */
export const QUIET_DOOR = {
  open: () => ({ context: ROOT_CONTEXT, end: () => {} }),
  lost: () => {},
  refused: () => {},
} as unknown as DoorTelemetry;
