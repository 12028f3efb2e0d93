import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Used } from "./gateway/room-server.ts";

/*
 * What a broadcast of 100 bytes to many sockets costs the process of a gateway: CPU time of one delivery, the longest
 * turn of its event loop, and the memory of an idle socket with one connection. The clients are in this process.
 */

const SOCKETS = process.argv.includes("--quick") ? 500 : 5_000;
const ROUNDS = 10;
const OPENING = 100;
const HELLO = JSON.stringify({ t: "hello", v: [1] });
const OPEN = JSON.stringify({ t: "open", c: 1, type: "room", key: ["lobby"], sub: ["said"] });

const server = fork(join(import.meta.dirname, "gateway/room-server.ts"), [], {
  execArgv: ["--expose-gc"],
});
const [{ port }] = (await once(server, "message")) as [{ readonly port: number }];
let [opened, received] = [0, 0];

async function read(): Promise<Used> {
  server.send({});
  const [used] = (await once(server, "message")) as [Used];
  return used;
}

/** Every event is one occurrence of its key in the text of a frame. */
function count(data: Buffer): void {
  const text = data.toString("latin1");
  if (text.startsWith('{"t":"opened"')) opened += 1;
  for (let at = text.indexOf('"e":"said"'); at !== -1; at = text.indexOf('"e":"said"', at + 1)) {
    received += 1;
  }
}

function connect(): Promise<unknown> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/connect`, { perMessageDeflate: false });
  socket.on("message", count);
  socket.on("error", (error) => console.error(error.message));
  socket.on("open", () => {
    socket.send(HELLO);
    socket.send(OPEN);
  });
  return once(socket, "open");
}

async function broadcast(events: number): Promise<void> {
  const goal = received + events * SOCKETS;
  server.send({ say: events });
  while (received < goal) await sleep(1);
}

const empty = await read();
for (let at = 0; at < SOCKETS; at += OPENING) {
  await Promise.all(Array.from({ length: OPENING }, connect));
}
while (opened < SOCKETS) await sleep(5);
await sleep(500);
await read();
const full = await read();
const perSocket = (kind: "heapBytes" | "rssBytes"): string =>
  ((full[kind] - empty[kind]) / SOCKETS / 1_024).toFixed(1);
console.log(`${SOCKETS} sockets, each with one connection that has subscribed`);
console.log(`memory of one: ${perSocket("heapBytes")} KiB heap, ${perSocket("rssBytes")} KiB RSS`);

await broadcast(1);
await read();
for (const events of [1, 10]) {
  const cpuUs: number[] = [];
  const longestMs: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round += 1) {
    const watched = round % 2 === 1; // watching takes CPU time
    await read();
    if (watched) server.send({ watched });
    await broadcast(events);
    if (watched) server.send({ watched: false });
    const used = await read();
    if (watched) longestMs.push(used.longestMs);
    else cpuUs.push(used.cpuUs / SOCKETS);
  }
  const middle = (values: number[]): string =>
    (values.sort((one, other) => one - other)[ROUNDS >> 1] ?? 0).toFixed(1);
  const name = events === 1 ? "1 event" : `${events} events in one turn`;
  console.log(`${name}: ${middle(cpuUs)} µs of CPU a socket`);
  console.log(
    `  longest turn ${middle(longestMs)} ms (median), ${Math.max(...longestMs).toFixed(1)} ms (most)`,
  );
}
server.kill();
process.exit();
