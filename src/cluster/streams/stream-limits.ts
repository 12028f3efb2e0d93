/*
 * How much of a body may be on its way. What was sent and not read is bounded by the window that the reader gives, so a
 * reader that is slow or does not read costs at most that.
 */

/** Most bytes of one chunk. */
export const CHUNK_BYTES = 65_536;
/** What a chunk has besides its bytes: headers and the line of the server. */
const OVERHEAD_BYTES = 1_024;
/** Window of one stream while there are few. */
const WINDOW_BYTES = 262_144;
/** Window of one stream however many there are. */
const MIN_WINDOW_BYTES = 16_384;
/** What all windows of a process may add up to, as long as each has its minimum. */
const ALL_WINDOWS_BYTES = 67_108_864;
/** Chunks of one stream that may be under way: small ones cost more than their bytes. */
const WINDOW_FRAMES = 256;

/** How often both ends of a stream show that they are there, in milliseconds. */
export const STREAM_ALIVE_MS = 5_000;
/** An end that is not heard of for this time, in milliseconds, is given up. */
export const STREAM_SILENCE_MS = 15_000;
/** How long a part that cannot be sent is kept, in milliseconds: the engine is not connected, or has too much to send. */
export const STREAM_SEND_MS = 10_000;

/** How much may be sent and not read yet. */
export interface Window {
  readonly bytes: number;
  readonly frames: number;
}

/** Returns the window of a stream that is opened beside `others`. */
export function windowBeside(others: number): Window {
  const share = Math.floor(ALL_WINDOWS_BYTES / (others + 1));
  const bytes = Math.min(WINDOW_BYTES, Math.max(MIN_WINDOW_BYTES, share));
  return { bytes, frames: WINDOW_FRAMES };
}

/** Returns the size of the chunks of an engine whose messages have at most `maxMessageBytes`. */
export function chunkBytesOf(maxMessageBytes: number): number {
  return Math.max(1, Math.min(CHUNK_BYTES, maxMessageBytes - OVERHEAD_BYTES));
}
