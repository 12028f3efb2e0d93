import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { EventFeed } from "../../../../src/activation/access/event-feed.ts";
import type {
  ConnectAnswer,
  LastEvents,
  Link,
  LinkEnding,
  Outlet,
} from "../../../../src/activation/access/link.ts";
import { DisconnectReason } from "../../../../src/activation/definition/connection-types.ts";
import { WhenSlow } from "../../../../src/activation/definition/event-types.ts";
import type { Owner } from "../../../../src/activation/records/record-keys.ts";
import { RemoteLinks, type RemoteLinksParts } from "../../../../src/cluster/links/remote-links.ts";
import { addressOf } from "../../../../src/cluster/protocol/address.ts";
import { DirectedEvents } from "../../../../src/gateway/events/directed.ts";
import type { EventSink } from "../../../../src/gateway/events/event-sink.ts";
import { FrameBytes } from "../../../../src/gateway/events/frame-bytes.ts";
import { Subscriber } from "../../../../src/gateway/events/subscriber.ts";
import type { ModelHost } from "../model-host.ts";
import { ModelAddress } from "../model-message.ts";
import { EVENT } from "./model-connections.ts";

/** What a client has of its connection. */
export interface SimSocket extends EventSink {
  readonly connectionId: string;
  /** Whether its client is gone, or has given the connection up. */
  readonly isOver: boolean;
  opened(position: string, gap: string | undefined): void;
  /** The connection has ended, or was not opened. */
  ended(): void;
}

/** What a {@link SimGateway} works with. */
export interface SimGatewayParts extends RemoteLinksParts {
  readonly host: () => ModelHost | undefined;
  /** Something was done that must never be. */
  readonly failed: (what: string) => void;
}

const CONNECT_MS = 8_000;
const A = 1;
const NO_COUNTS = { delivered: () => {}, dropped: () => {}, resynced: () => {} };

/** The gateway of a process: the connections of its clients to actors anywhere, with the links and readers of the product. */
export class SimGateway {
  readonly #parts: SimGatewayParts;
  readonly #links: RemoteLinks;
  readonly #outlets = new Map<string, GatewayOutlet>();

  constructor(parts: SimGatewayParts) {
    this.#parts = parts;
    this.#links = new RemoteLinks(parts);
  }

  /** Opens a connection for a client. */
  connect(owner: Owner, socket: SimSocket, last: LastEvents | undefined): void {
    const host = this.#parts.host();
    if (host === undefined) {
      socket.ended();
      return;
    }
    const { connectionId } = socket;
    const outlet = this.#outletOf(addressOf(owner));
    this.#links.connect({
      owner,
      here: new ModelAddress(host, owner),
      request: { connectionId, params: undefined, events: [EVENT], last },
      outlet,
      sending: {
        context: ROOT_CONTEXT,
        deadlineMs: this.#parts.clock.monotonicMs() + CONNECT_MS,
        create: true,
      },
      answer: this.#once({
        opened: (link) => outlet.opened(link, socket),
        fail: () => socket.ended(),
      }),
    });
  }

  #once(answer: ConnectAnswer): ConnectAnswer {
    let answers = 0;
    const count = (): void => {
      answers += 1;
      if (answers > 1) this.#parts.failed("a connect was answered twice");
    };
    return {
      opened: (link) => {
        count();
        answer.opened(link);
      },
      fail: (error, handled) => {
        count();
        answer.fail(error, handled);
      },
    };
  }

  close(): void {
    this.#links.close();
  }

  #outletOf(address: string): GatewayOutlet {
    const known = this.#outlets.get(address);
    if (known !== undefined) return known;
    const outlet = new GatewayOutlet();
    this.#outlets.set(address, outlet);
    return outlet;
  }
}

interface Entry {
  readonly link: Link;
  readonly subscriber: Subscriber;
  readonly socket: SimSocket;
}

/** Where the events of one actor go: to the clients of one process. */
class GatewayOutlet implements Outlet {
  readonly #entries = new Map<string, Entry>();

  opened(link: Link, socket: SimSocket): void {
    if (socket.isOver) {
      void link.close(DisconnectReason.Lost); // never rejects
      return;
    }
    socket.opened(link.feed.position(link.start), link.gap?.reason);
    const subscriber = new Subscriber(
      {
        link,
        sink: {
          get isFull() {
            return socket.isFull;
          },
          send: (frame) => socket.send(frame),
          whenRoom: (reader) => socket.whenRoom(reader),
          overtaken: () => {
            this.#entries.delete(link.connectionId);
            void link.close(DisconnectReason.Lost); // never rejects
            socket.overtaken();
          },
        },
        c: 1,
        a: A,
        frames: new FrameBytes(A),
        whenSlow: () => WhenSlow.Close,
        directed: new DirectedEvents(),
        counts: NO_COUNTS,
        callerId: undefined,
      },
      [EVENT],
    );
    this.#entries.set(link.connectionId, { link, subscriber, socket });
    subscriber.advance(false);
  }

  advanced(_feed: EventFeed): void {
    for (const { subscriber } of [...this.#entries.values()]) subscriber.advance(false);
  }

  direct(): void {}

  ended(connectionIds: readonly string[], _ending: LinkEnding): void {
    for (const id of connectionIds) {
      const entry = this.#entries.get(id);
      this.#entries.delete(id);
      entry?.subscriber.advance(true);
      entry?.subscriber.end();
      entry?.socket.ended();
    }
  }
}
