/** Oldest Node.js version limelight runs on, as required by OpenTelemetry's SDK. */
const OLDEST = { major: 22, minor: 15 };

/**
 * Returns the error text for a Node.js version that is too old; `undefined` for a supported one.
 *
 * @param version as in `process.versions.node`
 */
export function nodeVersionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return undefined;
  return `limelight needs Node ${OLDEST.major}.${OLDEST.minor} or newer, this is ${version} (ERR_NODE_VERSION)`;
}
