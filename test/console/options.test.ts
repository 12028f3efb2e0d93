import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { settleConsole } from "../../src/console/console-options.ts";
import { type ConsoleOptions, createConsole } from "../../src/console.ts";
import { createSystem, type MonitoredSystem } from "../../src/index.ts";
import { openConsole } from "../_support/console-kit.ts";

const SRC = join(import.meta.dirname, "../../src");

function refused(options: unknown, code: string, message: RegExp = /./): Promise<void> {
  return assert.rejects(createConsole(undefined, options as ConsoleOptions), { code, message });
}

describe("createConsole", () => {
  it("refuses options that cannot be right, each by its name", async () => {
    const bad: readonly [object, RegExp][] = [
      [{ prot: 1 }, /prot/],
      [{ port: -1 }, /port/],
      [{ port: 1.5 }, /port/],
      [{ port: "80" }, /port/],
      [{ host: "" }, /host/],
      [{ host: 1 }, /host/],
      [{ allowedHosts: "a" }, /allowedHosts/],
      [{ allowedHosts: ["a b"] }, /allowedHosts/],
      [{ allowedHosts: ["http://a"] }, /allowedHosts/],
      [{ allowActions: 1 }, /allowActions/],
      [{ showState: "yes" }, /showState/],
      [{ redact: "password" }, /redact/],
      [{ redact: [1] }, /redact/],
      [{ traceLink: "https://jaeger.example/" }, /traceLink/],
      [{ traceLink: "javascript:alert('{traceId}')" }, /traceLink/],
      [{ traceBytes: 1 }, /traceBytes/],
      [{ logBytes: Number.NaN }, /logBytes/],
      [{ maxViewers: 0 }, /maxViewers/],
      [{ production: "no" }, /production/],
    ];
    for (const [options, message] of bad) await refused(options, "ERR_INVALID_OPTION", message);
    await assert.rejects(createConsole({} as MonitoredSystem), { code: "ERR_INVALID_OPTION" });
    await assert.rejects(createConsole(null as never), { code: "ERR_INVALID_OPTION" });
  });

  it("refuses a token that can be guessed, without saying it", async () => {
    for (const token of ["short", "with spaces in it, many", "x".repeat(257)]) {
      await assert.rejects(createConsole(undefined, { token }), (error: Error) => {
        assert.match(error.message, /token/);
        assert.ok(!error.message.includes(token));
        return true;
      });
    }
  });

  it("makes another token of 256 bits for each console", async () => {
    await using one = await openConsole();
    await using other = await openConsole();
    assert.match(one.console.token, /^[\w-]{43}$/);
    assert.notEqual(one.console.token, other.console.token);
  });

  it("refuses to be reached by others without a token and names", async () => {
    const token = "0123456789abcdef";
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.org"]) {
      await refused({ host }, "ERR_CONSOLE_EXPOSED", /token.*allowedHosts/);
      await refused({ host, token }, "ERR_CONSOLE_EXPOSED");
      await refused({ host, allowedHosts: ["example.org"] }, "ERR_CONSOLE_EXPOSED");
    }
  });

  it("takes an IPv6 address with the brackets of a URL", () => {
    assert.equal(settleConsole({ host: "[::1]" }).host, "::1");
  });

  it("says that its host is no address of this machine", async () => {
    const options = { host: "192.0.2.1", token: "0123456789abcdef", allowedHosts: ["a.example"] };

    await refused(options, "ERR_CONSOLE_PORT", /; `host` must be an address of this machine$/);
  });

  it("says that its port is taken, and by which error", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };

    await assert.rejects(createConsole(undefined, { port }), (error: Error & { code: string }) => {
      assert.equal(error.code, "ERR_CONSOLE_PORT");
      assert.match(error.message, new RegExp(`port ${port} .* is taken`));
      assert.equal((error.cause as { code: string }).code, "EADDRINUSE");
      return true;
    });
    taken.close();
  });

  it("is off in production, unless asked for", async () => {
    const before = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    try {
      await refused({ port: 0 }, "ERR_CONSOLE_PRODUCTION", /production: true/);
      await using asked = await openConsole({ production: true });
      assert.equal((await asked.get("/api/summary")).status, 200);
    } finally {
      if (before === undefined) delete process.env["NODE_ENV"];
      else process.env["NODE_ENV"] = before;
    }
  });

  it("shows all systems, those made later too, and none that is gone", async () => {
    const console = await createConsole(undefined, { port: 0 });
    const headers = { authorization: `Bearer ${console.token}` };
    const names = async (): Promise<string[]> => {
      const response = await fetch(new URL("/api/summary", console.url), { headers });
      const { systems } = (await response.json()) as { systems: { name: string }[] };
      return systems.map(({ name }) => name);
    };
    assert.deepEqual(await names(), []);
    const [one, two] = [createSystem({ name: "early" }), createSystem({ name: "late" })];
    const twin = createSystem({ name: "late" });
    assert.deepEqual(await names(), ["early", "late", "late (2)"]);
    await one.shutdown();
    await two.shutdown();
    assert.deepEqual(await names(), ["late (2)"]);
    await twin.shutdown();
    await console.close();
  });

  it("frees its port and keeps nothing when closed, and may be closed twice", async () => {
    const first = await createConsole(undefined, { port: 0 });
    const { port } = first;
    await Promise.all([first.close(), first.close()]);
    const second = await createConsole(undefined, { port });
    assert.equal(second.port, port);
    await second.close();
  });

  it("keeps no process running, with a viewer at it or not", async () => {
    const program = `
      import { createConsole } from ${JSON.stringify(pathToFileURL(`${SRC}/console.ts`).href)};
      import { createSystem } from ${JSON.stringify(pathToFileURL(`${SRC}/index.ts`).href)};
      import { request } from "node:http";
      createSystem();
      const { port, token, url } = await createConsole(undefined, { port: 0 });
      const sent = request({ port, path: "/api/events?rate=4", headers: { authorization: "Bearer " + token } });
      sent.on("socket", (socket) => socket.unref());
      const alive = setInterval(() => {}, 1_000);
      sent.on("response", (response) => response.once("data", () => {
        console.log("seen");
        clearInterval(alive);
      }));
      sent.end();
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const [code] = await once(child, "close");
    assert.deepEqual([code, output], [0, "seen\n"]);
  });
});
