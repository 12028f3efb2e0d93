import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, toError } from "../../base/errors.ts";
import { wait } from "../engine/wait.ts";
import type { JetStreamApi } from "./jetstream-api.ts";
import { ApiCode, ApiError, isApiError, readError } from "./nats-errors.ts";
import { isDenied } from "./uplink.ts";

/** Configuration of a stream, in the words of the server's API. Only what is given here is compared. */
export interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: "limits" | "workqueue";
  readonly storage: "file";
  readonly discard: "old" | "new";
  readonly discard_new_per_subject?: boolean;
  readonly max_msgs_per_subject: number;
  readonly max_msgs: number;
  readonly max_bytes: number;
  readonly max_age: number;
  readonly max_msg_size: number;
  readonly duplicate_window: number;
  readonly max_consumers: number;
  readonly num_replicas: number;
  readonly deny_delete: boolean;
  readonly deny_purge: boolean;
  readonly allow_rollup_hdrs: boolean;
}

/** Codes of refusals that are due to the account of the connection. */
const ACCOUNT_LIMITS: ReadonlySet<number> = new Set([
  ApiCode.AccountStreamsFull,
  ApiCode.OffForAccount,
]);
const ACCOUNT_ADVICE =
  "a cluster needs an account with JetStream, eight streams and room for what they may hold; see `jetstream` of the " +
  "account in the server's configuration, and `maxStreamBytes`";

/** What streams are created with. */
export interface EnsureParts {
  readonly api: JetStreamApi;
  readonly clock: Clock;
  /** How long servers that are not ready are waited for, on the monotonic clock. */
  readonly untilMs: number;
  /** What to do if the stream that is there differs, if that can be said. */
  readonly hint?: string | undefined;
  /** Fields that may differ in a stream that is there. Default: none. */
  readonly ignored?: ReadonlySet<string> | undefined;
}

const RETRY_MS = 250;

interface StreamAnswer {
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Creates a stream if it is not there, and compares its configuration with the one asked for: servers ignore fields that
 * they do not know.
 *
 * @throws ClusterError `ERR_ENGINE_CONFIG` with the fields that differ, or the server's reason
 */
export async function ensureStream(wanted: StreamConfig, parts: EnsureParts): Promise<void> {
  const { clock, untilMs } = parts;
  for (;;) {
    try {
      await createAndCompare(wanted, parts);
      return;
    } catch (error) {
      if (clock.monotonicMs() >= untilMs || !isStarting(error)) throw error;
    }
    await wait(clock, RETRY_MS);
  }
}

/** Whether servers that are just starting may still do what they refuse: they have no leader, or too few peers. */
function isStarting(error: unknown): boolean {
  if (!(error instanceof ClusterError)) return false;
  if (error.code === ErrorCode.EngineUnavailable) return !isDenied(error);
  return isApiError(error.cause, ApiCode.NoSuitablePeers);
}

async function createAndCompare(
  wanted: StreamConfig,
  { api, hint, ignored }: EnsureParts,
): Promise<void> {
  const { config } = await createOrRead(api, wanted);
  const different = differences(wanted, config, ignored);
  if (different.length === 0) return;
  const advice = hint ?? "change the stream or the options, or use a server that knows the field";
  throw configError(wanted, `${different.join("; ")}: ${advice}`);
}

/** Returns what is different in a stream, as text, apart from the `ignored` fields. */
export function differences(
  wanted: StreamConfig,
  config: Readonly<Record<string, unknown>>,
  ignored: ReadonlySet<string> = new Set(),
): readonly string[] {
  return Object.entries(wanted)
    .filter(([field, value]) => !ignored.has(field) && !isSame(value, config[field]))
    .map(
      ([field, value]) =>
        `\`${field}\` is ${JSON.stringify(config[field])}, not ${JSON.stringify(value)}`,
    );
}

async function createOrRead(api: JetStreamApi, wanted: StreamConfig): Promise<StreamAnswer> {
  try {
    return await api.call<StreamAnswer>(`STREAM.CREATE.${wanted.name}`, wanted);
  } catch (error) {
    if (isApiError(error, ApiCode.StreamNameInUse)) {
      return await api.call<StreamAnswer>(`STREAM.INFO.${wanted.name}`, {});
    }
    if (isApiError(error, ApiCode.StorageTooSmall)) throw storageError(wanted, error);
    if (error instanceof ApiError && ACCOUNT_LIMITS.has(error.code)) {
      throw configError(wanted, `${error.message}: ${ACCOUNT_ADVICE}`, error);
    }
    const isNotReady =
      isApiError(error, ApiCode.TemporarilyUnavailable) || isApiError(error, ApiCode.NotReady);
    if (error instanceof ApiError && !isNotReady) throw configError(wanted, error.message, error);
    if (error instanceof ClusterError && error.code === ErrorCode.EngineNoListener) {
      throw new ClusterError("JetStream is off at the server, or has no leader", {
        code: ErrorCode.EngineUnavailable,
        cause: error,
      });
    }
    throw readError(`stream ${wanted.name}`, error);
  }
}

/** A field that is not there has the value that the server leaves out. */
function isSame(wanted: unknown, actual: unknown): boolean {
  if (actual === undefined) return wanted === false || wanted === 0;
  return JSON.stringify(wanted) === JSON.stringify(actual);
}

function storageError(wanted: StreamConfig, cause: unknown): ClusterError {
  const text =
    `the server has no room for the ${wanted.max_bytes} bytes that the stream may hold: raise \`max_file\` of ` +
    "`jetstream` in the configuration of the server or the account, or lower `maxStreamBytes`";
  return configError(wanted, text, toError(cause));
}

function configError({ name }: StreamConfig, text: string, cause?: Error): ClusterError {
  return new ClusterError(`stream ${name}: ${text}`, { code: ErrorCode.EngineConfig, cause });
}
