import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Memory that is really in use, buffers included: what nobody holds any more has been collected. */
export function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
