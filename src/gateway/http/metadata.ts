import { VERSION } from "../../telemetry/version.ts";
import type { LimitSettings } from "../gateway-limits.ts";

/** Versions of the protocol of sockets. */
const PROTOCOLS: readonly number[] = [1];

/** Returns the text of `/metadata`: what a client has to know before it can call, and more for one that may call. */
export function metadataText(
  types: readonly string[],
  { bodyBytes, frameBytes }: Pick<LimitSettings, "bodyBytes" | "frameBytes">,
  isKnown: boolean,
): string {
  const known = isKnown ? { version: VERSION, types } : {};
  const limits = { bodyBytes, frameBytes };
  return JSON.stringify({ runtime: "limelight", protocols: PROTOCOLS, limits, ...known });
}
