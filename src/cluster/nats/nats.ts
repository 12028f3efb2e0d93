import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { missingPackage } from "../../base/node/missing-package.ts";
import type { Engine, EngineParts, EngineSession } from "../engine/engine.ts";
import {
  type NatsOptions,
  type NatsSettings,
  readNatsOptions,
} from "../nats-client/nats-options.ts";

/** The package that has to be installed, in the version limelight is tested with. */
const NATS_PACKAGE = "@nats-io/transport-node@3.4.0";

/**
 * Returns the engine on NATS JetStream, for clusters of many machines. Needs nats-server 2.9.10, or 2.12.3 for streams
 * with several copies, and the package `@nats-io/transport-node`.
 *
 * @throws UsageError `ERR_INVALID_OPTION`
 * @example
 * ```ts
 * const engine = nats({ servers: "nats://127.0.0.1:4222" }); // for the option `engine` of `createSystem`
 * ```
 */
export function nats(options: NatsOptions): Engine {
  return new NatsEngine(readNatsOptions(options));
}

class NatsEngine implements Engine {
  readonly name = "nats";
  readonly #settings: NatsSettings;

  constructor(settings: NatsSettings) {
    this.#settings = settings;
  }

  async open(parts: EngineParts): Promise<EngineSession> {
    const { openNatsSession } = await loadSession();
    return await openNatsSession(this.#settings, parts);
  }
}

/** The client is an optional peer dependency, and is loaded by those only that use it. */
async function loadSession(): Promise<typeof import("./nats-session.ts")> {
  try {
    return await import("./nats-session.ts");
  } catch (error) {
    const missing = missingPackage(error);
    if (missing === undefined || !missing.startsWith("@nats-io/")) throw error;
    throw new ClusterError(
      `the engine nats needs the package ${missing}: install ${NATS_PACKAGE}`,
      { code: ErrorCode.PackageMissing, cause: error },
    );
  }
}
