import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const SRC = new URL("../../src/", import.meta.url).href;

/**
 * Runs a program that notes which of the libraries that describe the API are loaded.
 *
 * @param body may call `note(when)` and `load(entry)`
 */
async function loadedBy(body: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({
      resolve(specifier, context, next) {
        const name = /^(?:zod|@modelcontextprotocol)/.exec(specifier)?.[0];
        if (name !== undefined) loaded.add(name);
        return next(specifier, context);
      },
    });
    const notes = {};
    const note = (when) => { notes[when] = [...loaded].sort(); };
    const load = (entry) => import(${JSON.stringify(SRC)} + entry);
    ${body}
    console.log(JSON.stringify(notes));
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program]);
  return JSON.parse(stdout) as Readonly<Record<string, readonly string[]>>;
}

describe("zod and the library of the Model Context Protocol", () => {
  it("are loaded by no entry of the package", async () => {
    const entries = ["index.ts", "console.ts", "telemetry.ts", "testing.ts", "preload.ts"];
    const steps = entries.map((entry) => `await load("${entry}"); note("${entry}");`);

    const none = Object.fromEntries(entries.map((entry) => [entry, []]));
    assert.deepEqual(await loadedBy(steps.join("\n")), none);
  });

  it("are loaded by a console with the first request that needs them", async () => {
    const notes = await loadedBy(`
      const { createConsole } = await load("console.ts");
      const { createSystem } = await load("index.ts");
      const system = createSystem();
      const { port, token, close } = await createConsole(system, { port: 0 });
      const headers = { authorization: "Bearer " + token, "content-type": "application/json" };
      const get = async (path) => (await fetch("http://127.0.0.1:" + port + path, { headers })).text();
      for (const path of ["/api/summary", "/api/actors", "/api/metrics", "/api/logs"]) await get(path);
      note("reads");
      await get("/api/openapi.json");
      note("document");
      const accept = "application/json, text/event-stream";
      const body = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });
      const init = { method: "POST", headers: { ...headers, accept }, body };
      await (await fetch("http://127.0.0.1:" + port + "/mcp", init)).text();
      note("mcp");
      await close();
      await system.shutdown();
    `);

    assert.deepEqual(notes["reads"], []);
    assert.deepEqual(notes["document"], []);
    assert.deepEqual(notes["mcp"], ["@modelcontextprotocol", "zod"]); // its library uses zod itself
  });
});
