/** A registered symbol: the preload may belong to another copy of limelight than the runtime. */
const KEY = Symbol.for("limelight.sampling");
const shared = globalThis as { [KEY]?: { sdkRootRatio: number | undefined } };
/** The root sampling ratio of the SDK that limelight's preload starts. Unset with other SDKs. */
shared[KEY] ??= { sdkRootRatio: undefined };
const sampling = shared[KEY];

/** Sets the SDK's own ratio, so that the runtime can decide before a span exists. */
export function setSdkRootRatio(ratio: number | undefined): void {
  sampling.sdkRootRatio = ratio;
}

/** Returns the ratio of traces without a parent to record: the smaller of the SDK's and `own`. */
export function rootRatio(own: number | undefined): number {
  return Math.min(sampling.sdkRootRatio ?? 1, own ?? 1);
}
