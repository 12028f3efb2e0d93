import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { SpanContext } from "@opentelemetry/api";
import { DisconnectReason } from "../../activation/definition/connection-types.ts";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { pause } from "../../base/node-timers.ts";
import { CloseCode } from "../../wire/close-codes.ts";
import type { SendBuffers } from "../trace/socket-points.ts";
import { ClientSocket } from "./client-socket.ts";
import type { Handshake } from "./raw-socket.ts";
import type { SocketParts } from "./socket-parts.ts";
import { SocketServer } from "./socket-server.ts";

const CHECK_MS = 1_000;
/** Closing more sockets than this is spread, so that their clients do not come back at once. */
const MANY = 100;
const SPREAD_MS = 1_000;
const HOOKS_MS = 5_000;
/** How long the last messages of clients may take to arrive. */
const FENCE_MS = 1_000;

/** All sockets of a gateway. */
export class Sockets {
  readonly #parts: SocketParts;
  readonly #server: SocketServer;
  readonly #sockets = new Set<ClientSocket>();
  readonly #addresses = new Map<string, number>();
  readonly #empty: (() => void)[] = [];
  #timer: ClockTimer | undefined;
  #isDraining = false;

  constructor(parts: SocketParts) {
    this.#parts = parts;
    this.#server = new SocketServer(parts.settings.limits.frameBytes);
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Takes a connection that was upgraded. */
  accept(
    upgrade: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
    handshake: Handshake,
    linked: SpanContext | undefined,
  ): void {
    const { request, socket, head } = upgrade;
    this.#server.accept(request, socket, head, (raw) => {
      const opened = new ClientSocket({
        parts: this.#parts,
        raw,
        handshake,
        linked,
        onClosed: (closed) => this.#remove(closed),
      });
      const isWithin = this.#add(opened);
      if (this.#isDraining) {
        opened.close(CloseCode.Drained, "the gateway stops", DisconnectReason.Drained);
      } else if (!isWithin) {
        opened.close(CloseCode.TryLater, "too many sockets", DisconnectReason.Refused);
      }
      return opened;
    });
  }

  /** How much is not sent yet. */
  buffers(): SendBuffers {
    let [sumBytes, maxBytes] = [0, 0];
    for (const { outbox } of this.#sockets) {
      const { bufferedBytes } = outbox;
      sumBytes += bufferedBytes;
      if (bufferedBytes > maxBytes) maxBytes = bufferedBytes;
    }
    return { sumBytes, maxBytes };
  }

  /**
   * Answers the calls that have begun, ends all connections, and closes the sockets with 1001. Nothing is begun any more.
   *
   * @param deadlineMs time after which they are destroyed
   * @param httpCalls calls over HTTP, whose events are waited for during half of that time: a client that misses one
   *   could not continue after it
   */
  async close(deadlineMs: number, httpCalls: Promise<void>): Promise<void> {
    const { host, underWay } = this.#parts;
    const { clock } = host;
    const endsAtMs = clock.monotonicMs() + deadlineMs;
    const leftMs = (): number => Math.max(0, endsAtMs - clock.monotonicMs());
    this.#isDraining = true;
    for (const socket of [...this.#sockets]) socket.drain(deadlineMs);
    const drained = Promise.all(Array.from(this.#sockets, (socket) => socket.whenDrained()));
    await this.#within(drained, Math.min(FENCE_MS, leftMs()));
    await this.#within(underWay.whenIdle(), leftMs());
    await this.#within(httpCalls, leftMs() / 2);
    const sockets = [...this.#sockets];
    const hooks = Promise.all(sockets.map((socket) => socket.drainConnections()));
    await this.#within(hooks, Math.min(HOOKS_MS, leftMs()));
    const spreadMs = sockets.length > MANY ? Math.min(SPREAD_MS, leftMs() / 2) : 0;
    const perTurn = Math.ceil(sockets.length / 20);
    for (let at = 0; at < sockets.length; at += perTurn) {
      for (const socket of sockets.slice(at, at + perTurn)) {
        socket.close(CloseCode.Drained, "the gateway stops", DisconnectReason.Drained);
      }
      if (spreadMs > 0) await pause(spreadMs / 20, true);
    }
    await this.#within(this.#whenEmpty(), leftMs());
    for (const socket of [...this.#sockets]) socket.terminate();
    await this.#whenEmpty();
    this.#timer?.cancel();
    this.#parts.points.close();
  }

  async #within(work: Promise<unknown>, limitMs: number): Promise<void> {
    let timer: ClockTimer | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = this.#parts.host.clock.schedule(resolve, limitMs, KeepAlive.Yes);
    });
    await Promise.race([work, limit]);
    timer?.cancel();
  }

  #whenEmpty(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }

  /** Returns whether the limits allow it. */
  #add(socket: ClientSocket): boolean {
    const { sockets, socketsPerAddress } = this.#parts.settings.limits;
    const { address } = socket;
    const known = (this.#addresses.get(address) ?? 0) + 1;
    this.#addresses.set(address, known);
    this.#sockets.add(socket);
    this.#watch();
    return this.#sockets.size <= sockets && (address === "" || known <= socketsPerAddress);
  }

  #remove(socket: ClientSocket): void {
    const { address } = socket;
    this.#sockets.delete(socket);
    const left = (this.#addresses.get(address) ?? 1) - 1;
    if (left === 0) this.#addresses.delete(address);
    else this.#addresses.set(address, left);
    if (this.#sockets.size > 0) return;
    for (const resolve of this.#empty.splice(0)) resolve();
  }

  /** One timer for all sockets. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    const { clock } = this.#parts.host;
    this.#timer = clock.schedule(
      () => {
        this.#timer = undefined;
        for (const socket of [...this.#sockets]) socket.check();
        this.#parts.events.forgetUnused();
        if (this.#sockets.size > 0 || this.#parts.events.isRemembering) this.#watch();
      },
      CHECK_MS,
      KeepAlive.No,
    );
  }
}
