import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { runCommandLine } from "../../src/cli/command-line.ts";
import { createConsole } from "../../src/console.ts";
import { addKeyViews } from "../../src/monitor/keys/key-views.ts";
import type { Frame } from "../../src/wire/answers.ts";
import { openSystem } from "../_support/actor-system.ts";
import { FakeKeys } from "../_support/console-keys.ts";
import { puppet } from "../_support/monitor-actors.ts";
import { topCommand } from "../_support/terminal-program.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line in a shell without a terminal. */
function shell(line: string, environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const env = { ...process.env, ...environment };
  return new Promise((resolve) => {
    execFile("sh", ["-c", line], { env }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

describe("limelight top without a terminal", { concurrency: true }, () => {
  it("prints a table with --once", async () => {
    await using open = openSystem({ name: "shop" });
    open.system.spawn(puppet, { name: "boss" });
    const console = await createConsole(open.system, { port: 0 });
    const { code, stdout, stderr } = await shell(topCommand(console.url, "--once"));
    await console.close();

    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /^limelight top shop {2}1 actor .*\n.* msg\/s .*\n\n {2}ACTOR↑ .*\n {2}· boss +puppet +idle .*\n$/,
    );
  });

  it("prints a document for scripts with --once --json", async () => {
    await using open = openSystem({ name: "shop" });
    for (const name of ["boss", "clerk"]) open.system.spawn(puppet, { name });
    const console = await createConsole(open.system, { port: 0 });
    const script = `const frame = JSON.parse(require("fs").readFileSync(0, "utf8")); console.log(frame.snapshots[0].actors.map((actor) => actor.name).join())`;
    const line = `${topCommand(console.url, "--once", "--json")} | node -e '${script}'`;
    const [piped, filtered] = await Promise.all([
      shell(line),
      shell(topCommand(console.url, "--once", "--json", "--filter", "CLERK")),
    ]);
    await console.close();

    assert.deepEqual(piped, { code: 0, stdout: "boss,clerk\n", stderr: "" });
    const { snapshots, full } = JSON.parse(filtered.stdout) as Frame;
    assert.deepEqual([full, snapshots[0]?.actors.map(({ name }) => name)], [true, ["clerk"]]);
  });

  it("lists the stored keys of a type with --keys, without waking one", async () => {
    await using open = openSystem({ name: "shop" });
    const keys = new FakeKeys();
    for (const name of ["alice", "anna", "bob"]) keys.add("cart", [name]);
    addKeyViews(open.system, keys);
    const console = await createConsole(open.system, { port: 0 });
    const [table, json, unknown] = await Promise.all([
      shell(topCommand(console.url, "--once", "--keys", "cart")),
      shell(topCommand(console.url, "--once", "--json", "--keys", "cart", "--filter", "a")),
      shell(topCommand(console.url, "--once", "--keys", "zoo")),
    ]);
    await console.close();

    assert.match(
      table.stdout,
      /^ {2}cart 0 awake 3 asleep\n\n {2}KEY +STATE .*\n {2}alice +asleep .*\n {2}anna .*\n {2}bob .*\n$/,
    );
    const { types, keys: rows, cursor } = JSON.parse(json.stdout);
    assert.deepEqual([types.length, cursor], [1, null]);
    assert.deepEqual(
      rows.map(({ id }: { id: string }) => id),
      ["cart/alice", "cart/anna"],
    );
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no type "zoo" .*, but cart \(ERR_UNKNOWN_TYPE\)\n$/);
    assert.deepEqual(keys.performed, []);
  });

  it("ends well when its reader has had enough", async () => {
    await using open = openSystem({ name: "shop" });
    for (let number = 0; number < 3_000; number += 1) open.system.spawn(puppet);
    const console = await createConsole(open.system, { port: 0 });
    const line = `(${topCommand(console.url, "--once", "--json")}; echo "status $?" >&2) | head -c 1`;
    const { stdout, stderr } = await shell(line);
    await console.close();

    assert.deepEqual([stdout, stderr], ["{", "status 0\n"]);
  });

  it("takes its token from the environment where the address has none", async () => {
    await using open = openSystem({ name: "shop" });
    const console = await createConsole(open.system, { port: 0 });
    const bare = `127.0.0.1:${console.port}`;
    const token = { LIMELIGHT_CONSOLE_TOKEN: console.token };
    const outcomes = await Promise.all([
      shell(topCommand(bare, "--once", "--json"), token),
      shell(topCommand(bare, "--once", "--json")),
    ]);
    await console.close();

    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [0, 1],
    );
    assert.match(outcomes[1]?.stderr ?? "", /needs a token; .* \(ERR_CONSOLE_TOKEN\)\n$/);
  });

  it("says what is wrong in one coded line", async (t) => {
    await using open = openSystem({ name: "shop" });
    const console = await createConsole(open.system, { port: 0 });
    const { url, port, token } = console;
    const cases: readonly (readonly [number, RegExp, ...string[]])[] = [
      [1, /stdout is no terminal; --once prints .* \(ERR_NO_TERMINAL\)/, url],
      [
        1,
        /"ftp:\/\/x" is not the address of a console \(ERR_INVALID_URL\)/,
        "ftp://x?token=secret",
        "--once",
      ],
      [
        1,
        /there is no system "zoo", but shop \(ERR_UNKNOWN_SYSTEM\)/,
        url,
        "--once",
        "--system=zoo",
      ],
      [1, /refuses: .*\(ERR_CONSOLE_REFUSED\)/, `127.0.0.1:${port}/odd?token=${token}`, "--once"],
      [
        1,
        /no console at \S+: .* HTTP .*\(ERR_NOT_A_CONSOLE\)|ERR_CONSOLE_UNREACHABLE/,
        "127.0.0.1:1",
        "--once",
      ],
      [2, /'--json' needs '--once'; see limelight --help \(ERR_INVALID_OPTION\)/, url, "--json"],
      [2, /'--sort' cannot be used with '--keys'/, url, "--once", "--keys=cart", "--sort=id"],
      [2, /'--sort' cannot be used with '--json'/, url, "--once", "--json", "--sort", "id"],
      [2, /Allowed choices are id, name, state, mailbox, rate, restarts/, url, "--sort", "size"],
      [2, /missing required argument 'url'/],
    ];
    for (const [status, complaint, ...args] of cases) {
      const complain = t.mock.method(globalThis.console, "error", () => {});
      const ended = await runCommandLine(["top", ...args]);
      complain.mock.restore();

      const text = complain.mock.calls.map(({ arguments: [line] }) => String(line)).join("\n");
      assert.match(text, complaint);
      assert.match(text, /^limelight: [^\n]+ \(ERR_[A-Z_]+\)$/);
      assert.doesNotMatch(text, /secret/);
      assert.equal(ended, status, text);
    }
    await console.close();
  });
});
