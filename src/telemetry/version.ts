/** The package's version, as its telemetry reports it; a test holds it against package.json. */
export const VERSION = "0.1.0";
