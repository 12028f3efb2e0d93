import {
  AuthOutcome,
  PauseReason,
  SocketState,
  Transport,
} from "../../src/telemetry/gateway-attributes.ts";
import { Attribute } from "../../src/telemetry.ts";
import { GapReason } from "../../src/wire/gateway-frames.ts";

/** Attributes of requests from outside whose values are closed sets. */
export const OUTSIDE_SETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [Attribute.Transport]: Transport,
  [Attribute.AuthOutcome]: AuthOutcome,
  [Attribute.SocketState]: SocketState,
  [Attribute.PauseReason]: PauseReason,
  [Attribute.ResyncReason]: GapReason,
};
