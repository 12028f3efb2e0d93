import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installedTool } from "../../tools/stack/stack-process.ts";
import { Tool } from "../../tools/stack/tool-paths.ts";
import { eventually } from "./stack-program.ts";

const START = join(import.meta.dirname, "docker-engine.sh");
/** Mounts and processes of their own, which end with their first process. */
const NAMESPACES = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
/** An engine that has been asked to end has ended by then. */
const STOP_DEADLINE_MS = 60_000;
/** More than any command here has to say. */
const MAX_OUTPUT_BYTES = 64 * 1_024 * 1_024;
/** Connects to what its arguments name, and is that connection. */
const RELAY = `
  const [host, port] = process.argv.slice(1);
  const socket = require("node:net").connect(Number(port), host, () => process.stdin.pipe(socket).pipe(process.stdout));
  socket.on("error", () => process.exit(1));
`;

/** What the kernel answers when this machine may not run containers, or `undefined` when it may. */
export function whyNoContainers(): string | undefined {
  const probe = spawnSync("unshare", [...NAMESPACES, "--net", "true"], { encoding: "utf8" });
  if (probe.error !== undefined) return `no namespaces here: ${probe.error.message}`;
  return probe.status === 0 ? undefined : `no namespaces here: ${probe.stderr.trim()}`;
}

/**
 * Docker's engine, with processes, mounts, network and data of its own; nothing of it outlives the test, even one that
 * is killed. `npm run tools` and `npm run tools:engine` have to have been run.
 */
export class DockerEngine implements AsyncDisposable {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #doors: Server[] = [];
  #log = "";

  private constructor(folder: string) {
    this.#folder = folder;
    const command = ["unshare", ...NAMESPACES, "--", "tini", "-g", "--", "sh", START, folder];
    this.#child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = once(this.#child, "close");
    const keep = (text: string): void => {
      this.#log += text;
    };
    this.#child.stdout?.setEncoding("utf8").on("data", keep);
    this.#child.stderr?.setEncoding("utf8").on("data", keep);
  }

  /** Starts an engine that has nothing yet, and waits until it answers. */
  static async start(): Promise<DockerEngine> {
    const compose = installedTool(Tool.Compose);
    const folder = mkdtempSync(join(tmpdir(), "limelight-docker-"));
    const plugins = join(folder, "config/cli-plugins");
    mkdirSync(plugins, { recursive: true });
    symlinkSync(compose, join(plugins, "docker-compose"));
    const engine = new DockerEngine(folder);
    try {
      await eventually("an engine that answers", async () => {
        if (!engine.#running) return true;
        return engine.docker(["version"]).then(() => true);
      });
      if (!engine.#running) {
        throw new Error(`the engine ended; has \`npm run tools:engine\` been run? ${engine.#log}`);
      }
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A folder for the test's files, which goes with the engine. */
  get folder(): string {
    return this.#folder;
  }

  /**
   * What `docker` with `args` writes to its standard output.
   *
   * @throws Error with all it has written, when it fails
   */
  async docker(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const env = {
      ...process.env,
      DOCKER_HOST: `unix://${join(this.#folder, "docker.sock")}`,
      DOCKER_CONFIG: join(this.#folder, "config"),
      DOCKER_BUILDKIT: "0", // Debian has no buildx
      ...environment,
    };
    const options = { env, maxBuffer: MAX_OUTPUT_BYTES };
    try {
      return (await promisify(execFile)("docker", args, options)).stdout;
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`docker ${args.join(" ")}: ${stdout}${stderr}`, { cause: error });
    }
  }

  /** A file of `/proc` as a container's first process has it; `pid` is the one that the engine knows it by. */
  procFile(pid: number, name: string): string {
    return readFileSync(join(this.#root, "proc", String(pid), name), "utf8");
  }

  /** Where this process reaches what `host`, as seen from the engine's machine, has at `port`. */
  async reach(host: string, port: number): Promise<string> {
    const door = createServer((socket) => this.#relay(socket, host, port));
    this.#doors.push(door.listen(0, "127.0.0.1"));
    await once(door, "listening");
    return `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  }

  /** What `command` writes when it is run in the network of the engine's machine. */
  async onMachine(command: string, args: readonly string[]): Promise<string> {
    const inside = [`--net=${join(this.#root, this.#folder, "net")}`, command, ...args];
    return (await promisify(execFile)("nsenter", inside)).stdout;
  }

  /** Ends the engine and its containers, and removes all it had. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const door of this.#doors) door.close();
    if (this.#running) {
      const first = this.#firstProcess;
      const deadline = setTimeout(() => this.#child.kill("SIGKILL"), STOP_DEADLINE_MS);
      if (first === 0) this.#child.kill("SIGKILL");
      else process.kill(first, "SIGTERM");
      await this.#ended;
      clearTimeout(deadline);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The first process of the engine's namespaces, by our own count; 0 while there is none. */
  get #firstProcess(): number {
    const { pid } = this.#child;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ")[0]);
  }

  /** The files of the engine's machine, with what it has mounted. */
  get #root(): string {
    return `/proc/${this.#firstProcess}/root`;
  }

  #relay(socket: Socket, host: string, port: number): void {
    const net = `--net=${join(this.#root, this.#folder, "net")}`;
    const relay = spawn("nsenter", [net, process.execPath, "-e", RELAY, host, String(port)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const end = (): void => {
      socket.destroy();
      relay.kill();
    };
    socket.on("error", end).on("close", end);
    relay.on("close", end).stdin.on("error", end);
    socket.pipe(relay.stdin);
    relay.stdout.pipe(socket);
  }
}
