import type {
  ActorAccess,
  Answer,
  KeyAddress,
  OutsideMessage,
  OutsideQueueMessage,
  Sending,
} from "../../activation/access/actor-access.ts";
import type { ConnectAnswer, ConnectRequest, Outlet } from "../../activation/access/link.ts";
import type { LocalAccess } from "../../activation/access/local-access.ts";
import { type Owner, ownerOf } from "../../activation/records/record-keys.ts";
import type { KeyedAddress } from "../../actor/definition/keyed-address.ts";
import type { RemoteLinks } from "../links/remote-links.ts";
import type { RemoteRequests } from "../requests/remote-requests.ts";

/** What reaches actors of other processes. */
export interface RemoteAccess {
  /** Reaches all by messages. */
  readonly messages: ActorAccess;
  readonly links: RemoteLinks;
  readonly requests: RemoteRequests;
}

/** What gateways of a node reach keyed actors by, wherever they are. */
export class ClusterAccess implements ActorAccess {
  readonly #here: LocalAccess;
  readonly #remote: RemoteAccess;

  /** @param here reaches the actors of this process */
  constructor(here: LocalAccess, remote: RemoteAccess) {
    this.#here = here;
    this.#remote = remote;
  }

  resolve(definition: KeyedAddress<never, unknown>, key: readonly string[]): KeyAddress {
    const here = this.#here.resolve(definition, key);
    const owner = ownerOf(definition.type, here.key);
    const messages = this.#remote.messages.resolve(definition, key);
    return new ClusterAddress(owner, here, messages, this.#remote);
  }
}

/** The address of a key of a cluster. */
class ClusterAddress implements KeyAddress {
  readonly key: readonly string[];
  readonly #owner: Owner;
  readonly #here: KeyAddress;
  readonly #everywhere: KeyAddress;
  readonly #remote: RemoteAccess;

  constructor(owner: Owner, here: KeyAddress, everywhere: KeyAddress, remote: RemoteAccess) {
    this.key = here.key;
    this.#owner = owner;
    this.#here = here;
    this.#everywhere = everywhere;
    this.#remote = remote;
  }

  exists(): Promise<boolean> {
    return this.#everywhere.exists();
  }

  call(message: OutsideMessage, sending: Sending, answer: Answer): void {
    this.#everywhere.call(message, sending, answer);
  }

  send(message: OutsideQueueMessage, sending: Sending, answer: Answer): void {
    this.#everywhere.send(message, sending, answer);
  }

  connect(request: ConnectRequest, outlet: Outlet, sending: Sending, answer: ConnectAnswer): void {
    const owner = this.#owner;
    this.#remote.links.connect({ owner, here: this.#here, request, outlet, sending, answer });
  }

  request(request: Request, sending: Sending, answer: Answer): void {
    this.#remote.requests.request({
      owner: this.#owner,
      here: this.#here,
      request,
      sending,
      answer,
    });
  }
}
