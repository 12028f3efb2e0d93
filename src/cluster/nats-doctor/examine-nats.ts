import { type Clock, systemClock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { randomName } from "../../base/ids.ts";
import { Durability } from "../engine/engine.ts";
import { planStreams } from "../nats/stream-plan.ts";
import { findDurability } from "../nats-client/durability.ts";
import { JetStreamApi } from "../nats-client/jetstream-api.ts";
import {
  type NatsOptions,
  type NatsSettings,
  readNatsOptions,
} from "../nats-client/nats-options.ts";
import { requireServer } from "../nats-client/server-gate.ts";
import { Uplink } from "../nats-client/uplink.ts";
import { DEFAULT_TIMINGS } from "../protocol/timings.ts";
import { examineClock } from "./examine-clock.ts";
import { examinePermissions } from "./examine-permissions.ts";
import { examineStreams } from "./examine-streams.ts";
import { type Finding, ok, problem, Topic, warning } from "./finding.ts";
import { NodeRole, permissionsBlock, permissionsOf } from "./permissions.ts";

/** What the examination of one server works with. */
export interface Examination {
  readonly settings: NatsSettings;
  readonly clock: Clock;
  readonly uplink: Uplink;
  readonly api: JetStreamApi;
  /** Of the node whose permissions are examined. */
  readonly role: NodeRole;
}

interface AccountAnswer {
  readonly limits?: { readonly max_storage?: number; readonly max_streams?: number };
}

/**
 * Examines a server as a cluster would use it: version, streams, durability, permissions, clock. Creates and changes
 * nothing. Never rejects for what it finds.
 *
 * @throws UsageError `ERR_INVALID_OPTION`
 */
export async function examineNats(
  options: NatsOptions,
  clock: Clock = systemClock,
  role: NodeRole = NodeRole.Node,
): Promise<readonly Finding[]> {
  const settings = readNatsOptions(options);
  let uplink: Uplink;
  try {
    const runnerId = `doctor-${randomName()}`;
    uplink = await Uplink.open({ settings, clock, runnerId, onFault: () => {} });
  } catch (error) {
    return [problem(Topic.Connection, messageOf(error), connectionRemedy(error))];
  }
  try {
    const api = new JetStreamApi(uplink, settings.requestTimeoutMs);
    return await examineAll({ settings, clock, uplink, api, role });
  } finally {
    await uplink.close();
  }
}

/**
 * Returns the permissions that a node with these options needs, as a block of the server's configuration.
 *
 * @throws UsageError `ERR_INVALID_OPTION`
 */
export function permissionsFor(options: NatsOptions, role?: NodeRole): string {
  return permissionsBlock(permissionsOf(readNatsOptions(options), role));
}

async function examineAll(examination: Examination): Promise<readonly Finding[]> {
  const { uplink } = examination;
  const findings = [examineConnection(examination), examineVersion(examination)];
  const jetStream = await examineJetStream(examination);
  findings.push(jetStream.finding);
  if (!jetStream.isThere) return findings;
  const { settings } = examination;
  const plan = planStreams(settings, DEFAULT_TIMINGS.leaseTtlMs);
  findings.push(...(await examineStreams(examination, plan)));
  findings.push(await examineDurability(examination));
  findings.push(...(await examinePermissions(examination)));
  findings.push(await examineClock(examination));
  if (!uplink.isConnected) {
    findings.push(problem(Topic.Connection, "the connection was lost meanwhile", "try again"));
  }
  return findings;
}

function examineConnection({ settings, uplink }: Examination): Finding {
  const text = `connected to ${uplink.client.getServer()}`;
  const isLocal = settings.servers.every(({ isLoopback }) => isLoopback);
  if (settings.tls !== undefined) return ok(Topic.Connection, `${text}, with TLS`);
  if (isLocal) return ok(Topic.Connection, `${text}, on this machine`);
  return warning(
    Topic.Connection,
    `${text}, without TLS`,
    "use `tls://` addresses, unless nobody else is in the network",
  );
}

function examineVersion({ settings, uplink }: Examination): Finding {
  const version = uplink.serverVersion;
  try {
    requireServer(version, settings.replicas);
  } catch (error) {
    return problem(Topic.Version, messageOf(error), "use a newer server");
  }
  const text = `nats-server ${version}`;
  if (settings.replicas === 1) return ok(Topic.Version, `${text}, one copy of each stream`);
  if (uplink.client.info?.cluster === undefined) {
    const lonely = `${text} is not in a cluster, so that there cannot be ${settings.replicas} copies`;
    return problem(
      Topic.Version,
      lonely,
      "join it with others in a block `cluster`, or use one copy",
    );
  }
  return ok(Topic.Version, `${text}, ${settings.replicas} copies of each stream`);
}

async function examineJetStream({ api }: Examination): Promise<{
  readonly finding: Finding;
  readonly isThere: boolean;
}> {
  try {
    const { limits = {} } = await api.call<AccountAnswer>("INFO", {});
    const shown = (limit: number | undefined): string => `${(limit ?? -1) < 0 ? "any" : limit}`;
    const text = `JetStream is on: ${shown(limits.max_streams)} streams, ${shown(limits.max_storage)} bytes`;
    return { finding: ok(Topic.JetStream, text), isThere: true };
  } catch (error) {
    const isOff = error instanceof ClusterError && error.code === ErrorCode.EngineNoListener;
    const text = isOff ? "JetStream is off" : messageOf(error);
    const remedy = isOff
      ? "put `jetstream { store_dir: … }` into the server's configuration"
      : "see that the user may publish to `$JS.API.INFO` and subscribe to its inboxes: `--permissions` prints what it needs, with the same `--inbox-prefix`";
    return { finding: problem(Topic.JetStream, text, remedy), isThere: false };
  }
}

async function examineDurability({ settings, clock, uplink }: Examination): Promise<Finding> {
  const faults: string[] = [];
  const found = await findDurability({
    settings: { ...settings, durability: Durability.Process },
    clock,
    serverId: uplink.serverId,
    onFault: ({ text }) => faults.push(text),
  });
  switch (found) {
    case Durability.Machine:
      return ok(Topic.Durability, "acknowledged writes survive a power failure");
    case Durability.Process:
      return warning(
        Topic.Durability,
        "acknowledged writes survive the end of any process, but not a power failure of the server's machine",
        "set `sync_interval: always` in the block `jetstream` of all servers (2.10 and newer)",
      );
    case Durability.None:
    case Durability.Unverified: {
      const why = faults.length > 0 ? faults.join("; ") : "too few servers were asked";
      return warning(
        Topic.Durability,
        `it is not known whether acknowledged writes survive a power failure: ${why}`,
        "give the address of each server's monitoring, such as `--monitor http://127.0.0.1:8222`",
      );
    }
  }
}

/** What to do about a connection that cannot be opened. */
function connectionRemedy(error: unknown): string {
  const text = messageOf(error);
  if (/authorization|authentication/i.test(text)) {
    return "log in as a user of the server: `--user` with its password in LIMELIGHT_NATS_PASSWORD, `--credentials`, or LIMELIGHT_NATS_TOKEN";
  }
  if (/certificate|altnames/i.test(text)) {
    return "give the authority that has signed the server's certificate with `--ca`, and an address that the certificate names";
  }
  if (/doesn't exist|ENOENT/.test(text)) return "correct the name of the file";
  return "start the server, or correct the address: it has the port for clients, such as 4222, not that of the monitoring";
}

function messageOf(error: unknown): string {
  return LimelightError.is(error) ? error.message : toError(error).message;
}
