import assert from "node:assert/strict";
import { Agent } from "node:http";
import { describe, it } from "node:test";
import { ask } from "../_support/demo-client.ts";
import { DemoProcess } from "../_support/demo-process.ts";

const ROUNDS = 3;
const CLIENTS = 20;
/** Answers after which the demo is told to stop, with requests of all clients under way. */
const ANSWERS = 200;

describe("a demo that is told to stop while clients come by ever new connections", () => {
  it("answers or refuses each of their requests, and resets none", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await using demo = await DemoProcess.open(["--no-load", "--no-console"]);
      const { url } = demo;
      const agent = new Agent(); // keeps no connections
      const enough = Promise.withResolvers<void>();
      let answers = 0;
      const come = async (): Promise<unknown> => {
        for (;;) {
          try {
            await ask(`${url}/livez`, { agent });
            answers += 1;
            if (answers === ANSWERS) enough.resolve();
          } catch (error) {
            return (error as NodeJS.ErrnoException).code;
          }
        }
      };
      const ends = Promise.all(Array.from({ length: CLIENTS }, come));
      await enough.promise;

      demo.signal("SIGTERM");

      assert.deepEqual(await ends, Array(CLIENTS).fill("ECONNREFUSED"), `round ${round}`);
      assert.deepEqual(await demo.ended, { code: null, signal: "SIGTERM" });
    }
  });
});
