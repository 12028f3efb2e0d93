import { pino, stdTimeFunctions } from "pino";
import { createLogger } from "../src/telemetry.ts";

/*
 * What a line of `createLogger` costs beside one of bare pino, which neither redacts nor knows of traces:
 * CPU time, in one process, round by round, the order turned around each time.
 */

const ROUNDS = 15;
const LINES = 20_000;

const destination = { write(): void {} };
const limelight = createLogger({ destination, serviceName: "bench" });
const bare = pino(
  { base: { "service.name": "bench" }, timestamp: stdTimeFunctions.epochTime },
  destination,
);

type Log = Pick<typeof bare, "info" | "error">;

const failure = Object.assign(new RangeError("too far"), { code: "ERR_FAR" });
const items = [
  { sku: "a-1", count: 2 },
  { sku: "b-2", count: 1 },
];

/** The kinds of lines, the most ordinary first. */
const KINDS: Readonly<Record<string, (log: Log) => void>> = {
  "text only": (log) => log.info("order accepted"),
  "three plain fields": (log) =>
    log.info({ order: "o-4711", amount: 12.5, express: true }, "order accepted"),
  "an object field": (log) =>
    log.info({ order: { id: "o-4711", items, total: { value: 12.5, currency: "EUR" } } }, "order"),
  "an address with a query": (log) =>
    log.info({ url: "https://example.test/orders?page=2&size=50" }, "request"),
  "an error": (log) => log.error({ err: failure }, "order failed"),
};

function cpuOf(write: (log: Log) => void, log: Log): number {
  const before = process.cpuUsage();
  for (let line = 0; line < LINES; line += 1) write(log);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / LINES;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

console.log(`ns a line, CPU time, median of ${ROUNDS} interleaved rounds of ${LINES} lines`);
console.log(`${"".padEnd(26)} limelight   bare pino   ratio`);
for (const [kind, write] of Object.entries(KINDS)) {
  const times = { own: [] as number[], bare: [] as number[] };
  for (const log of [limelight, bare]) cpuOf(write, log);
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round % 2 === 0) times.own.push(cpuOf(write, limelight));
    times.bare.push(cpuOf(write, bare));
    if (round % 2 === 1) times.own.push(cpuOf(write, limelight));
  }
  const [own, other] = [median(times.own), median(times.bare)];
  const ratio = (own / other).toFixed(2);
  const shown = [own, other].map((ns) => ns.toFixed(0).padStart(9)).join("   ");
  console.log(`${kind.padEnd(26)} ${shown}   ${ratio.padStart(5)}`);
}
