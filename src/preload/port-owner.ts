import process from "node:process";

/** Tells child processes which process above them serves which ports: `4711:9464,4400`. */
const VARIABLE = "LIMELIGHT_PORTS_OWNER";

/**
 * Whether a living process above this one serves `port`. Two processes under one port would clash, or be
 * taken for each other. Port 0 is nobody's: every process gets another one.
 */
export function servedAbove(port: number): boolean {
  const [pid, ports] = read();
  return port !== 0 && pid !== process.pid && ports.includes(port) && isAlive(pid);
}

/** Notes that this process serves `port`, for the processes it will start. */
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
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
