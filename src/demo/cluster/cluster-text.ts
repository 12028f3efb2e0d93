import type { ClusterDemoOptions } from "../options.ts";
import type { MemberFacts, MemberProcess } from "./member-process.ts";
import type { NatsProcess } from "./nats-process.ts";

/** What is shown at the start. */
export interface ClusterFacts {
  readonly members: readonly Pick<MemberProcess, "name" | "pid">[];
  /** In the same order. */
  readonly facts: readonly MemberFacts[];
  /** The server of the demo; `undefined` if another one is used. */
  readonly nats: Pick<NatsProcess, "url"> | undefined;
  readonly loadPid: number | undefined;
  readonly options: Pick<ClusterDemoOptions, "rate" | "nats" | "restart">;
}

/** Returns the text printed at the start of a cluster: its processes, and what to try. */
export function clusterText(all: ClusterFacts): string {
  const { members, facts, nats, loadPid, options } = all;
  const [first] = facts;
  const lines = members.map(({ name, pid }, at) => {
    const { url, consoleUrl } = facts[at] ?? {};
    const seen = consoleUrl === undefined ? "" : `  console ${consoleUrl}`;
    return `  ${name}   ${url}  process ${pid}${seen}`;
  });
  const again = options.restart ? "it is started again after three seconds" : "it stays away";
  const [{ pid: victim } = { pid: undefined }] = members;
  const load =
    loadPid === undefined ? "none" : `${options.rate} requests/s over all, from process ${loadPid}`;
  return `
limelight demo: one order desk in ${members.length} processes

${lines.join("\n")}
  nats     ${nats === undefined ? options.nats : `${nats.url}, until the demo ends`}
  load     ${load}
  order    curl -i ${first?.url}/actors/desk/desk-1/ask/place -H 'content-type: application/json' -d '[{"item":"lamp","quantity":1}]'
  kill     kill -9 ${victim}  (${again}; its orders go on elsewhere after five seconds)
  stop     Ctrl-C looks for the orders that were acknowledged, hands actors over and exits

`;
}
