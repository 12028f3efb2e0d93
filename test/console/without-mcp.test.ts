import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const SRC = new URL("../../src/", import.meta.url).href;

const PROGRAM = `
  import { registerHooks } from "node:module";
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "@modelcontextprotocol/server") return next(specifier, context);
      const error = new Error("Cannot find package '@modelcontextprotocol/server'");
      throw Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
    },
  });
  const { createConsole } = await import(${JSON.stringify(SRC)} + "console.ts");
  const { createSystem } = await import(${JSON.stringify(SRC)} + "index.ts");
  const system = createSystem();
  const { port, token, close } = await createConsole(system, { port: 0 });
  const headers = { authorization: "Bearer " + token, "content-type": "application/json" };
  const url = "http://127.0.0.1:" + port;
  const body = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });
  const mcp = await fetch(url + "/mcp", { method: "POST", headers, body });
  const rest = await fetch(url + "/api/summary", { headers });
  console.log(JSON.stringify({ mcp: mcp.status, answer: await mcp.json(), rest: rest.status }));
  await close();
  await system.shutdown();
`;

describe("a console where the library of the Model Context Protocol is not installed", () => {
  it("says on /mcp how to install it, and serves everything else", async () => {
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", PROGRAM]);

    const { mcp, answer, rest } = JSON.parse(stdout);
    assert.equal(mcp, 501);
    assert.equal(answer.error.code, "ERR_CONSOLE_NO_MCP");
    assert.match(answer.error.message, /npm install @modelcontextprotocol\/server@\d/);
    assert.equal(rest, 200);
  });
});
