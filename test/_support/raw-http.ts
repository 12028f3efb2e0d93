import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What came back on one connection, until the server closed it. */
export interface Exchange {
  /** Of all answers, in their order. */
  readonly statuses: readonly number[];
  readonly text: string;
}

/** A request as it goes over the wire; `latin1`, so that any byte can be in it. */
export function rawRequest(
  target: string,
  headers: readonly string[],
  {
    method = "GET",
    version = "1.1",
    body = "",
  }: { readonly method?: string; readonly version?: string; readonly body?: string } = {},
): string {
  const lines = [`${method} ${target} HTTP/${version}`, ...headers, "", body];
  return lines.join("\r\n");
}

/** Sends these bytes and waits until the server closes the connection. */
export async function exchange(port: number, bytes: string): Promise<Exchange> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  let text = "";
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => {}); // the answer may be there all the same
  socket.write(Buffer.from(bytes, "latin1"));
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return { statuses: statusesOf(text), text };
}

/** A connection on which this has been sent, and that is held open from this side. */
export async function holdOpen(port: number, bytes = ""): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {}).resume();
  await once(socket, "connect");
  if (bytes !== "") await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  return socket;
}

/** Resolves when the server has closed or cut the connection. */
export function whenDropped(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readableEnded || socket.destroyed) return resolve();
    for (const event of ["end", "close"]) socket.once(event, () => resolve());
  });
}

function statusesOf(text: string): readonly number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}
