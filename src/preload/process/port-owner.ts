import process from "node:process";
import { errorType } from "../../base/errors.ts";

/** Passes to child processes which ancestor serves which ports: `4711:9464,4400`. */
const VARIABLE = "LIMELIGHT_PORTS_OWNER";

/**
 * Returns whether a running ancestor of this process serves `port`.
 *
 * Two processes on one port would conflict, or be mistaken for each other. Port 0 belongs to no process,
 * because each gets a different one.
 */
export function servedAbove(port: number): boolean {
  const [pid, ports] = read();
  // To `kill`, 0 and negative numbers are groups of processes.
  const isOther = Number.isInteger(pid) && pid > 0 && pid !== process.pid;
  return port !== 0 && isOther && ports.includes(port) && isAlive(pid);
}

/** Records that this process serves `port`, for its child processes. */
export function notePort(port: number): void {
  if (port === 0) return;
  const [pid, ports] = read();
  const own = pid === process.pid ? ports : [];
  process.env[VARIABLE] = `${process.pid}:${[...own, port].join(",")}`;
}

function read(): [pid: number, ports: readonly number[]] {
  const [pid, ports = ""] = (process.env[VARIABLE] ?? "").split(":", 2);
  return [Number(pid), ports.split(",").map(Number)];
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorType(error) === "EPERM";
  }
}
