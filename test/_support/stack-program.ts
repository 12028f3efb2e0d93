import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { installedTool } from "../../tools/stack/stack-process.ts";
import type { Tool } from "../../tools/stack/tool-paths.ts";

/** A condition that takes longer than this will not come true. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/** What a program that ran to its end has said. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs one of the stack's programs to its end; `environment` is added to our own. */
export async function runTool(
  tool: Tool,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const env = { ...process.env, ...environment };
  try {
    const { stdout, stderr } = await promisify(execFile)(installedTool(tool), args, { env });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

/** What `read` returns as soon as it is not `undefined`; a `read` that rejects is asked again as well. */
export async function eventually<Found>(
  what: string,
  read: () => Promise<Found | undefined> | Found | undefined,
): Promise<Found> {
  const giveUpMs = performance.now() + PATIENCE_MS;
  let last: unknown;
  while (performance.now() < giveUpMs) {
    try {
      const found = await read();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    await delay(LOOK_AGAIN_MS);
  }
  throw new Error(`still not ${what}`, { cause: last });
}

/** Below the ports that systems give to outgoing connections, which would take one before its server does. */
const PORTS = { from: 10_240, to: 32_000 };
const PORT_ATTEMPTS = 100;

/** A port of loopback that nothing listens on, and that no outgoing connection is given. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isFree(port)) return port;
  }
  throw new Error("no port");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false; // taken
  }
  server.close();
  await once(server, "close");
  return true;
}
