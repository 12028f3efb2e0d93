import { resourceFromAttributes } from "@opentelemetry/resources";
import { systemClock } from "../src/base/clock.ts";
import { LineRecords } from "../src/preload/logs/line-records.ts";
import { logEncoder } from "../src/preload/logs/log-encoder.ts";
import { processTaps } from "../src/telemetry/process-taps.ts";
import { createLogger } from "../src/telemetry.ts";

/*
 * What `OTEL_LOGS_EXPORTER=otlp` adds to a line of `createLogger`: CPU time of the call that writes it, in interleaved
 * rounds, and of its part of a batch.
 */

const ROUNDS = 20;
const LINES = 20_000;
const BATCH = 1_024;

const log = createLogger({ destination: { write(): void {} }, serviceName: "bench" });
let lines: string[] = [];

function take(line: string): boolean {
  if (lines.length >= BATCH) lines = [];
  return lines.push(line) > 0;
}

function perItem(count: number, work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / count;
}

function writeLines(count: number): void {
  for (let order = 0; order < count; order += 1) {
    log.info({ order, amount: 12.5, express: true }, "order accepted");
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const calls = { off: [] as number[], on: [] as number[] };
for (let round = 0; round < ROUNDS; round += 1) {
  processTaps.outlet = undefined;
  calls.off.push(perItem(LINES, () => writeLines(LINES)));
  processTaps.outlet = take;
  calls.on.push(perItem(LINES, () => writeLines(LINES)));
}
console.log(`ns a line, CPU time, median of ${ROUNDS} interleaved rounds`);
console.log(`call, stdout alone   ${median(calls.off).toFixed(0)}`);
console.log(`call, and by OTLP    ${median(calls.on).toFixed(0)}`);
lines = [];
writeLines(BATCH);
const records = new LineRecords(
  resourceFromAttributes({ "service.name": "bench" }),
  { maxCount: 128, maxLength: Number.POSITIVE_INFINITY },
  systemClock,
);
for (const protocol of ["http/json", "http/protobuf"] as const) {
  const encoder = logEncoder(protocol, records);
  const encode = (): number => perItem(BATCH, () => void encoder.serializeRequest(lines));
  const times = Array.from({ length: 3 * ROUNDS }, encode);
  console.log(`batch, ${protocol.padEnd(13)} ${median(times.slice(ROUNDS)).toFixed(0)}`);
}
