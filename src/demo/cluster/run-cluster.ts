import type { StopSignal } from "../../index.ts";
import { stopOnSignals } from "../../index.ts";
import { DemoError, DemoErrorCode } from "../demo-error.ts";
import { createDemoLogger } from "../demo-logger.ts";
import { LoadProcess } from "../load/load-process.ts";
import type { ClusterDemoOptions } from "../options.ts";
import { clusterText } from "./cluster-text.ts";
import { MemberProcess } from "./member-process.ts";
import { NatsProcess } from "./nats-process.ts";

/** How long the load generator may look for the orders that were acknowledged. */
const LOAD_STOP_MS = 60_000;

/**
 * Runs the shop in several processes that share one NATS server, and sends them load, until a signal or the end of the load.
 *
 * @throws {@link DemoError} `ERR_NATS` without a server, `ERR_LOAD_FAILED` if the load fails or orders were lost
 */
export async function runCluster(options: ClusterDemoOptions): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const asked = new Promise<StopSignal>((resolve) => {
    stopOnSignals({
      shutdown(signal) {
        resolve(signal);
        return stopped.promise;
      },
    });
  });
  const log = createDemoLogger({ pretty: options.pretty });
  const nats = options.nats === undefined ? await NatsProcess.start() : undefined;
  const members = startMembers(options, nats?.url ?? options.nats ?? "", log);
  let load: LoadProcess | undefined;
  let isWell: boolean | undefined;
  try {
    const facts = await Promise.all(members.map((member) => member.opened));
    const urls = facts.map(({ url }) => url);
    load = options.load ? new LoadProcess({ ...options, urls, isCluster: true }) : undefined;
    const text = clusterText({ members, facts, nats, loadPid: load?.pid, options });
    (options.pretty ? process.stdout : process.stderr).write(text);
    const started = { nats: nats?.url ?? options.nats, pids: members.map(({ pid }) => pid) };
    log.info({ ...started, urls }, "cluster demo started");
    isWell = await Promise.race([asked.then(() => undefined), endOf(load, options, log)]);
    await load?.stop(LOAD_STOP_MS);
    isWell ??= await load?.ended;
  } finally {
    await Promise.all(members.map((member) => member.stop()));
    await nats?.stop();
  }
  log.info({ well: isWell ?? true }, "cluster demo stopped");
  stopped.resolve();
  if (isWell === false) {
    throw new DemoError("the load generator failed, or orders were lost", {
      code: DemoErrorCode.LoadFailed,
    });
  }
}

function startMembers(
  options: ClusterDemoOptions,
  nats: string,
  log: ReturnType<typeof createDemoLogger>,
): readonly MemberProcess[] {
  const { cluster, port, seed } = options;
  return Array.from({ length: cluster }, (_, at) => {
    return new MemberProcess({
      name: `shop-${at + 1}`,
      port: port === 0 ? 0 : port + at,
      nats,
      seed: (seed + at) % 2 ** 32,
      options,
      onRestart: (name, how, pid) => log.warn({ name, how, pid }, "process started again"),
    });
  });
}

/** Resolves when the load has ended, if that stops the demo, with whether it was well. */
async function endOf(
  load: LoadProcess | undefined,
  { exitAfterLoad }: ClusterDemoOptions,
  log: ReturnType<typeof createDemoLogger>,
): Promise<boolean> {
  const isWell = await load?.ended;
  if (isWell === false) log.error("load generator has failed; the shop goes on without it");
  return exitAfterLoad && isWell !== undefined ? isWell : new Promise(() => {});
}
