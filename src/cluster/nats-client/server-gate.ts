import { ClusterError, ErrorCode } from "../../base/errors.ts";

type Version = readonly [major: number, minor: number, patch: number];

/** Below, streams and consumers lack what is used. */
const OLDEST: Version = [2, 9, 10];
/**
 * Below, replicated streams may let two compare-and-set writes win, lose a retried message as a duplicate, and let their
 * copies differ (nats-server #4320, #6415, #7607).
 */
const OLDEST_REPLICATED: Version = [2, 12, 3];

const VERSION = /^(\d+)\.(\d+)\.(\d+)/;

/**
 * Refuses servers on which acknowledged writes are not safe.
 *
 * @throws ClusterError `ERR_ENGINE_VERSION`, `ERR_ENGINE_UNSAFE`
 */
export function requireServer(version: string, replicas: number): void {
  const [, ...parts] = VERSION.exec(version) ?? [];
  const [major = 0, minor = 0, patch = 0] = parts.map(Number);
  const actual: Version = [major, minor, patch];
  if (isOlder(actual, OLDEST)) {
    throw new ClusterError(
      `nats-server ${version} is too old: ${OLDEST.join(".")} is the oldest that can be used`,
      { code: ErrorCode.EngineVersion },
    );
  }
  if (replicas > 1 && isOlder(actual, OLDEST_REPLICATED)) {
    throw new ClusterError(
      `nats-server ${version} may lose or double writes of streams with ${replicas} copies: use ${OLDEST_REPLICATED.join(".")} or newer, or one copy`,
      { code: ErrorCode.EngineUnsafe },
    );
  }
}

function isOlder(actual: Version, than: Version): boolean {
  for (const [at, part] of than.entries()) {
    const own = actual[at] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}
