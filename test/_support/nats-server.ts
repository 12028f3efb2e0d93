import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { oldNatsPath, Tool, toolPath } from "../../tools/stack/tool-paths.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { eventually, freePort } from "./stack-program.ts";

/** The servers that tests run: the newest, and the oldest supported. */
export type NatsVersion = typeof StackVersion.nats | typeof StackVersion.oldNats;

/** As much of what a server says as helps to see why it ended. */
const OUTPUT_LIMIT = 200_000;
const LOOPBACK = "127.0.0.1";

/** Where a server runs. */
export interface Machine {
  /** Its address, for clients and for other servers. */
  readonly address: string;
  /** What servers listen on there. */
  readonly listen: string;
  /** A command and its arguments that run a program there. */
  readonly via: readonly string[];
}

const HERE: Machine = { address: LOOPBACK, listen: LOOPBACK, via: [] };

export interface NatsServerOptions {
  /** The newest unless given. */
  readonly version?: NatsVersion;
  /** Whether it syncs each write to the disk before it acknowledges it; 2.9.10 cannot. */
  readonly syncAlways?: boolean;
  /** Where it runs; on loopback unless given. */
  readonly machine?: Machine;
  /** Client port; a free one unless given. */
  readonly port?: number;
  /** JetStream's folder, left when the server is disposed of; a temporary one unless given. */
  readonly storeDir?: string;
  /** Added to the server's configuration, at its top level. */
  readonly config?: string;
  /** Added to its block `jetstream`; `false`: without JetStream. */
  readonly jetstream?: string | false;
}

/** The ports and folders of one server, which stay when it is restarted. */
interface Place {
  readonly program: string;
  readonly machine: Machine;
  readonly port: number;
  readonly monitorPort: number;
  readonly storeDir: string;
  /** The file of its configuration. */
  readonly file: string;
  /** Removed in the end. */
  readonly folder: string;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The file of a server; one that is missing is an error, and never skips what needs it. */
function installedNats(version: NatsVersion): string {
  const program = version === StackVersion.oldNats ? oldNatsPath : toolPath(Tool.Nats);
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run tools:nats\``);
  return program;
}

async function makePlace(options: NatsServerOptions, cluster: string): Promise<Place> {
  const { version = StackVersion.nats, syncAlways = false, config = "", jetstream = "" } = options;
  const { machine = HERE } = options;
  const program = installedNats(version);
  const folder = mkdtempSync(join(tmpdir(), "limelight-nats-"));
  const storeDir = options.storeDir ?? join(folder, "store");
  mkdirSync(storeDir, { recursive: true });
  const port = options.port ?? (await freePort());
  const monitorPort = await freePort();
  const file = join(folder, "nats.conf");
  const lines = [
    `listen: "${machine.listen}:${port}"`,
    `http: "${machine.listen}:${monitorPort}"`,
    ...(jetstream === false
      ? []
      : [
          "jetstream {",
          `  store_dir: "${storeDir}"`,
          ...(syncAlways ? ["  sync_interval: always"] : []),
          jetstream,
          "}",
        ]),
    cluster,
    config,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return { program, machine, port, monitorPort, storeDir, file, folder };
}

/** How often other ports are tried, since another process may take a free one before the server does. */
const PORT_TRIES = 3;

async function withFreePorts<Started>(start: () => Promise<Started>): Promise<Started> {
  for (let left = PORT_TRIES - 1; ; left -= 1) {
    try {
      return await start();
    } catch (error) {
      if (left === 0 || !/address already in use/.test(String(error))) throw error;
    }
  }
}

/** Leaves no process and no folder behind if it cannot be started. */
async function startOrRemove(what: AsyncDisposable, start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    await what[Symbol.asyncDispose]();
    throw error;
  }
}

/** Of times in `/proc`: 100 a second on all systems that Node runs on. */
const MS_PER_TICK = 10;
/** Looks, a millisecond apart, whether a process has stopped. */
const MAX_LOOKS = 5_000;

/** Whether no thread of a process runs. Where there is no `/proc`, nothing tells. */
function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
      return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
    });
  } catch {
    return true;
  }
}

/** A NATS server with JetStream, as a process of its own that a test can stop, kill and pause. */
export class NatsServer implements AsyncDisposable {
  readonly #place: Place;
  #child: ChildProcess | undefined;
  #output = "";

  private constructor(place: Place) {
    this.#place = place;
  }

  /** Starts a server and waits until it is ready. */
  static start(options: NatsServerOptions = {}): Promise<NatsServer> {
    return withFreePorts(async () => {
      const server = await NatsServer.prepare(options);
      await startOrRemove(server, () => server.startAgain());
      return server;
    });
  }

  /** A server that is not running yet; `cluster` is the block of that name in its configuration. */
  static async prepare(options: NatsServerOptions, cluster = ""): Promise<NatsServer> {
    return new NatsServer(await makePlace(options, cluster));
  }

  get port(): number {
    return this.#place.port;
  }

  /** Address for clients, `127.0.0.1:4222`. */
  get address(): string {
    return `${this.#place.machine.address}:${this.#place.port}`;
  }

  /** Address of its monitoring, without a path. */
  get monitorUrl(): string {
    return `http://${this.#place.machine.address}:${this.#place.monitorPort}`;
  }

  get storeDir(): string {
    return this.#place.storeDir;
  }

  /** The end of what it has said, over all its runs. */
  get output(): string {
    return this.#output;
  }

  /** CPU time that its present process has used, in milliseconds; 0 where there is no `/proc`. */
  get cpuMs(): number {
    try {
      const stat = readFileSync(`/proc/${this.#child?.pid}/stat`, "utf8");
      const [user = 0, kernel = 0] = stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .slice(11, 13);
      return (Number(user) + Number(kernel)) * MS_PER_TICK;
    } catch {
      return 0;
    }
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Starts its process, without waiting until it is ready. */
  spawn(): void {
    if (this.#child !== undefined) throw new Error(`${this.address} is running already`);
    const { program, machine, file } = this.#place;
    const [command = program, ...args] = [...machine.via, program, "--config", file];
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    running.add(child);
    const keep = (text: string): void => {
      this.#output = (this.#output + text).slice(-OUTPUT_LIMIT);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.once("close", () => {
      running.delete(child);
      if (this.#child === child) this.#child = undefined;
    });
  }

  /** Resolves as soon as it says that it is healthy: JetStream is up, and in a cluster it has a leader. */
  async ready(): Promise<void> {
    const healthy = async (): Promise<true | undefined> => {
      const answer = await fetch(`${this.monitorUrl}/healthz`);
      await answer.arrayBuffer();
      return answer.ok || undefined;
    };
    const ended = (): Error => new Error(`${this.#place.program} has ended: ${this.#output}`);
    const child = this.#child;
    if (child === undefined) throw ended();
    const waiting = new AbortController();
    const { signal } = waiting;
    try {
      await Promise.race([
        eventually(`healthy: ${this.address}`, () => (signal.aborted ? true : healthy())),
        once(child, "close", { signal }).then(() => {
          throw ended();
        }),
      ]);
    } finally {
      waiting.abort();
    }
  }

  /** Starts it in the same folder and on the same ports, and waits until it is ready. */
  async startAgain(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  /** Stops it, unless it has ended, and starts it again in the same folder and on the same ports. */
  async restart(): Promise<void> {
    await this.stop();
    await this.startAgain();
  }

  /** Asks it to end (SIGTERM), and waits until it has. */
  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  /** Ends it without asking (SIGKILL), paused or not. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /**
   * Keeps its process from running (SIGSTOP): connections stay open, and nothing answers. Returns when it has stopped, which
   * takes its time on a busy machine.
   */
  pause(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    this.#child?.kill("SIGSTOP");
    for (let look = 0; look < MAX_LOOKS && !isStopped(pid); look += 1) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }

  /** Ends a {@link pause}. */
  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
  }

  /** Kills it and removes its temporary folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#place.folder, { recursive: true, force: true });
  }
}

/** What the servers of a cluster have in common, and where they run: on loopback unless `machines` says so. */
export interface NatsClusterOptions
  extends Omit<NatsServerOptions, "port" | "storeDir" | "machine"> {
  readonly machines?: readonly [Machine, Machine, Machine];
}

/** Three servers that are one cluster. */
export class NatsCluster implements AsyncDisposable {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  /** Starts three servers and waits until they have a leader; ports and folders are chosen. */
  static start(options: NatsClusterOptions = {}): Promise<NatsCluster> {
    return withFreePorts(async () => {
      const cluster = await NatsCluster.prepare(options);
      await startOrRemove(cluster, async () => {
        for (const server of cluster.servers) server.spawn();
        await cluster.ready();
      });
      return cluster;
    });
  }

  /** Three servers that are not running yet. */
  static async prepare(options: NatsClusterOptions = {}): Promise<NatsCluster> {
    const { machines = [HERE, HERE, HERE], ...common } = options;
    const places: { machine: Machine; listen: string }[] = [];
    for (const machine of machines) {
      places.push({ machine, listen: `${machine.address}:${await freePort()}` });
    }
    const routes = places.map(({ listen }) => `"nats://${listen}"`).join(", ");
    const block = (listen: string): string =>
      // A client knows the servers that it is told, so that a proxy in between is not gone around.
      `cluster { name: limelight, listen: "${listen}", routes: [${routes}], no_advertise: true }`;
    const servers: NatsServer[] = [];
    for (const [index, { machine, listen }] of places.entries()) {
      const named = `server_name: "nats-${index + 1}"\n${block(listen)}`;
      servers.push(await NatsServer.prepare({ ...common, machine }, named));
    }
    return new NatsCluster(servers);
  }

  /** Addresses of all servers. */
  get addresses(): readonly string[] {
    return this.servers.map((server) => server.address);
  }

  /** Resolves as soon as all that are running are healthy and agree on a leader that runs. */
  async ready(): Promise<void> {
    await Promise.all(this.#running.map((server) => server.ready()));
    await eventually("a cluster with a leader", () => this.leader());
  }

  /** The server that leads JetStream's meta group; `undefined` while those that run do not agree on one. */
  async leader(): Promise<NatsServer | undefined> {
    const names = await Promise.all(this.#running.map(metaLeader));
    const [name] = names;
    if (names.some((other) => other !== name)) return undefined;
    return this.servers.find((server, index) => server.running && name === `nats-${index + 1}`);
  }

  get #running(): readonly NatsServer[] {
    return this.servers.filter((server) => server.running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

async function metaLeader(server: NatsServer): Promise<string | undefined> {
  const answer = await fetch(`${server.monitorUrl}/jsz`);
  const { meta_cluster: meta } = (await answer.json()) as { meta_cluster?: { leader?: string } };
  return meta?.leader;
}
