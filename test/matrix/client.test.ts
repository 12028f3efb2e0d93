import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { bunProgram, denoProgram, NODES, nodeOf, Project } from "../_support/matrix-project.ts";
import { ScriptedGateway, type ScriptedSocket } from "../_support/scripted-gateway.ts";

const PROGRAM = join(import.meta.dirname, "programs/client.mjs");

/** Runtimes, and how they run a file. */
const RUNTIMES: readonly (readonly [name: string, program: () => Promise<readonly string[]>])[] = [
  ...NODES.map((version) => [`Node ${version}`, async () => [await nodeOf(version)]] as const),
  ["Bun", async () => [await bunProgram()]],
  ["Deno", async () => [await denoProgram(), "run", "--allow-net", "--node-modules-dir=manual"]],
];

const error = { message: "no", requestId: "request-1" } as const;
const answers: ScriptedGateway["answer"] = ({ path }) => {
  if (path.endsWith("/say")) return { status: 200, body: { said: true } };
  if (path.endsWith("/rows.csv")) return { status: 200, body: "a,b" };
  if (path.endsWith("/never")) return undefined;
  return { status: 400, body: { error: { ...error, code: "BANNED", outcome: "failed" } } };
};

/** Answers the connection of the program, its first question, and sends an event after that. */
async function enter(socket: ScriptedSocket, gap: object): Promise<void> {
  await socket.open({ a: 7, ...gap });
  const { i } = await socket.take("ask");
  const event = { t: "event", a: 7, n: "i.1.1", e: "said", b: "after" } as const;
  socket.send({ t: "reply", i, r: ["before"] }, event);
}

describe("the client of a gateway", () => {
  let project: Project;
  before(async () => {
    project = await Project.create({ name: "npm-alone", manager: "npm", packages: [] });
    copyFileSync(PROGRAM, join(project.directory, "client.mjs"));
  });

  for (const [name, program] of RUNTIMES) {
    it(`calls, connects and reconnects in ${name}`, async () => {
      await using gateway = await ScriptedGateway.listen();
      gateway.answer = answers;
      const closed = await ScriptedGateway.listen();
      const refusedUrl = closed.url;
      await closed[Symbol.asyncDispose]();
      const [command = "", ...args] = await program();
      const running = project.run(command, [...args, "client.mjs", gateway.url, refusedUrl]);

      const first = await gateway.socket(0);
      assert.equal((await first.welcome()).token, "secret");
      await enter(first, {});
      first.close(1001);
      const second = await gateway.socket(1);
      await second.welcome();
      await enter(second, { gap: { reason: "events_lost", missed: 1 } });
      const { stdout } = await running;

      assert.deepEqual(JSON.parse(stdout), {
        reply: { said: true },
        failed: "CallError BANNED failed request-1",
        timeout: "CallError ERR_ASK_TIMEOUT unknown ",
        aborted: "CallError ERR_ABORTED unknown ",
        refused: "CallError ERR_DISCONNECTED not_handled ",
        raw: "a,b",
        events: [
          "connected",
          "first",
          "before",
          "after",
          "reconnecting",
          "connected",
          "events_lost",
          "before",
          "closed",
        ],
      });
      const [say] = gateway.requests;
      assert.equal(say?.path, "/actors/room/lobby,a%2Cb/ask/say");
      assert.equal(say?.headers.authorization, "Bearer secret");
    });
  }
});
