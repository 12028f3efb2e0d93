import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { exchange, holdOpen, rawRequest } from "../../_support/raw-http.ts";
import { hooks, openSockets, patiently, type SocketKit } from "../../_support/socket-kit.ts";

const Opcode = {
  Continuation: 0,
  Text: 1,
  Binary: 2,
  Reserved: 3,
  Close: 8,
  Ping: 9,
  Pong: 10,
} as const;
const FIN = 0x80;
const RSV1 = 0x40;
const MASK = 0x80;

/** A frame as a client sends it. @param first bits of the first byte, in place of those of a whole frame */
function frame(opcode: number, content: string | Buffer, first = FIN): Buffer {
  const mask = randomBytes(4);
  const bytes = Buffer.from(content as string);
  const { length } = bytes;
  const size = length < 126 ? [MASK | length] : [MASK | 126, length >> 8, length & 0xff];
  for (let at = 0; at < length; at += 1) bytes[at] = (bytes[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return Buffer.concat([Buffer.from([first | opcode, ...size]), mask, bytes]);
}

function handshake(port: number, ...headers: readonly string[]): string {
  const all = [`Host: 127.0.0.1:${port}`, "Upgrade: websocket", "Connection: Upgrade", ...headers];
  return rawRequest("/connect", all);
}

const KEY = `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`;
const VERSION = "Sec-WebSocket-Version: 13";

/** A socket whose connection to a room is open, held by a client that closes nothing by itself. */
async function openByHand(kit: SocketKit): Promise<{ socket: Socket; bytes(): Buffer }> {
  const socket = await holdOpen(
    kit.gateway.port ?? 0,
    handshake(kit.gateway.port ?? 0, KEY, VERSION),
  );
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const bytes = (): Buffer => Buffer.concat(chunks);
  const open = { t: "open", c: 1, type: "room", key: ["a"], params: { name: "alice" } };
  socket.write(frame(Opcode.Text, JSON.stringify([{ t: "hello", v: [1] }, open])));
  await patiently(() => bytes().includes('"opened"'), "the connection");
  return { socket, bytes };
}

/** Code of the close frame at the end of what a server has sent. */
function closeCodeOf(bytes: Buffer): number | undefined {
  const at = bytes.lastIndexOf(Buffer.from([FIN | Opcode.Close]));
  return at < 0 || at + 4 > bytes.length ? undefined : bytes.readUInt16BE(at + 2);
}

describe("a frame that breaks the WebSocket protocol", () => {
  const unmasked = Buffer.from([FIN | Opcode.Text, 2, 0x5b, 0x5d]);
  const many = Array.from({ length: 20_000 }, () => frame(Opcode.Continuation, " ", 0));
  const faults: readonly (readonly [string, Buffer, number])[] = [
    ["not masked", unmasked, 1002],
    ["with a bit of an extension", frame(Opcode.Text, "[]", FIN | RSV1), 1002],
    ["of a reserved kind", frame(Opcode.Reserved, ""), 1002],
    ["a ping in fragments", frame(Opcode.Ping, "", 0), 1002],
    ["a ping of 126 bytes", frame(Opcode.Ping, "x".repeat(126)), 1002],
    ["a continuation of nothing", frame(Opcode.Continuation, "[]"), 1002],
    ["the first half of a character", frame(Opcode.Text, Buffer.from([0xc3])), 1007],
    ["binary and empty", frame(Opcode.Binary, ""), 1003],
    ["a close code that must not be sent", frame(Opcode.Close, Buffer.from([3, 0xee])), 1002],
    ["20,000 fragments", Buffer.concat([frame(Opcode.Text, "[", 0), ...many]), 1008],
  ];
  for (const [what, bytes, code] of faults) {
    it(`(${what}) closes the socket with ${code}, and ends its connections at once`, async () => {
      await using kit = await openSockets();
      const client = await openByHand(kit);

      client.socket.write(bytes);

      await patiently(() => hooks.length === 2, "the end of the connection");
      assert.equal(hooks[1], "disconnect alice refused");
      await patiently(() => closeCodeOf(client.bytes()) === code, "the close frame");
      client.socket.destroy();
      await patiently(() => kit.active() === 0, "the end of the socket");
      const attributes = { "gateway.close.code": String(code), "gateway.close.side": "server" };
      assert.equal(await kit.telemetry.value("gateway.socket.closed", attributes), 1);
    });
  }
});

describe("a client that sends a close frame, and holds the connection", () => {
  for (const [name, payload, reason, known] of [
    ["1000", Buffer.from([3, 0xe8]), "client", "1000"],
    ["no code", Buffer.alloc(0), "lost", "_OTHER"],
  ] as const) {
    it(`(${name}) has left at once`, async () => {
      await using kit = await openSockets();
      const client = await openByHand(kit);

      client.socket.write(frame(Opcode.Close, payload));
      await patiently(() => hooks.length === 2, "the end of the connection");
      client.socket.write(frame(Opcode.Text, '{"t":"ping","n":1}'));

      assert.equal(hooks[1], `disconnect alice ${reason}`);
      client.socket.destroy();
      await patiently(() => kit.active() === 0, "the end of the socket");
      assert.equal(client.bytes().includes('"pong"'), false);
      const attributes = { "gateway.close.code": known, "gateway.close.side": "client" };
      assert.equal(await kit.telemetry.value("gateway.socket.closed", attributes), 1);
    });
  }

  it("is cut off after 5 s", async () => {
    await using kit = await openSockets();
    const client = await openByHand(kit);

    client.socket.write(frame(Opcode.Close, Buffer.from([3, 0xe8])));

    await patiently(() => kit.active() === 0, "the end of the socket");
    client.socket.destroy();
  });
});

describe("frames without messages", () => {
  for (const [what, one] of [
    ["empty arrays", frame(Opcode.Text, "[]")],
    ["pings of the WebSocket protocol", frame(Opcode.Ping, "")],
    ["pongs that nothing has asked for", frame(Opcode.Pong, "")],
  ] as const) {
    it(`(${what}) are read at the rate of the limit`, async () => {
      await using kit = await openSockets({ limits: { framesPerSecond: 20 } });
      const client = await openByHand(kit);

      client.socket.write(Buffer.concat(Array.from({ length: 50 }, () => one)));
      client.socket.write(frame(Opcode.Text, '{"t":"ping","n":1}'));
      await patiently(() => pausedByRate(kit) === 1, "the pause");
      for (let at = 0; pausedByRate(kit) > 0; at += 1) {
        await kit.clock.advance(100);
        assert.ok(at < 100);
      }

      await patiently(() => client.bytes().includes('"n":1'), "the answer");
      client.socket.destroy();
    });
  }
});

function pausedByRate(kit: SocketKit): number {
  const { levels } = kit.system.books();
  return levels['gateway.paused.active|{"gateway.pause.reason":"rate"}'] ?? 0;
}

describe("a handshake that is no WebSocket's", () => {
  for (const [what, headers] of [
    ["no key", [VERSION]],
    ["a short key", ["Sec-WebSocket-Key: x", VERSION]],
    ["version 99", [KEY, "Sec-WebSocket-Version: 99"]],
    ["an empty subprotocol", [KEY, VERSION, "Sec-WebSocket-Protocol: ,"]],
  ] as const) {
    it(`(${what}) is refused like any request, and counted as that`, async () => {
      await using kit = await openSockets();
      const port = kit.gateway.port ?? 0;

      const { statuses, text } = await exchange(port, handshake(port, ...headers));

      assert.deepEqual(statuses, [400]);
      const [head = "", body = ""] = text.split("\r\n\r\n");
      const { error } = JSON.parse(body) as { readonly error: Readonly<Record<string, string>> };
      assert.equal(error["code"], "ERR_BAD_REQUEST");
      assert.match(head, new RegExp(`^X-Request-Id: ${error["requestId"]}\r$`, "m"));
      assert.match(head, /^Sec-WebSocket-Version: 13, 8\r$/m);
      assert.equal(kit.active(), 0);
      const requests = (status: number): Promise<number> =>
        kit.telemetry.value("http.server.request.duration", {
          "http.response.status_code": status,
        });
      assert.deepEqual([await requests(400), await requests(101)], [1, 0]);
    });
  }
});
