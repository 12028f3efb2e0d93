import {
  choiceOption,
  flagOption,
  numberOption,
  optionKeys,
  requireKnownKeys,
} from "../../base/options.ts";
import { Durability } from "../engine/engine.ts";
import { invalid, readMonitorUrls, requireText, requireTls } from "./option-checks.ts";
import { type NatsServerAddress, parseServers } from "./server-address.ts";

/** TLS of the connection, as `node:tls` takes it. An empty object asks for TLS with the authorities that Node knows. */
export interface NatsTls {
  /** Path of the certificates of the authorities, in PEM. Default: those of Node. */
  readonly caFile?: string;
  /** The certificates of the authorities themselves, in PEM. Default: those of Node. */
  readonly ca?: string;
  /** Path of the client's certificate, in PEM. Default: none. */
  readonly certFile?: string;
  /** The client's certificate itself, in PEM. Default: none. */
  readonly cert?: string;
  /** Path of the key of the client's certificate, in PEM. Default: none. */
  readonly keyFile?: string;
  /** The key itself, in PEM. Default: none. */
  readonly key?: string;
  /** Whether TLS comes first, for servers with `handshake_first`. Default: `false`. */
  readonly handshakeFirst?: boolean;
}

/** Options of the engine `nats`. Secrets are given to the server only: never to logs, errors or attributes. */
export interface NatsOptions {
  /** Addresses such as `nats://10.0.0.1:4222`, `tls://nats.example:4222` or `127.0.0.1`. */
  readonly servers: string | readonly string[];
  /** Clusters of one server are told apart by it: `[A-Za-z0-9_-]{1,32}`. Default: `limelight`. */
  readonly namespace?: string;
  /** Copies of each stream: 1, 3 or 5. More than one needs nats-server 2.12.3. Default: 1. */
  readonly replicas?: number;
  /** Path of a file with a JWT and its seed. Read again at each connection. Default: none. */
  readonly credentialsFile?: string;
  /** Seed of an NKey. Default: none. */
  readonly nkeySeed?: string;
  /** Name of a user. Default: none. */
  readonly user?: string;
  /** Password of the user. Default: none. */
  readonly password?: string;
  /** Token of the server. Default: none. */
  readonly token?: string;
  /** Certificates, for servers whose authority Node does not know. Default: those of Node. */
  readonly tls?: NatsTls;
  /**
   * First token of the subjects that replies are sent to: `_INBOX` and up to 64 letters, digits, `-` and `_`. Set it where
   * each machine has a user of its own that may listen to its own replies only. Default: `_INBOX`.
   */
  readonly inboxPrefix?: string;
  /** Allows connections without TLS to other machines. Default: `false`. */
  readonly allowInsecure?: boolean;
  /**
   * Addresses of the servers' monitoring, such as `http://127.0.0.1:8222`, one per server. They tell what survives a power
   * failure. Default: none; that is `unverified` then.
   */
  readonly monitorUrls?: readonly string[];
  /** What must survive of an acknowledged write: `machine` refuses servers that do not sync each one. Default: `process`. */
  readonly durability?: Durability;
  /**
   * Maximum size of each log and of the placements, in bytes. The server sets it aside four times in `max_file`, and 128 MiB
   * besides. Default: 512 MiB.
   */
  readonly maxStreamBytes?: number;
  /** How long a reply of the server is waited for, in milliseconds. Default: 5,000. */
  readonly requestTimeoutMs?: number;
  /** How long the first connection is waited for, in milliseconds. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /** What may have been sent and not confirmed before further messages are refused, in bytes. Default: 16 MiB. */
  readonly maxOutboundBytes?: number;
}

/** Options as they are used. */
export interface NatsSettings
  extends Required<
      Pick<
        NatsOptions,
        | "namespace"
        | "replicas"
        | "inboxPrefix"
        | "allowInsecure"
        | "monitorUrls"
        | "durability"
        | "maxStreamBytes"
        | "requestTimeoutMs"
        | "connectTimeoutMs"
        | "maxOutboundBytes"
      >
    >,
    Pick<NatsOptions, "credentialsFile" | "nkeySeed" | "user" | "password" | "token"> {
  readonly servers: readonly NatsServerAddress[];
  /** `undefined`: without TLS, unless the server asks for it. */
  readonly tls: NatsTls | undefined;
}

const KEYS = optionKeys<NatsOptions>({
  servers: true,
  namespace: true,
  replicas: true,
  credentialsFile: true,
  nkeySeed: true,
  user: true,
  password: true,
  token: true,
  tls: true,
  inboxPrefix: true,
  allowInsecure: true,
  monitorUrls: true,
  durability: true,
  maxStreamBytes: true,
  requestTimeoutMs: true,
  connectTimeoutMs: true,
  maxOutboundBytes: true,
});
const NAMESPACE = /^[\w-]{1,32}$/;
const INBOX_PREFIX = /^_INBOX[\w-]{0,64}$/;
const MIB = 1024 * 1024;
const REPLICAS: readonly number[] = [1, 3, 5];
const MAX_TIMEOUT_MS = 60_000;

/**
 * Checks options and adds the defaults.
 *
 * @throws UsageError `ERR_INVALID_OPTION`; its message never contains a secret
 */
export function readNatsOptions(options: NatsOptions): NatsSettings {
  if (options === undefined) throw invalid("nats needs the option `servers`");
  requireKnownKeys("nats", options, KEYS);
  const { namespace = "limelight", replicas = 1, monitorUrls = [] } = options;
  const allowInsecure = flagOption("allowInsecure", options.allowInsecure, false);
  if (typeof namespace !== "string" || !NAMESPACE.test(namespace)) {
    throw invalid("`namespace` must be 1 to 32 letters, digits, `-` and `_`");
  }
  if (!REPLICAS.includes(replicas)) throw invalid("`replicas` must be 1, 3 or 5");
  const { servers, asksForTls } = parseServers(options.servers);
  requireTls(options.tls);
  const tls = options.tls ?? (asksForTls ? {} : undefined);
  if (tls === undefined && !allowInsecure) requireLoopback(servers);
  requireOneLogin(options);
  const { credentialsFile, nkeySeed, user, password, token, inboxPrefix = "_INBOX" } = options;
  if (typeof inboxPrefix !== "string" || !INBOX_PREFIX.test(inboxPrefix)) {
    throw invalid("`inboxPrefix` must be `_INBOX` and up to 64 letters, digits, `-` and `_`");
  }
  return {
    servers,
    namespace,
    replicas,
    inboxPrefix,
    tls,
    allowInsecure,
    monitorUrls: readMonitorUrls(monitorUrls),
    ...(credentialsFile === undefined ? {} : { credentialsFile }),
    ...(nkeySeed === undefined ? {} : { nkeySeed }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    durability: choiceOption("durability", options.durability, Durability.Process, [
      Durability.Process,
      Durability.Machine,
    ]),
    maxStreamBytes: bytesOption("maxStreamBytes", options.maxStreamBytes, 512 * MIB),
    maxOutboundBytes: bytesOption("maxOutboundBytes", options.maxOutboundBytes, 16 * MIB),
    requestTimeoutMs: timeoutOption("requestTimeoutMs", options.requestTimeoutMs, 5_000),
    connectTimeoutMs: timeoutOption("connectTimeoutMs", options.connectTimeoutMs, 10_000),
  };
}

function bytesOption(name: string, value: number | undefined, fallback: number): number {
  return numberOption(name, value, fallback, {
    min: MIB,
    max: Number.MAX_SAFE_INTEGER,
    integer: true,
  });
}

function timeoutOption(name: string, value: number | undefined, fallback: number): number {
  return numberOption(name, value, fallback, { min: 1, max: MAX_TIMEOUT_MS });
}

/** A message to another machine could be read on its way, and so could the password. */
function requireLoopback(servers: readonly NatsServerAddress[]): void {
  const other = servers.find(({ isLoopback }) => !isLoopback);
  if (other === undefined) return;
  throw invalid(
    `connections to ${other.host} would not be encrypted: set \`tls\`, or \`allowInsecure\` in a network that is trusted`,
  );
}

function requireOneLogin({ credentialsFile, nkeySeed, user, password, token }: NatsOptions): void {
  const texts = { credentialsFile, nkeySeed, user, password, token };
  for (const [option, value] of Object.entries(texts)) requireText(option, value);
  const ways = [credentialsFile, nkeySeed, user, token].filter((way) => way !== undefined);
  if (ways.length > 1) {
    throw invalid("only one of `credentialsFile`, `nkeySeed`, `user` and `token` can be used");
  }
  if (password !== undefined && user === undefined) throw invalid("`password` needs `user`");
}
