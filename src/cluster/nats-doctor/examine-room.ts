import { readServerState } from "../nats-client/monitoring.ts";
import type { Examination } from "./examine-nats.ts";
import { type Finding, problem, Topic } from "./finding.ts";

/**
 * Examines whether servers have room for `neededBytes`, which is what streams that are not there yet reserve. Only the
 * monitoring tells; what does not answer is reported with the durability.
 */
export async function examineRoom(
  { settings, clock }: Pick<Examination, "settings" | "clock">,
  neededBytes: number,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const url of settings.monitorUrls) {
    const state = await readServerState(url, clock).catch(() => undefined);
    const freeBytes = state?.freeBytes;
    if (freeBytes === undefined || freeBytes >= neededBytes) continue;
    const text = `the server at ${url} has room for ${freeBytes} bytes of further streams, and those of a cluster reserve ${neededBytes}`;
    const remedy =
      "raise `max_file` in the server's block `jetstream`, or set `maxStreamBytes` of the engine (`--max-stream-bytes`)";
    findings.push(problem(Topic.Streams, text, remedy));
  }
  return findings;
}
