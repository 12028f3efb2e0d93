import type { Clock } from "../../base/clock.ts";
import type { EngineFault } from "../engine/engine.ts";
import type { JetStreamApi } from "../nats-client/jetstream-api.ts";
import type { Uplink } from "../nats-client/uplink.ts";

/** What a consumer of a log needs. */
export interface ConsumptionParts {
  readonly uplink: Uplink;
  readonly api: JetStreamApi;
  readonly clock: Clock;
  readonly onFault: (fault: EngineFault) => void;
  readonly stream: string;
  /** Before the tokens of a message in subjects, with the dot. */
  readonly subjectPrefix: string;
}
