import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Memory that is really in use, buffers included: what nobody holds any more has been collected. */
export function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect(); // what the first pass has finalised
  // Not all that is external: what the engine and its parsers put aside comes and goes by itself.
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
