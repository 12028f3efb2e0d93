import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { Connection } from "../../src/terminal/connection/connection.ts";
import type { ConnectionState } from "../../src/terminal/connection/connection-state.ts";
import { parseAddress } from "../../src/terminal/connection/console-address.ts";
import { ConsoleClient } from "../../src/terminal/connection/console-client.ts";
import { EventText } from "../../src/terminal/connection/event-text.ts";
import { ManualClock } from "../../src/testing.ts";
import { ViewerModel } from "../../src/viewer/model.ts";
import { ConsoleStub, refuse } from "../_support/console-stub.ts";
import { until } from "../_support/telemetry-until.ts";
import { actorRow, frameOf, snapshotOf } from "../_support/wire-rows.ts";

/** A connection to `url`, what it has told, and the actors it has told of. */
class Listener implements Disposable {
  readonly model = new ViewerModel();
  readonly states: ConnectionState[] = [];
  readonly connection: Connection;

  constructor(url: string, clock: Clock = systemClock) {
    this.connection = new Connection({
      client: new ConsoleClient(parseAddress(url)),
      clock,
      rateHz: 2,
      onFrame: (frame) => this.model.apply(frame).complete,
      onState: (state) => this.states.push(state),
    });
  }

  get ids(): readonly string[] {
    return [...this.model.rows()].map(({ id }) => id);
  }

  get last(): ConnectionState | undefined {
    return this.states.at(-1);
  }

  /** Until the last state is of this kind. */
  becomes(kind: ConnectionState["kind"]): Promise<void> {
    return until(() => this.last?.kind === kind, kind);
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

function full(sequence: number, ...ids: string[]) {
  const rows = ids.map((id) => actorRow(id));
  return frameOf([snapshotOf(rows, { sequence })]);
}

describe("the connection to a console", () => {
  it("is open with the first frame, which it asks for with its token and rate", async () => {
    await using stub = await ConsoleStub.open();
    stub.first = full(1, "desk/a-1");
    using listener = new Listener(stub.url);
    await listener.connection.open();

    assert.deepEqual(listener.ids, ["desk/a-1"]);
    assert.deepEqual(listener.last, { kind: "live" });
    const [request] = stub.requests;
    assert.equal(request?.url, "/api/events?rate=2");
    assert.equal(request?.headers.authorization, "Bearer stub-token");
    assert.equal(request?.headers["last-event-id"], undefined);
  });

  it("comes back with growing pauses when it is lost, and goes on after the last frame", async () => {
    const stub = await ConsoleStub.open();
    const { port } = stub;
    stub.first = full(7, "desk/a-1");
    const clock = new ManualClock();
    using listener = new Listener(stub.url, clock);
    await listener.connection.open();
    await stub[Symbol.asyncDispose]();

    for (const retryInMs of [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
      await until(
        () => listener.last?.kind === "lost" && listener.last.retryInMs === retryInMs,
        `a pause of ${retryInMs}`,
      );
      listener.states.length = 0;
      await clock.advance(retryInMs);
    }
    await listener.becomes("lost");
    assert.equal(listener.last?.kind === "lost" && listener.last.reason, "ERR_CONSOLE_UNREACHABLE");

    await using again = await ConsoleStub.open(port);
    again.first = full(8, "desk/a-2");
    await clock.advance(5_000);
    await listener.becomes("live");
    assert.deepEqual(listener.ids, ["desk/a-2"]);
    assert.equal(again.requests[0]?.headers["last-event-id"], "7");
  });

  it("asks for everything when a frame does not follow", async () => {
    await using stub = await ConsoleStub.open();
    stub.first = full(1, "desk/a-1");
    using listener = new Listener(stub.url);
    await listener.connection.open();
    stub.first = full(9, "desk/a-2");
    stub.send(frameOf([snapshotOf([], { sequence: 8, since: 7 })]));
    await until(() => listener.ids.includes("desk/a-2"), "everything");

    assert.equal(stub.requests.length, 2);
    assert.equal(stub.requests[1]?.headers["last-event-id"], undefined);
  });

  it("asks for another rate over another connection, and keeps only the newest", async () => {
    await using stub = await ConsoleStub.open();
    stub.first = full(1, "desk/a-1");
    using listener = new Listener(stub.url);
    await listener.connection.open();
    for (const rate of [4, 1, 4]) listener.connection.setRate(rate);
    await until(() => stub.requests.at(-1)?.url === "/api/events?rate=4", "the last rate");
    await until(() => stub.viewers === 1, "one viewer");

    assert.ok(listener.states.every(({ kind }) => kind === "live"));
  });

  it("is lost when a console that has said nothing for long is taken for gone", async () => {
    await using stub = await ConsoleStub.open();
    stub.first = full(1, "desk/a-1");
    const clock = new ManualClock();
    using listener = new Listener(stub.url, clock);
    await listener.connection.open();
    await clock.advance(39_000);
    assert.equal(listener.last?.kind, "live");
    await clock.advance(1_000);
    await listener.becomes("lost");
    await until(() => stub.viewers === 0, "the end of the connection");
  });

  it("ends for good when it is closed", async () => {
    await using stub = await ConsoleStub.open();
    stub.first = full(1, "desk/a-1");
    const clock = new ManualClock();
    using listener = new Listener(stub.url, clock);
    await listener.connection.open();
    stub.hangUp();
    await listener.becomes("lost");
    listener.connection.close();
    await clock.advance(60_000);

    assert.equal(stub.requests.length, 1);
  });
});

describe("what is no console for this viewer", () => {
  /** Opens a connection that is to fail, and tells how. */
  async function refusal(url: string): Promise<{ code: unknown; message: string }> {
    using listener = new Listener(url);
    const error: unknown = await listener.connection.open().then(
      () => assert.fail("it was let in"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error && "code" in error, String(error));
    assert.doesNotMatch(error.message, /secret/);
    return { code: error.code, message: error.message };
  }

  it("is told apart: no answer, wrong token, none, something else", async () => {
    await using stub = await ConsoleStub.open();
    const { port } = stub;
    const place = `http://127.0.0.1:${port}/`;

    const wrong = await refusal(`${place}?token=secret`);
    assert.equal(wrong.code, "ERR_CONSOLE_TOKEN");
    assert.match(
      wrong.message,
      /does not take this token; use the address that the program printed/,
    );
    assert.match((await refusal(place)).message, /needs a token/);

    stub.answer = (_request, response) => response.end("<html>");
    assert.equal((await refusal(stub.url)).code, "ERR_NOT_A_CONSOLE");
    stub.answer = (_request, response) => response.writeHead(302, { location: "/" }).end();
    assert.equal((await refusal(stub.url)).code, "ERR_NOT_A_CONSOLE");
    stub.answer = (_request, response) => refuse(response, 403);
    const refused = await refusal(stub.url);
    assert.equal(refused.code, "ERR_CONSOLE_REFUSED");
    assert.match(refused.message, /refuses: refused with 403 \(ERR_CONSOLE_REFUSED\)/);

    await stub[Symbol.asyncDispose]();
    // Which code it is depends on whether a connection was left to be tried.
    const gone = await refusal(`${place}?token=secret`);
    assert.equal(gone.code, "ERR_CONSOLE_UNREACHABLE");
    assert.match(gone.message, /^no answer from http:\/\/127\.0\.0\.1:\d+\/ \([A-Z_]+\)/);
  });

  it("is noticed in the first frame: another version, nonsense, changes of nothing, an end", async () => {
    await using stub = await ConsoleStub.open();
    stub.first = frameOf([{ ...snapshotOf([]), version: 1 as 2 }]);
    assert.equal((await refusal(stub.url)).code, "ERR_CONSOLE_VERSION");
    stub.first = { hello: 1 } as never;
    assert.equal((await refusal(stub.url)).code, "ERR_NOT_A_CONSOLE");
    stub.first = frameOf([snapshotOf([], { sequence: 8, since: 7 })]);
    assert.equal((await refusal(stub.url)).code, "ERR_NOT_A_CONSOLE");
    stub.answer = (_request, response) =>
      response.writeHead(200, { "content-type": "text/event-stream" }).end("data: nothing\n\n");
    assert.equal((await refusal(stub.url)).code, "ERR_NOT_A_CONSOLE");
  });

  it("may speak no HTTP at all", async () => {
    const server = createServer((socket) => socket.end("220 mail\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { code } = await refusal(`127.0.0.1:${port}`);
    server.close();

    assert.equal(code, "ERR_NOT_A_CONSOLE");
  });
});

describe("the address of a console", () => {
  it("is taken as it is printed, or nearly", () => {
    const read = (text: string, tokens = {}) => {
      const { base, token } = parseAddress(text, tokens);
      return `${base.href} ${token}`;
    };

    assert.equal(read("http://127.0.0.1:4400/?token=abc"), "http://127.0.0.1:4400/ abc");
    assert.equal(read("localhost:4400"), "http://localhost:4400/ ");
    assert.equal(read("https://host/limelight?token=a"), "https://host/limelight/ a");
    assert.equal(read("[::1]:4400", { usual: "u" }), "http://[::1]:4400/ u");
    assert.equal(read("h:1/?token=a", { usual: "u" }), "http://h:1/ a");
    assert.equal(read("h:1/?token=a", { usual: "u", given: "g" }), "http://h:1/ g");
  });

  it("is refused when it can be none, without the token being told", () => {
    for (const text of ["", "ftp://host/?token=secret", "http://", "http://a b/?token=secret"]) {
      assert.throws(
        () => parseAddress(text),
        (error: Error & { code?: string }) =>
          error.code === "ERR_INVALID_URL" && !error.message.includes("secret"),
        text,
      );
    }
  });
});

describe("the text of events", () => {
  const stream =
    ": hello\n\nid: 1\nevent: frame\ndata: a\ndata:b\n\nid: 2\r\ndata: c\r\n\r\nevent: odd\n\ndata: d\n\n";
  const events = [
    { id: "1", event: "frame", data: "a\nb" },
    { id: "2", event: "message", data: "c" },
    { id: "2", event: "message", data: "d" },
  ];

  it("is read the same in any pieces in which it comes", () => {
    for (let size = 1; size <= stream.length; size += 1) {
      const text = new EventText();
      const seen = [];
      for (let at = 0; at < stream.length; at += size) {
        seen.push(...text.push(stream.slice(at, at + size)));
      }
      assert.deepEqual(seen, events, `pieces of ${size}`);
    }
  });
});
