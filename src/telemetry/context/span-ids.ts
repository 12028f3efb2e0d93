/** Two hex digits for each byte. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);
const WORD = 0x1_0000_0000;

/** Returns eight random hex digits. */
function randomWord(): string {
  return digitsOf(Math.floor(Math.random() * WORD));
}

function digitsOf(word: number): string {
  const [a, b, c, d] = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255];
  return `${HEX[a]}${HEX[b]}${HEX[c]}${HEX[d]}`;
}

/** Returns a random trace id: 32 hex digits. All zeros would be invalid, but their probability is negligible. */
export function randomTraceId(): string {
  return randomWord() + randomWord() + randomWord() + randomWord();
}

/** Returns a random span id: 16 hex digits. */
export function randomSpanId(): string {
  return randomWord() + randomWord();
}
