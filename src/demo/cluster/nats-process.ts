import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DemoError, DemoErrorCode } from "../demo-error.ts";

const HOST = "127.0.0.1";
const PROGRAM = "nats-server";
const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/** Runs a program until its own stdin ends, as it does when the demo has ended in whatever way. */
const WHILE_READING = '"$@" & cat > /dev/null; kill $!; wait $!';

/** A NATS server of the demo, on loopback, with everything it stores in a temporary directory. */
export class NatsProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, url: string, directory: string) {
    this.#child = child;
    this.#directory = directory;
    this.url = url;
  }

  /** @throws {@link DemoError} `ERR_NATS` if no server is found, or it does not start */
  static async start(): Promise<NatsProcess> {
    const program = findProgram();
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), "limelight-demo-nats-"));
    const args = [program, "-js", "-sd", directory, "-a", HOST, "-p", String(port)];
    // A signal to the demo's group must not end the server before the processes that use it.
    const child = spawn("sh", ["-c", WHILE_READING, "sh", ...args], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    const nats = new NatsProcess(child, `nats://${HOST}:${port}`, directory);
    if (await listens(port, child)) return nats;
    await nats.stop();
    throw new DemoError(`${program} does not start`, { code: DemoErrorCode.Nats });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.stdin?.end();
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** @throws {@link DemoError} `ERR_NATS` */
function findProgram(): string {
  const cache = process.env["LIMELIGHT_CACHE"] ?? join(homedir(), ".cache/limelight");
  const candidates = [
    ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, PROGRAM)),
    ...versionsIn(join(cache, "stack")),
  ];
  const found = candidates.find(isProgram);
  if (found !== undefined) return found;
  const advice = "install nats-server, or name a server that runs with --nats nats://HOST:4222";
  throw new DemoError(`no ${PROGRAM} in PATH; ${advice}`, { code: DemoErrorCode.Nats });
}

/** The programs that `npm run tools:nats` has installed, newest first. */
function versionsIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.startsWith(`${PROGRAM}-`));
    const sorted = names.sort((one, other) => other.localeCompare(one, "en", { numeric: true }));
    return sorted.map((name) => join(folder, name, PROGRAM));
  } catch {
    return []; // nothing was installed
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function listens(port: number, child: ChildProcess): Promise<boolean> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (performance.now() < untilMs && child.exitCode === null) {
    if (await canConnect(port)) return true;
    await delay(LOOK_AGAIN_MS);
  }
  return false;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
