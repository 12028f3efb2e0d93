import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What is sent, again and again. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly requests: number;
}

const END_OF_HEAD = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: (\d+)/i;

/**
 * Sends requests over kept connections, one at a time on each, with as little work per request as possible: the server
 * shares the machine with it.
 *
 * @throws if an answer is not 200
 */
export async function sendLoad({ port, path, body, connections, requests }: Load): Promise<void> {
  const request = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
  const share = Math.ceil(requests / connections);
  await Promise.all(Array.from({ length: connections }, () => sendOver(port, request, share)));
}

async function sendOver(port: number, request: string, count: number): Promise<void> {
  const socket = connect(port, "127.0.0.1").setNoDelay().setEncoding("latin1");
  await once(socket, "connect");
  await new Promise<void>((resolve, reject) => {
    let [left, text] = [count, ""];
    socket.on("error", reject);
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (!isComplete(text)) return;
      if (!text.startsWith("HTTP/1.1 200 ")) reject(new Error(text.slice(0, 200)));
      text = "";
      left -= 1;
      if (left === 0) resolve();
      else socket.write(request);
    });
    socket.write(request);
  });
  end(socket);
}

function isComplete(text: string): boolean {
  const head = text.indexOf(END_OF_HEAD);
  if (head === -1) return false;
  return text.length >= head + END_OF_HEAD.length + Number(LENGTH.exec(text)?.[1] ?? 0);
}

function end(socket: Socket): void {
  socket.removeAllListeners("error");
  socket.on("error", () => {});
  socket.destroy();
}
