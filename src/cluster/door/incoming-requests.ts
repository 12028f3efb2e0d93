import type { Clock } from "../../base/clock.ts";
import { readRequestHead } from "../calls/request-head.ts";
import { invalid } from "../codec/json.ts";
import type { Bus, ReceivedMessage } from "../engine/bus.ts";
import { BodyStreams } from "../streams/body-streams.ts";
import { decodeStreamFrame } from "../streams/stream-frames.ts";
import { chunkBytesOf, windowBeside } from "../streams/stream-limits.ts";
import type { CallSpan } from "./door-telemetry.ts";
import type { IncomingParts } from "./incoming.ts";
import { IncomingRequest } from "./incoming-request.ts";

/** What {@link IncomingRequests} work with. */
export interface IncomingRequestsParts {
  readonly clock: Clock;
  readonly bus: Pick<Bus, "publish">;
  /** `maxMessageBytes` of the engine. */
  readonly maxBytes: number;
  /** Called for a message that is no part of a body. */
  readonly onInvalid: (error: unknown) => void;
}

/** The HTTP requests of other processes that are handled here, and the parts of their bodies. */
export class IncomingRequests {
  readonly #parts: IncomingRequestsParts;
  readonly #streams: BodyStreams;

  constructor(parts: IncomingRequestsParts) {
    this.#parts = parts;
    this.#streams = new BodyStreams(parts.clock);
  }

  /**
   * @param openSpan called when the request is known to be one
   * @throws ClusterError `ERR_PROTOCOL_INVALID`
   */
  begin(parts: Omit<IncomingParts, "span">, openSpan: () => CallSpan): IncomingRequest {
    const { bus, maxBytes } = this.#parts;
    const { args } = parts.request;
    if (args.length !== 1) throw invalid("a request has one argument");
    const head = readRequestHead(args[0]);
    const request: IncomingRequest = new IncomingRequest({
      ...parts,
      head,
      span: openSpan(),
      send: (part) => bus.publish(head.inbox, part),
      window: windowBeside(this.#streams.size),
      chunkBytes: chunkBytesOf(maxBytes),
      ended: () => this.#streams.remove(request.stream),
    });
    this.#streams.add(request.stream);
    return request;
  }

  /** Takes a part of a body. Those of a request that has ended are late, and of no use. */
  receive(message: ReceivedMessage): void {
    try {
      const { id, frame } = decodeStreamFrame(message);
      this.#streams.find(id)?.receive(frame);
    } catch (error) {
      this.#parts.onInvalid(error);
    }
  }
}
