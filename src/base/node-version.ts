/** Oldest Node that limelight runs on: OpenTelemetry's SDK needs it. */
const OLDEST = { major: 22, minor: 15 };

/**
 * What to tell somebody whose Node is too old, or `undefined` when it is not.
 *
 * @param version as `process.versions.node` has it
 */
export function nodeVersionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return undefined;
  return `limelight needs Node ${OLDEST.major}.${OLDEST.minor} or newer, this is ${version} (ERR_NODE_VERSION)`;
}
