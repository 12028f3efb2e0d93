/** Two hex digits for each byte. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);
const WORD = 0x1_0000_0000;
const words = new Uint32Array(4);
const bytes: Buffer = Buffer.from(words.buffer);

/** Returns a random trace id: 32 hex digits. All zeros would be invalid, but their probability is negligible. */
export function randomTraceId(): string {
  for (let at = 0; at < words.length; at += 1) words[at] = Math.random() * WORD;
  return bytes.toString("hex");
}

/** Returns a random span id: 16 hex digits. So few are faster from the table. */
export function randomSpanId(): string {
  return randomWord() + randomWord();
}

function randomWord(): string {
  const word = Math.floor(Math.random() * WORD);
  return `${HEX[word >>> 24]}${HEX[(word >>> 16) & 255]}${HEX[(word >>> 8) & 255]}${HEX[word & 255]}`;
}
