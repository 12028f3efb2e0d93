import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { NatsServerAddress } from "./server-address.ts";

/** Checks a certificate against the name of its server, as `node:tls` does. */
type IdentityCheck = (host: string, certificate: PeerCertificate) => Error | undefined;

/** What Node takes for the name of a server that it was told no name of. */
const NO_NAME = "localhost";

/**
 * Returns how certificates of `servers` are checked. The client tells Node no name of a server that is given by its address,
 * so that Node would ask for a certificate of `localhost`. Such a server must have one of an address in `servers`.
 */
export function identityCheckFor(
  servers: readonly Pick<NatsServerAddress, "host">[],
): IdentityCheck {
  const hosts = servers.map(({ host }) => host.replace(/^\[|\]$/g, ""));
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  const unnamed = hosts.includes(NO_NAME) ? [...addresses, NO_NAME] : addresses;
  return (host, certificate) => {
    if (host !== NO_NAME || unnamed.length === 0) return checkServerIdentity(host, certificate);
    const errors = unnamed.map((one) => checkServerIdentity(one, certificate));
    return errors.includes(undefined) ? undefined : errors[0];
  };
}
