import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { Here, Network } from "../_support/network.ts";
import { eventually } from "../_support/stack-program.ts";

const run = promisify(execFile);
const PORT = 7_000;
const ECHO = `net.createServer((socket) => {
  socket.on("data", (chunk) => process.stdout.write(chunk));
  socket.pipe(socket);
}).listen(${PORT}, () => process.stdout.write("ready "))`;
const NETWORK = join(import.meta.dirname, "../_support/network.ts");

/** A program on a machine, and what it has written. */
class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  output = "";

  constructor(via: readonly string[], program: string) {
    const [command = "", ...args] = [...via, process.execPath, "-e", program];
    this.child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.output += chunk.toString();
    });
  }

  /** Resolves when it has written `text`. */
  async wrote(text: string): Promise<void> {
    await eventually(text, () => this.output.includes(text) || undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
}

/** A connection of the process of the tests, and what has come back. */
class Line implements Disposable {
  readonly socket: Socket;
  received = "";

  constructor(address: string) {
    this.socket = connect(PORT, address).on("data", (chunk: Buffer) => {
      this.received += chunk.toString();
    });
  }

  async got(text: string): Promise<void> {
    await eventually(text, () => this.received.includes(text) || undefined);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

async function connects(network: Network, from: string, to: string): Promise<boolean> {
  const address = network.addressOf(to);
  const program = `net.connect(${PORT}, "${address}").on("connect", () => process.exit(0)).setTimeout(300, () => process.exit(3))`;
  const [command = "", ...args] = [...network.machine(from).via, process.execPath, "-e", program];
  return await run(command, args).then(
    () => true,
    (error: { readonly code: number }) => {
      assert.equal(error.code, 3);
      return false;
    },
  );
}

describe("a network of machines in namespaces", () => {
  it("loses what is cut off in one way or in both, of connections that are open too, until it is healed", async () => {
    await using network = await Network.open(["a"]);
    await using echo = new Program(network.machine("a").via, ECHO);
    await echo.wrote("ready");
    using first = new Line(network.addressOf("a", Here.First));
    using second = new Line(network.addressOf("a", Here.Second));
    first.socket.write("1 ");
    second.socket.write("2 ");
    await Promise.all([first.got("1"), second.got("2")]);

    await network.mute(["a"], [Here.Second]);
    second.socket.write("3 ");
    await echo.wrote("3");
    first.socket.write("4 ");
    await first.got("4"); // longer on its way than what is lost
    assert.equal(second.received, "2 ");

    await network.heal();
    await second.got("3");

    await network.cut(["a"], [Here.Second]);
    second.socket.write("5 ");
    first.socket.write("6 ");
    await first.got("6");
    assert.ok(!echo.output.includes("5"));
    await network.heal();
    await second.got("5");
  });

  it("separates machines from each other", async () => {
    await using network = await Network.open(["a", "b", "c"]);
    await using echo = new Program(network.machine("a").via, ECHO);
    await using other = new Program(network.machine("b").via, ECHO);
    await Promise.all([echo.wrote("ready"), other.wrote("ready")]);

    assert.ok(await connects(network, "c", "a"));
    await network.cut(["a"], ["c"]);
    assert.ok(!(await connects(network, "c", "a")));
    assert.ok(await connects(network, "c", "b"));
    await network.heal();
    await network.shatter(["a", "b", "c"]);
    assert.ok(!(await connects(network, "c", "a")));
    assert.ok(!(await connects(network, "c", "b")));
    await network.heal();
    assert.ok(await connects(network, "c", "a"));
  });

  it("removes what a process has left that was killed, with the programs in there", async () => {
    const opening = `import("${NETWORK}").then(async ({ Network }) => {
      const network = await Network.open(["a"]);
      const [command, ...args] = [...network.machine("a").via, "sleep", "1000"];
      require("node:child_process").spawn(command, args, { detached: true, stdio: "ignore" });
      process.stdout.write("ready");
      setInterval(() => {}, 1000);
    })`;
    const killed = new Program([], opening);
    await killed.wrote("ready");
    const left = `llf-${killed.child.pid}-a`;
    await eventually("a program in there", async () => {
      const { stdout } = await run("ip", ["netns", "pids", left]);
      return stdout.trim() === "" ? undefined : true;
    });
    await killed[Symbol.asyncDispose]();

    await using _network = await Network.open([]);

    const { stdout } = await run("ip", ["netns", "list"]);
    assert.ok(stdout.includes(`llf-${process.pid}-hub`));
    assert.ok(!stdout.includes(left));
  });

  it("knows its machines only", async () => {
    await using network = await Network.open([]);

    assert.throws(() => network.addressOf("a"), /there is no machine a/);
  });
});
