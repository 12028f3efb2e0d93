import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Upgrades } from "./upgrade.ts";

/** A server of `node:http` or `node:https`, or what a framework returns for one. */
export interface UpgradingServer {
  /** Adds a listener. */
  on(
    name: "upgrade",
    listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  ): unknown;
}

/** What servers of Node have besides. */
interface NodeServer extends UpgradingServer {
  listenerCount?(name: "upgrade"): number;
  /** Whether a request is one for the listeners. Node has it from 24.9 on; before, all are for them. */
  shouldUpgradeCallback?(request: IncomingMessage): boolean;
}

/** The gateways that are attached to a server. */
const attached = new WeakMap<UpgradingServer, Set<Upgrades>>();

/**
 * Lets a gateway take its sockets of a server. Node passes every request for an upgrade to the listeners once there is
 * one, and none of them answers what is not its own. Without other listeners, such a request is answered as if it asked
 * for no upgrade: clients of HTTP/2 ask for it in passing. Node before 24.9 cannot do that; there it is refused.
 */
export function attachTo(server: UpgradingServer, upgrades: Upgrades): void {
  const known = attached.get(server);
  if (known !== undefined) {
    known.add(upgrades);
    return;
  }
  const gateways = new Set([upgrades]);
  attached.set(server, gateways);
  const ownerOf = (request: IncomingMessage): Upgrades | undefined =>
    [...gateways].find((one) => one.isOwn(request));
  const node: NodeServer = server;
  const isAlone = (): boolean => node.listenerCount?.("upgrade") === 1;
  server.on("upgrade", (request, socket, head) => {
    const owner = ownerOf(request);
    if (owner !== undefined) owner.take(request, socket, head);
    else if (isAlone()) upgrades.refuse(request, socket);
  });
  const { shouldUpgradeCallback } = node;
  if (shouldUpgradeCallback === undefined) return;
  node.shouldUpgradeCallback = (request) =>
    ownerOf(request) !== undefined || (!isAlone() && shouldUpgradeCallback.call(node, request));
}
