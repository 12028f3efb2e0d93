import { subjectEntry } from "../catalogue.ts";
import { works } from "../works/all.ts";
import { type Effort, measure } from "./measure.ts";
import { demandProof } from "./proof.ts";

/**
 * The process that measures one subject doing one work, and sends its parent the measurement.
 *
 * Nothing is read from stdout: peers print there as they like.
 */
async function main([subjectId = "", workId = "", effortJson = "{}"]: string[]): Promise<void> {
  const work = works.find(({ id }) => id === workId);
  if (work === undefined) throw new RangeError(`no work is called ${workId}`);
  const effort: Effort = JSON.parse(effortJson);
  const entry = subjectEntry(subjectId);
  const subject = await entry.load();
  const measurement = await measure(subject, work, effort);
  demandProof(entry, work.id, measurement, effort);
  await new Promise((sent) => process.send?.(measurement, sent));
  await subject.teardown?.();
}

await main(process.argv.slice(2));
// Peers leave timers, sockets and workers behind; none of it is of interest any more.
process.disconnect?.();
process.exit(0);
