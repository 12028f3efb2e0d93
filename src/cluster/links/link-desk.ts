import type { KeyAddress } from "../../activation/access/actor-access.ts";
import type { Link } from "../../activation/access/link.ts";
import type { RequestOrigin } from "../../activation/definition/caller.ts";
import { withOrigin } from "../../activation/definition/caller.ts";
import type { Owner } from "../../activation/records/record-keys.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode, toError } from "../../base/errors.ts";
import type { Arrivals } from "../calls/arrivals.ts";
import { encodeFailure, encodeReply } from "../calls/call-answer.ts";
import { contextFrom } from "../calls/trace-fields.ts";
import { invalid } from "../codec/json.ts";
import type { Bus, BusSubscription, ReceivedMessage } from "../engine/bus.ts";
import { ownerAt } from "../protocol/address.ts";
import { linkSubject } from "../protocol/subjects.ts";
import { chunkBytesOf } from "../streams/stream-limits.ts";
import { LinkFault } from "./link-fault.ts";
import { decodeLinkRequest, type LinkRequest, type OpenLinkRequest } from "./link-requests.ts";
import { ALIVE_MS, SILENCE_MS } from "./link-times.ts";
import { OutletStream } from "./outlet-stream.ts";

/** What a {@link LinkDesk} works with. */
export interface LinkDeskParts {
  readonly clock: Clock;
  readonly bus: Pick<Bus, "publish" | "subscribe">;
  readonly maxBytes: number;
  /** Returns the address of a key at this process alone. */
  readonly addressOf: (owner: Owner) => KeyAddress | undefined;
  readonly arrivals: Arrivals;
  readonly isLeaseValid: () => boolean;
  /** Called for a link that was given up, except in order. */
  readonly faulted: (fault: LinkFault) => void;
}

interface DeskLink {
  readonly stream: OutletStream;
  heardMs: number;
}

const ARRIVAL_MS = 10_000;
const MAX_LINKS = 10_000;

/** Where gateways of other processes connect their clients to actors of this one. */
export class LinkDesk {
  readonly #parts: LinkDeskParts;
  readonly #links = new Map<string, DeskLink>();
  /** What ends the waits for actors that are about to start here. */
  readonly #waits = new Set<() => void>();
  #subscription: BusSubscription | undefined;
  #timer: ClockTimer | undefined;

  constructor(parts: LinkDeskParts) {
    this.#parts = parts;
  }

  open(runnerId: string): void {
    this.close();
    const subject = linkSubject(runnerId);
    this.#subscription = this.#parts.bus.subscribe(subject, (message) => this.#receive(message));
    this.#lookLater();
  }

  close(): void {
    this.#timer?.cancel();
    this.#subscription?.stop();
    this.#subscription = undefined;
    for (const { stream } of [...this.#links.values()]) stream.break();
    for (const end of [...this.#waits]) end();
  }

  #receive(message: ReceivedMessage): void {
    try {
      const request = decodeLinkRequest(message, this.#parts.maxBytes);
      this.#handle(request, message.replyTo);
    } catch (error) {
      this.#refuse(message.replyTo, error);
    }
  }

  #handle(request: LinkRequest, replyTo: string | undefined): void {
    const known = this.#links.get(request.link);
    if (known !== undefined) known.heardMs = this.#parts.clock.monotonicMs();
    switch (request.kind) {
      case "open":
        this.#open(request, replyTo);
        return;
      case "subscribe":
        this.#linkOf(request).subscribe(request.events);
        break;
      case "unsubscribe":
        this.#linkOf(request).unsubscribe(request.events);
        break;
      case "close":
        void known?.stream
          .close(request.connectionId, request.reason)
          .finally(() => this.#accept(replyTo)); // never rejects
        if (known === undefined) this.#accept(replyTo);
        return;
      case "credit":
        known?.stream.raise(request);
        return;
      case "end":
        known?.stream.break();
        return;
    }
    this.#accept(replyTo);
  }

  #linkOf({ link, connectionId }: { readonly link: string; readonly connectionId: string }): Link {
    const found = this.#links.get(link)?.stream.find(connectionId);
    if (found !== undefined) return found;
    throw new ClusterError("there is no such connection", { code: ErrorCode.NotOwner });
  }

  #open(open: OpenLinkRequest, replyTo: string | undefined): void {
    const { arrivals, isLeaseValid } = this.#parts;
    const owner = ownerAt(open.address);
    if (owner === undefined) throw invalid("a link has no address");
    if (!isLeaseValid()) throw notOwner();
    const timeoutMs = Math.min(open.timeoutMs, ARRIVAL_MS);
    let cancel = (): void => {};
    const end = (): void => {
      this.#waits.delete(end);
      cancel();
      this.#refuse(replyTo, notOwner());
    };
    this.#waits.add(end);
    cancel = arrivals.wait(open.address, open.generation, timeoutMs, (isHere) => {
      this.#waits.delete(end);
      const address = isHere ? this.#parts.addressOf(owner) : undefined;
      if (address === undefined) this.#refuse(replyTo, notOwner());
      else this.#connect(open, address, replyTo);
    });
  }

  #connect(open: OpenLinkRequest, address: KeyAddress, replyTo: string | undefined): void {
    const { clock, isLeaseValid } = this.#parts;
    const stream = this.#streamOf(open);
    const sent = contextFrom(open.trace);
    const { origin, request } = open;
    const sending = {
      context: origin === undefined ? sent : withOrigin(sent, origin as RequestOrigin),
      deadlineMs: clock.monotonicMs() + open.timeoutMs,
      create: !open.mustExist,
    };
    const { connectionId } = request;
    stream.opening();
    address.connect(request, stream, sending, {
      opened: (link) => {
        if (!isLeaseValid()) {
          this.#refuse(replyTo, notOwner());
          stream.notOpened();
          return;
        }
        this.#accept(replyTo);
        stream.opened(link, request.events);
      },
      fail: (error, handled) => {
        if (handled) {
          this.#accept(replyTo);
          stream.refused(connectionId, toError(error), handled);
        } else {
          this.#refuse(replyTo, error);
          stream.notOpened();
        }
      },
    });
  }

  #streamOf({ link, inbox, bytes, frames }: OpenLinkRequest): OutletStream {
    const known = this.#links.get(link);
    if (known !== undefined) {
      known.stream.raise({ bytes, frames });
      return known.stream;
    }
    if (this.#links.size >= MAX_LINKS) {
      const text = `${this.#links.size} links of other processes are open already`;
      throw new ClusterError(text, { code: ErrorCode.MailboxFull });
    }
    const { bus, clock, maxBytes, faulted } = this.#parts;
    const stream = new OutletStream({
      clock,
      bus,
      inbox,
      chunkBytes: chunkBytesOf(maxBytes),
      granted: { bytes, frames },
      faulted,
      over: () => this.#links.delete(link),
    });
    this.#links.set(link, { stream, heardMs: clock.monotonicMs() });
    return stream;
  }

  /** Links whose nodes are not heard of are given up; the others learn that this runner is there. */
  #lookLater(): void {
    const { clock } = this.#parts;
    const look = (): void => {
      const nowMs = clock.monotonicMs();
      for (const { stream, heardMs } of [...this.#links.values()]) {
        if (nowMs - heardMs > SILENCE_MS) stream.break(LinkFault.Silent);
        else stream.alive();
      }
      this.#lookLater();
    };
    this.#timer = clock.schedule(look, ALIVE_MS, KeepAlive.No);
  }

  #accept(replyTo: string | undefined): void {
    if (replyTo === undefined) return;
    this.#parts.bus.publish(replyTo, encodeReply(undefined, this.#parts.maxBytes));
  }

  #refuse(replyTo: string | undefined, error: unknown): void {
    if (replyTo !== undefined) this.#parts.bus.publish(replyTo, encodeFailure(error, false));
  }
}

function notOwner(): ClusterError {
  return new ClusterError("this process does not run the actor", { code: ErrorCode.NotOwner });
}
