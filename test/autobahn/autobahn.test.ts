import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { it } from "node:test";
import { SocketServer } from "../../src/gateway/socket/socket-server.ts";
import { packages, python, runner } from "../../tools/autobahn/paths.ts";
import { DataFolder } from "../_support/data-folder.ts";

/** How the suite judges a case. */
interface Verdict {
  readonly behavior: string;
  readonly behaviorClose: string;
}

const GROUPS = ["1.1", "2", "3", "4", "5", "6", "7", "9", "10", "12", "13"];
/** Cases whose echo is binary, which the gateway does not read: 1003. */
const BINARY = ["9.2.*", "9.4.*", "9.6.*", "9.8.*"];
/** A message of more than 16,384 fragments closes the socket with 1008: each fragment costs memory of its own. */
const FRAGMENTS = ["9.3.1", "9.3.2"];
const MOST_BYTES = 16 * 1_024 * 1_024;
/** Compression is off: cases 12 and 13 do not get it offered, which is what they then say. */
const GOOD = /^(?:OK|NON-STRICT|INFORMATIONAL)$/;

/** Echoes texts with the sockets of the gateway. */
async function listen() {
  const sockets = new SocketServer(MOST_BYTES);
  const server = createServer();
  server.on("upgrade", (request, socket, head) => {
    sockets.accept(request, socket, head, (raw) => ({
      received: (text) => raw.send(text, () => {}),
      controlled: () => {},
      broken: (code) => raw.close(code, ""),
      closing: () => {},
      closed: () => {},
    }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => void server.close() };
}

it("the sockets of the gateway pass the cases of Autobahn's fuzzing client", async (test) => {
  assert.ok(existsSync(packages), "Autobahn's test suite is missing: npm run tools:autobahn");
  using folder = new DataFolder();
  using echo = await listen();
  const [file, outdir] = [folder.file("cases.json"), folder.file("reports")];
  const agent = "limelight";
  const cases = {
    outdir,
    servers: [{ agent, url: `ws://127.0.0.1:${echo.port}` }],
    cases: GROUPS.map((group) => `${group}.*`),
    "exclude-cases": [...BINARY, ...FRAGMENTS],
    "exclude-agent-cases": {},
  };
  writeFileSync(file, JSON.stringify(cases));

  const client = spawn(python, [runner, packages, file], { cwd: folder.path, stdio: "ignore" });
  assert.deepEqual(await once(client, "exit"), [0, null]);
  const report = JSON.parse(readFileSync(`${outdir}/index.json`, "utf8")) as Readonly<
    Record<string, Readonly<Record<string, Verdict>>>
  >;
  const verdicts = Object.entries(report[agent] ?? {});

  const wrong = verdicts.filter(([id, { behavior, behaviorClose }]) => {
    const isOff = /^1[23]\./.test(id) && behavior === "UNIMPLEMENTED";
    return !(isOff || GOOD.test(behavior)) || !GOOD.test(behaviorClose);
  });
  const counts = Object.groupBy(verdicts, ([, { behavior }]) => behavior);
  for (const [behavior, all = []] of Object.entries(counts)) {
    test.diagnostic(`${all.length} cases ${behavior}`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(verdicts.length > 450, `${verdicts.length} cases`);
});
