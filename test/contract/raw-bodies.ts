import assert from "node:assert/strict";
import { once } from "node:events";
import { request as nodeRequest } from "node:http";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { until } from "../_support/actor-waiting.ts";
import { codeOf } from "../_support/gateway-kit.ts";
import { CHUNK, report } from "../_support/raw-report.ts";
import { eventually, type RawPlace, RawWorld } from "../_support/raw-world.ts";

const MIB = 1_048_576;

/**
 * What the bodies of requests for `onRequest` do, and those of responses, wherever the actor is.
 *
 * @param place returns a place for one test
 * @param readAheadBytes how much may be read of a body before its reader asks for it, besides what HTTP buffers
 */
export function rawBodyContract(
  place: () => Promise<RawPlace>,
  { readAheadBytes }: { readonly readAheadBytes: number },
): void {
  describe("bodies of requests", () => {
    it("that turn out to be too large fail for the actor, and are answered with 413", async () => {
      await using opened = await RawWorld.open(place, { limits: { bodyBytes: 1_000 } });
      const body = new Blob(["z".repeat(MIB)]).stream();

      const init = { method: "POST", body, duplex: "half" } as const;
      const response = await fetch(`${opened.url}/text`, init);

      assert.deepEqual([response.status, await codeOf(response)], [413, "ERR_BODY_TOO_LARGE"]);
    });

    it("that the actor does not read, or cancels, leave the connection usable", async () => {
      await using opened = await RawWorld.open(place);
      for (const [path, answer] of [
        ["unread", "unread"],
        ["cancels-body", "cancelled"],
      ] as const) {
        const socket = connect(opened.port, "127.0.0.1");
        let answers = "";
        socket.on("data", (chunk) => {
          answers += chunk;
        });
        const head = (to: string): string =>
          `POST /actors/report/${opened.key}/request/${to} HTTP/1.1\r\nHost: 127.0.0.1:${opened.port}\r\n`;

        socket.write(`${head(path)}Content-Length: 500000\r\n\r\n${"z".repeat(500_000)}`);
        await until(() => answers.includes(answer));
        socket.write(`${head("text")}Content-Length: 4\r\n\r\nnext`);

        await until(() => answers.includes("next"));
        socket.destroy();
      }
    });

    it("are read no faster than the actor reads them", async () => {
      await using opened = await RawWorld.open(place, { limits: { bodyBytes: 64 * MIB } });
      let given = 0;
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            given += CHUNK;
            if (given > 8 * MIB) controller.close();
            else controller.enqueue(Buffer.alloc(CHUNK, "b"));
          },
        },
        { highWaterMark: 0 },
      );
      const request = new Request(`${opened.url}/slow-reader`, {
        method: "POST",
        body,
        duplex: "half",
      });

      const answered = opened.gateway.fetch(request);
      await eventually(async () => {
        const before = given;
        for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
        return given > 0 && given === before;
      });
      const ahead = given;
      await opened.ref.ask.proceed();
      const response = await answered;

      assert.ok(ahead <= readAheadBytes + 4 * CHUNK, `${ahead} bytes`);
      assert.equal(await response.text(), `reads ${8 * MIB}`);
    });

    it("that break off are an error for the actor", async () => {
      await using opened = await RawWorld.open(place);
      const socket = connect(opened.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(
        `POST /actors/report/${opened.key}/request/body-fails HTTP/1.1\r\nHost: 127.0.0.1:${opened.port}\r\n` +
          `Content-Length: 500000\r\n\r\n${"z".repeat(1_000)}`,
      );
      await eventually(async () => (await opened.seen()).length === 1);
      socket.destroy();

      await eventually(async () => (await opened.ref.ask.figures()).failedBodies === 1);
      await eventually(() => opened.isIdle());
      assert.equal(await (await fetch(`${opened.url}/next`)).text(), "/next");
    });
  });

  describe("bodies of responses", () => {
    it("end when the client goes away", async () => {
      await using opened = await RawWorld.open(place);
      const response = await fetch(`${opened.url}/waits`);
      const reader = response.body?.getReader();
      await reader?.read();
      assert.equal(await opened.isIdle(), false);

      await reader?.cancel();

      await eventually(() => opened.isIdle());
      await eventually(async () => (await opened.seen())[0]?.isAborted === true);
    });

    it("end when the actor ends, and the client is not told that they are complete", async () => {
      await using opened = await RawWorld.open(place);
      const response = await fetch(`${opened.url}/waits`);
      const reader = response.body?.getReader();
      await reader?.read();

      await opened.system.destroy(report, opened.key);

      await assert.rejects(async () => await reader?.read());
    });

    for (const path of ["cut", "breaks", "no-bytes"]) {
      it(`that fail cut the connection: ${path}`, async () => {
        await using opened = await RawWorld.open(place);

        const response = await fetch(`${opened.url}/${path}`);

        assert.equal(response.status, 200);
        await assert.rejects(response.text());
        await eventually(() => opened.isIdle());
      });
    }

    it("are made as fast as a client reads them", async () => {
      await using opened = await RawWorld.open(place);
      const sent = nodeRequest(`${opened.url}/endless`);
      sent.end();
      const [response] = await once(sent, "response");
      response.pause();

      // Until the buffers of the system and of both sockets are full.
      await eventually(async () => {
        const before = await opened.pulledBytes();
        for (let turn = 0; turn < 1_000; turn += 1) await new Promise(setImmediate);
        return before > 0 && before === (await opened.pulledBytes());
      });

      assert.ok((await opened.pulledBytes()) < 32 * MIB, `${await opened.pulledBytes()} bytes`);
      sent.destroy();
      await eventually(() => opened.isIdle());
    });

    it("are read ahead only a little by gateway.fetch, and end when they are cancelled", async () => {
      await using opened = await RawWorld.open(place, { port: undefined });
      const url = `http://localhost/actors/report/${opened.key}/request`;

      const endlessly = await opened.gateway.fetch(new Request(`${url}/endless`));
      const reader = endlessly.body?.getReader();
      await reader?.read();
      await reader?.read();
      const { pulledBytes } = await opened.ref.ask.figures();
      assert.ok(pulledBytes >= 2 * CHUNK && pulledBytes <= 2 * CHUNK + readAheadBytes);
      await reader?.cancel();

      await eventually(() => opened.isIdle());
      await eventually(async () => (await opened.seen())[0]?.isAborted === true);
      assert.equal((await opened.ref.ask.figures()).cancelled, 1);
    });

    it("end when the request is aborted", async () => {
      await using opened = await RawWorld.open(place, { port: undefined });
      const abort = new AbortController();
      const url = `http://localhost/actors/report/${opened.key}/request/waits`;
      const response = await opened.gateway.fetch(new Request(url, { signal: abort.signal }));
      const reader = response.body?.getReader();
      await reader?.read();

      abort.abort();

      await assert.rejects(async () => await reader?.read());
      await eventually(() => opened.isIdle());
    });
  });
}
