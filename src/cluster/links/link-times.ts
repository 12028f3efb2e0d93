/** How often both ends of a link show that they are there, in milliseconds. */
export const ALIVE_MS = 5_000;
/** An end that is not heard of for this time, in milliseconds, is given up. */
export const SILENCE_MS = 15_000;
