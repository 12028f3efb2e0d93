import type { Frame } from "../../wire/answers.ts";
import { WIRE_VERSION } from "../../wire/snapshot.ts";
import { TopError, TopErrorCode } from "./top-error.ts";

/**
 * Parses the frame in an event's data.
 *
 * @throws {@link TopError} `ERR_NOT_A_CONSOLE` when it is not a frame; `ERR_CONSOLE_VERSION` when its
 *   version is not supported
 */
export function parseFrame(data: string): Frame {
  const frame = parse(data);
  for (const { version } of frame.snapshots) {
    if (version === WIRE_VERSION) continue;
    throw new TopError(
      `the console speaks version ${String(version)}, this limelight reads ${WIRE_VERSION}; use the one the program uses`,
      { code: TopErrorCode.Version },
    );
  }
  return frame;
}

function parse(data: string): Frame {
  try {
    const value = JSON.parse(data) as Frame;
    if (Array.isArray(value.snapshots) && typeof value.capturedAtMs === "number") return value;
  } catch (cause) {
    throw noFrame(cause);
  }
  throw noFrame(undefined);
}

function noFrame(cause: unknown): TopError {
  return new TopError("the response is not a frame of a console", {
    code: TopErrorCode.NotAConsole,
    cause,
  });
}
