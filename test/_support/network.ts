import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Machine } from "./nats-server.ts";

const run = promisify(execFile);

/**
 * Where the process of the tests is on a {@link Network}: at two addresses, so that its clients can be cut off by halves.
 *
 * @enum
 */
export const Here = { First: "first", Second: "second" } as const;
export type Here = (typeof Here)[keyof typeof Here];

const PREFIX = "llf";
/** The link of the host to the hub. */
const LINK = `${PREFIX}${process.pid}`;
/** Addresses of {@link Here.Second} are higher by this. */
const HALF = 128;
/** What connects all machines; no machine may have its name. */
const HUB = "hub";
/** Machines on one network: each half has 126 addresses, of which the first is that of the tests. */
const MAX_MACHINES = 100;
/** How long one command may take. */
const TIMEOUT_MS = 30_000;

/**
 * Machines of a cluster on one host, each a network namespace with a link to a bridge, and the process of the tests as one more.
 * A test cuts links between them. Nothing outside of the namespaces is changed, besides one link of the host to the bridge.
 *
 * Needs Linux, root, and the programs `ip` (iproute2) and `iptables`.
 */
export class Network implements AsyncDisposable {
  readonly #names: readonly string[];

  private constructor(names: readonly string[]) {
    this.#names = names;
  }

  /**
   * Creates the machines, after removing those that processes have left that were killed.
   *
   * @param names up to 100, of `a-z0-9-`
   * @throws `Error` if that is not possible here
   */
  static async open(names: readonly string[]): Promise<Network> {
    if (names.length > MAX_MACHINES) throw new Error(`${names.length} machines are too many`);
    await requirePrograms();
    await removeLeft();
    const network = new Network(names);
    try {
      await network.#create();
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
    return network;
  }

  /** A machine, and its address for other machines and for clients at {@link Here.First}. */
  machine(name: string): Machine {
    const via = ["ip", "netns", "exec", namespaceOf(name)];
    return { address: this.addressOf(name), listen: "0.0.0.0", via };
  }

  /** Address of a machine, on the way from `here`. */
  addressOf(name: string, here: Here = Here.First): string {
    const at = this.#names.indexOf(name);
    if (at < 0) throw new Error(`there is no machine ${name}`);
    return this.#address(at + 2, here);
  }

  /** Nothing passes between the machines of one side and those of the other, either way. Links stay up. */
  async cut(some: readonly string[], others: readonly string[]): Promise<void> {
    await run("sh", ["-ec", [this.#loss(some, others), this.#loss(others, some)].join("\n")]);
  }

  /** What `senders` send to `receivers` is lost. The other way stays open. */
  async mute(senders: readonly string[], receivers: readonly string[]): Promise<void> {
    await this.lose(senders, receivers, 1);
  }

  /** A `share` of the packets that `senders` send to `receivers` is lost, up to 1. */
  async lose(
    senders: readonly string[],
    receivers: readonly string[],
    share: number,
  ): Promise<void> {
    await run("sh", ["-ec", this.#loss(senders, receivers, share)]);
  }

  /** Separates each of the machines from each other one. */
  async shatter(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const others = names.filter((other) => other !== name);
      await this.mute(others, [name]);
    }
  }

  /** Everything passes again. */
  async heal(): Promise<void> {
    const flush = this.#names.map((name) => `ip netns exec ${namespaceOf(name)} iptables -w -F`);
    await run("sh", ["-ec", flush.join("\n")]);
  }

  /** Removes the machines. Processes on them have to be ended before. */
  async [Symbol.asyncDispose](): Promise<void> {
    // The kernel removes the links of a namespace some time after it.
    await run("ip", ["link", "delete", LINK]).catch(() => {}); // it was not created
    await removeAll(await namespacesOf(process.pid));
  }

  async #create(): Promise<void> {
    const hub = namespaceOf(HUB);
    const lines = [
      `ip netns add ${hub}`,
      `ip -n ${hub} link add bridge type bridge forward_delay 0`,
      `ip -n ${hub} link set bridge up`,
      `ip -n ${hub} link add p0 type veth peer name ${LINK} netns ${process.pid}`,
      `ip -n ${hub} link set p0 master bridge up`,
      ...this.#addresses(1).map((address) => `ip address add ${address} dev ${LINK}`),
      `ip link set ${LINK} up`,
    ];
    for (const [at, name] of this.#names.entries()) {
      const space = namespaceOf(name);
      lines.push(
        `ip netns add ${space}`,
        `ip -n ${space} link set lo up`,
        `ip -n ${hub} link add p${at + 1} type veth peer name eth0 netns ${space}`,
        `ip -n ${hub} link set p${at + 1} master bridge up`,
        ...this.#addresses(at + 2).map(
          (address) => `ip -n ${space} address add ${address} dev eth0`,
        ),
        `ip -n ${space} link set eth0 up`,
      );
    }
    await run("sh", ["-ec", lines.join("\n")], { timeout: TIMEOUT_MS });
  }

  /** Commands after which a share of what `senders` send to `receivers` is lost. */
  #loss(senders: readonly string[], receivers: readonly string[], share = 1): string {
    const lines: string[] = [];
    for (const receiver of receivers) {
      const to = this.#addressesOf(receiver);
      if (isHere(receiver)) {
        // Nothing is changed on the host itself: it is lost when it is sent.
        for (const sender of senders) lines.push(rule(sender, `OUTPUT -d ${to}`, share));
      } else {
        const from = senders.flatMap((sender) => this.#addressesOf(sender)).join(",");
        lines.push(rule(receiver, `INPUT -s ${from}`, share));
      }
    }
    return lines.join("\n");
  }

  #addressesOf(name: string): string[] {
    if (isHere(name)) return [this.#address(1, name)];
    return [this.addressOf(name, Here.First), this.addressOf(name, Here.Second)];
  }

  #addresses(number: number): string[] {
    return [Here.First, Here.Second].map((here) => `${this.#address(number, here)}/25`);
  }

  /** In 198.18.0.0/15, which is for tests of networks; each process has a part of its own. */
  #address(number: number, here: Here): string {
    const part = process.pid % 512;
    const last = here === Here.First ? number : number + HALF;
    return `198.${18 + Math.floor(part / 256)}.${part % 256}.${last}`;
  }
}

function isHere(name: string): name is Here {
  return name === Here.First || name === Here.Second;
}

function rule(name: string, match: string, share: number): string {
  const chance = share < 1 ? `-m statistic --mode random --probability ${share} ` : "";
  return `ip netns exec ${namespaceOf(name)} iptables -w -A ${match} ${chance}-j DROP`;
}

function namespaceOf(name: string): string {
  return `${PREFIX}-${process.pid}-${name}`;
}

async function requirePrograms(): Promise<void> {
  try {
    await run("ip", ["netns", "list"]);
    await run("iptables", ["--version"]);
  } catch (cause) {
    const text = "needs Linux, root, `ip` and `iptables` (apt-get install iproute2 iptables)";
    throw new Error(text, { cause });
  }
}

async function namespaces(): Promise<string[]> {
  const { stdout } = await run("ip", ["netns", "list"]);
  const names = stdout.split("\n").map((line) => line.split(" ")[0] ?? "");
  return names.filter((name) => name.startsWith(`${PREFIX}-`));
}

async function namespacesOf(pid: number): Promise<string[]> {
  return (await namespaces()).filter((name) => name.startsWith(`${PREFIX}-${pid}-`));
}

/** Removes what processes have left that do not run any more, and ends what still runs in there. */
async function removeLeft(): Promise<void> {
  const left = (await namespaces()).filter((name) => !isRunning(Number(name.split("-")[1])));
  for (const name of left) {
    const { stdout } = await run("ip", ["netns", "pids", name]);
    for (const pid of stdout.split("\n").filter((line) => line !== "")) {
      if (isRunning(Number(pid))) process.kill(Number(pid), "SIGKILL");
    }
  }
  await removeAll(left);
}

async function removeAll(names: readonly string[]): Promise<void> {
  for (const name of names) await run("ip", ["netns", "delete", name]);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
