/** The package's version, as its telemetry reports it. A test checks it against package.json. */
export const VERSION = "0.1.0";
