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

/** What gateways of a node reach keyed actors by, wherever they are. Requests are for actors of the same process only. */
export class ClusterAccess implements ActorAccess {
  readonly #here: LocalAccess;
  readonly #everywhere: ActorAccess;
  readonly #links: RemoteLinks;

  /**
   * @param here reaches the actors of this process
   * @param everywhere reaches all by messages
   */
  constructor(here: LocalAccess, everywhere: ActorAccess, links: RemoteLinks) {
    this.#here = here;
    this.#everywhere = everywhere;
    this.#links = links;
  }

  resolve(definition: KeyedAddress<never, unknown>, key: readonly string[]): KeyAddress {
    const here = this.#here.resolve(definition, key);
    const owner = ownerOf(definition.type, here.key);
    return new ClusterAddress(owner, here, this.#everywhere.resolve(definition, key), this.#links);
  }
}

/** The address of a key of a cluster. */
class ClusterAddress implements KeyAddress {
  readonly key: readonly string[];
  readonly #owner: Owner;
  readonly #here: KeyAddress;
  readonly #everywhere: KeyAddress;
  readonly #links: RemoteLinks;

  constructor(owner: Owner, here: KeyAddress, everywhere: KeyAddress, links: RemoteLinks) {
    this.key = here.key;
    this.#owner = owner;
    this.#here = here;
    this.#everywhere = everywhere;
    this.#links = links;
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
    this.#links.connect({ owner, here: this.#here, request, outlet, sending, answer });
  }

  request(request: Request, sending: Sending, answer: Answer): void {
    this.#here.request(request, sending, answer);
  }
}
