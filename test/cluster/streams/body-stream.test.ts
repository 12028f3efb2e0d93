import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BusMessage } from "../../../src/cluster/engine/bus.ts";
import { BodyStream } from "../../../src/cluster/streams/body-stream.ts";
import { BodyStreams } from "../../../src/cluster/streams/body-streams.ts";
import { type Grant, NO_GRANT } from "../../../src/cluster/streams/credit.ts";
import { decodeStreamFrame } from "../../../src/cluster/streams/stream-frames.ts";
import { chunkBytesOf, windowBeside } from "../../../src/cluster/streams/stream-limits.ts";
import { ManualClock } from "../../../src/testing.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";

const WINDOW = { bytes: 1_000, frames: 10 };
const CHUNK = 100;

/** One end, and what it has sent that the other end was not given yet. */
class End {
  readonly stream: BodyStream;
  readonly streams: BodyStreams;
  readonly told: string[] = [];
  readonly out: BusMessage[] = [];
  isConnected = true;
  fault: Error | undefined;

  constructor(clock: ManualClock, granted: Grant, credit: Grant) {
    const note = (what: string) => (error: Error | undefined) => {
      const { code = error?.message } = (error ?? {}) as { readonly code?: string };
      this.told.push(`${what} ${code ?? "completely"}`);
    };
    this.stream = new BodyStream({
      id: "s-1",
      clock,
      publish: (message) => {
        if (this.isConnected) this.out.push(message);
        return this.isConnected;
      },
      chunkBytes: CHUNK,
      window: WINDOW,
      granted,
      credit,
      fault: () => this.fault,
      sent: note("sent"),
      received: note("received"),
      cancelled: () => this.stream.stop(),
      stopped: () => this.told.push("stopped"),
      broken: note("broken"),
    });
    this.streams = new BodyStreams(clock);
    this.streams.add(this.stream);
    this.stream.guard();
  }
}

/** Both ends of a stream: `one` sends a body to `other`. */
class Pair {
  readonly clock = new ManualClock();
  readonly one: End;
  readonly other: End;

  constructor(granted: Grant = NO_GRANT) {
    this.one = new End(this.clock, NO_GRANT, granted);
    this.other = new End(this.clock, granted, NO_GRANT);
  }

  /** Gives both ends what the other one has sent, until nothing is under way. */
  async settle(): Promise<void> {
    for (;;) {
      await settleTurns();
      const [to, from] = [this.one.out.splice(0), this.other.out.splice(0)];
      if (to.length + from.length === 0) return;
      for (const message of to) this.other.stream.receive(decodeStreamFrame(message).frame);
      for (const message of from) this.one.stream.receive(decodeStreamFrame(message).frame);
    }
  }

  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await this.clock.advance(1_000);
      await this.settle();
    }
  }

  end(): void {
    for (const { stream, streams } of [this.one, this.other]) {
      stream.end(new Error("the test is over"));
      streams.remove(stream);
    }
    assert.equal(this.clock.pendingTimers + this.clock.backgroundTimers, 0);
  }
}

/** A body of `size` bytes, which counts what was read of it. */
class Source {
  readBytes = 0;
  cancelled: unknown;
  readonly stream: ReadableStream<Uint8Array>;

  constructor(size: number, part: number) {
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          const bytes = Math.min(part, size - this.readBytes);
          if (bytes === 0) return controller.close();
          controller.enqueue(Buffer.alloc(bytes, this.readBytes & 255));
          this.readBytes += bytes;
        },
        cancel: (reason) => {
          this.cancelled = reason;
        },
      },
      { highWaterMark: 0 },
    );
  }
}

describe("a stream between two processes", () => {
  it("carries a body as it is, in chunks", async () => {
    const pair = new Pair();
    const bytes = Buffer.from(Array.from({ length: 5_431 }, (_, at) => (at * 7) & 255));
    pair.one.stream.send(new Response(bytes).body as ReadableStream<Uint8Array>);

    const read = new Response(pair.other.stream.incoming).arrayBuffer();
    await pair.settle();

    assert.ok(Buffer.from(await read).equals(bytes));
    assert.deepEqual(
      [...pair.one.told, ...pair.other.told],
      ["sent completely", "received completely"],
    );
    pair.end();
  });

  it("does not touch the body before something of it may be sent, and reads no more than that", async () => {
    const pair = new Pair();
    const source = new Source(100_000, 50);
    pair.one.stream.send(source.stream);
    await pair.settle();
    assert.deepEqual([source.readBytes, pair.one.stream.hasBegun], [0, false]);

    const reader = pair.other.stream.incoming.getReader();
    await Promise.all([reader.read(), pair.settle()]);

    // Ten frames of 50 bytes, one of which was read.
    assert.ok(source.readBytes >= 450 && source.readBytes <= 1_000, `${source.readBytes}`);
    pair.end();
    assert.ok(source.cancelled instanceof Error);
  });

  it("gives a slow reader everything in the end", async () => {
    const pair = new Pair(WINDOW);
    const source = new Source(20_000, 333);
    pair.one.stream.send(source.stream);
    const reader = pair.other.stream.incoming.getReader();
    let got = 0;
    for (;;) {
      const [{ done, value }] = await Promise.all([reader.read(), pair.settle()]);
      if (done) break;
      got += value.byteLength;
      assert.ok(source.readBytes - got <= WINDOW.bytes + 333, "it reads too far ahead");
    }

    assert.equal(got, 20_000);
    pair.end();
  });

  for (const [what, lose] of [
    ["a part", 3],
    ["the end", -1],
  ] as const) {
    it(`never gives a short body as a whole one when ${what} is lost`, async () => {
      const pair = new Pair(WINDOW);
      pair.one.stream.send(new Source(500, 100).stream);
      await settleTurns();
      const frames = pair.one.out.splice(0);
      frames.splice(lose, 1);
      pair.one.out.push(...frames);
      const read = new Response(pair.other.stream.incoming).arrayBuffer();
      const refused = assert.rejects(read, { code: "ERR_RUNNER_LOST" });

      await pair.advance(6_000);

      await refused;
      assert.equal(pair.other.told.at(-1), "broken ERR_RUNNER_LOST");
      pair.end();
    });
  }

  it("takes a frame that comes twice once", async () => {
    const pair = new Pair(WINDOW);
    pair.one.stream.send(new Source(500, 100).stream);
    await settleTurns();
    const frames = pair.one.out.splice(0);
    pair.one.out.push(...frames.flatMap((frame) => [frame, frame]));
    const read = new Response(pair.other.stream.incoming).arrayBuffer();

    await pair.settle();

    assert.equal((await read).byteLength, 500);
    pair.end();
  });

  it("gives what has come, and then the error, when the body fails", async () => {
    const pair = new Pair(WINDOW);
    let isFirst = true;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (isFirst) controller.enqueue(Buffer.from("part"));
        else controller.error(Object.assign(new Error("inner"), { code: "MINE" }));
        isFirst = false;
      },
    });
    pair.one.stream.send(body);
    await pair.settle();
    const reader = pair.other.stream.incoming.getReader();

    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "part");
    await assert.rejects(reader.read(), { message: "inner", code: "MINE" });
    assert.deepEqual(pair.one.told, ["sent MINE"]);
    pair.end();
  });

  it("is broken by one that sends more than it may", async () => {
    const pair = new Pair({ bytes: 100, frames: 1 });
    pair.one.stream.receive({ kind: "credit", bytes: 5_000, frames: 50, sent: 0 });
    pair.one.stream.send(new Source(5_000, 100).stream);
    const reader = pair.other.stream.incoming.getReader();

    await pair.settle();

    await assert.rejects(
      async () => {
        for (;;) if ((await reader.read()).done) return;
      },
      { code: "ERR_PROTOCOL_INVALID" },
    );
    assert.equal(pair.other.told[0], "broken ERR_PROTOCOL_INVALID");
    pair.end();
  });

  it("tells the sender that its body is not read any more", async () => {
    const pair = new Pair(WINDOW);
    const source = new Source(100_000, 100);
    pair.one.stream.send(source.stream);
    await pair.settle();

    await pair.other.stream.incoming.cancel();
    await pair.settle();

    assert.deepEqual(pair.one.told, ["stopped"]);
    assert.ok(source.cancelled instanceof Error);
    pair.end();
  });

  it("is broken when the other end is silent for 15 s, and not while it is heard of", async () => {
    const pair = new Pair(WINDOW);
    await pair.advance(60_000);
    assert.deepEqual([...pair.one.told, ...pair.other.told], []);

    pair.other.isConnected = false;
    await pair.advance(21_000);

    assert.deepEqual(pair.one.told, ["broken ERR_RUNNER_LOST"]);
    pair.end();
  });

  it("waits for an engine that takes nothing for a while, and breaks after 10 s", async () => {
    const pair = new Pair(WINDOW);
    pair.one.isConnected = false;
    pair.one.stream.send(new Source(500, 100).stream);
    await pair.advance(3_000);
    pair.one.isConnected = true;
    const read = new Response(pair.other.stream.incoming).arrayBuffer();
    await pair.advance(1_000);
    assert.equal((await read).byteLength, 500);

    const late = new Pair(WINDOW);
    late.one.isConnected = false;
    late.one.stream.send(new Source(500, 100).stream);
    await late.advance(11_000);
    assert.equal(late.one.told[0], "broken ERR_ENGINE_UNAVAILABLE");
    pair.end();
    late.end();
  });

  it("sends nothing once its runner may not answer any more, and says so", async () => {
    const pair = new Pair(WINDOW);
    pair.one.fault = Object.assign(new Error("fenced"), { code: "FENCED" });
    const source = new Source(500, 100);
    pair.one.stream.send(source.stream);
    const read = new Response(pair.other.stream.incoming).arrayBuffer();
    const refused = assert.rejects(read, { code: "FENCED" });

    await pair.settle();

    await refused;
    assert.deepEqual(pair.one.told, ["broken FENCED"]);
    assert.ok(source.cancelled instanceof Error);
    pair.end();
  });
});

describe("windows of streams", () => {
  it("become smaller the more there are, and chunks fit into the messages of the engine", () => {
    assert.equal(windowBeside(0).bytes, 262_144);
    assert.equal(windowBeside(1_023).bytes, 65_536);
    assert.equal(windowBeside(9_999).bytes, 16_384);
    assert.deepEqual([chunkBytesOf(1_048_576), chunkBytesOf(5_120)], [65_536, 4_096]);
  });
});
