import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openChat } from "../../_support/chat-room.ts";
import { ClientWorld } from "../../_support/client-world.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { openKeyed } from "../../_support/keyed.ts";
import { patiently } from "../../_support/socket-kit.ts";
import { StoreProcess } from "../../_support/store-process.ts";

const PROGRAM = join(import.meta.dirname, "../../_support/chat-program.ts");

type Room = ReturnType<ReturnType<ClientWorld["client"]["room"]["get"]>["connect"]>;

interface Followed {
  readonly world: ClientWorld;
  readonly room: Room;
  /** Texts of the events, in order. */
  readonly said: readonly string[];
  readonly resyncs: readonly string[];
  readonly statuses: readonly string[];
}

/** Opens a client whose room is followed, as a page would. */
function follow(url: string): Followed {
  const world = new ClientWorld(url);
  const room = world.client.room.get("lobby").connect();
  const said: string[] = [];
  const resyncs: string[] = [];
  const statuses: string[] = [];
  room.on("said", ({ text }) => said.push(text));
  room.onResync(({ reason }) => resyncs.push(reason));
  room.onStatus((status) => statuses.push(status));
  return { world, said, resyncs, statuses, room };
}

/** Says a text, through whatever it takes. */
async function say({ world, room }: Followed, text: string): Promise<void> {
  const { ask } = room.with({ idempotent: true, timeoutMs: 600_000 });
  await passingTime(world, ask.say(text));
}

/** Moves the clock of the client while the processes take their own time. */
async function passingTime<Value>(world: ClientWorld, promise: Promise<Value>): Promise<Value> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  let movedAtMs = performance.now();
  await patiently(() => {
    if (performance.now() - movedAtMs > 20) {
      movedAtMs = performance.now();
      void world.clock.advance(100);
    }
    return isSettled;
  }, "the call");
  return promise;
}

async function start(
  directory: string,
  port = 0,
): Promise<{ process: StoreProcess; port: number }> {
  const process = new StoreProcess([directory, `${port}`], [], PROGRAM);
  await process.until((facts) => facts.length > 0);
  const [fact] = process.facts;
  assert.ok(fact !== undefined, process.stderr);
  return { process, port: Number(fact["port"]) };
}

describe("a client of a gateway", () => {
  it("calls an actor while it goes to sleep, and comes back without a gap", async () => {
    await using open = openKeyed();
    const gateway = await openChat(open.system);
    const followed = follow(gateway.url ?? "");
    const { world, said, resyncs, room } = followed;
    await room.ready();

    for (let round = 0; round < 5; round += 1) {
      await say(followed, `before ${round}`);
      const asleep = room.ask.sleep();
      const during = say(followed, `during ${round}`);
      await Promise.all([asleep, during]);
      await passingTime(world, room.ready());
    }
    await patiently(() => said.length >= 10, "the events").catch(() => undefined);

    const expected = Array.from({ length: 5 }, (_, round) => [
      `before ${round}`,
      `during ${round}`,
    ]);
    assert.deepEqual(said, expected.flat());
    assert.deepEqual(resyncs, ["first"]);
    await world.client.$close();
    await gateway.close();
  });

  it("continues without a gap after a server that was stopped by SIGTERM", async () => {
    using folder = new DataFolder();
    const first = await start(folder.path);
    const followed = follow(`http://127.0.0.1:${first.port}`);
    const { world, said, resyncs, statuses, room } = followed;
    await room.ready();
    await say(followed, "one");

    process.kill(first.process.pid, "SIGTERM");
    await first.process.ended();
    await patiently(() => room.status === "reconnecting", "the loss");
    const second = await start(folder.path, first.port);
    await passingTime(world, room.ready());
    await say(followed, "two");
    await patiently(() => said.length >= 2, "the events");

    assert.deepEqual(said, ["one", "two"]);
    assert.deepEqual(resyncs, ["first"]);
    assert.deepEqual([...new Set(statuses)].sort(), ["connected", "reconnecting"]);
    await world.client.$close();
    await second.process.kill();
  });

  it("is told after a server that was killed", async () => {
    using folder = new DataFolder();
    const first = await start(folder.path);
    const followed = follow(`http://127.0.0.1:${first.port}`);
    const { world, resyncs, room } = followed;
    await room.ready();
    await say(followed, "one");

    await first.process.kill();
    await patiently(() => room.status === "reconnecting", "the loss");
    const second = await start(folder.path, first.port);
    await passingTime(world, room.ready());

    assert.deepEqual(resyncs, ["first", "actor_restarted"]);
    await say(followed, "two");
    assert.deepEqual(await room.ask.lines(), ["one", "two"]);
    await world.client.$close();
    await second.process.kill();
  });

  it("notices within 25 s that its server is frozen", async () => {
    using folder = new DataFolder();
    const { process: server, port } = await start(folder.path);
    const { world, room, resyncs } = follow(`http://127.0.0.1:${port}`);
    await room.ready();

    process.kill(server.pid, "SIGSTOP");
    await world.clock.advance(24_900);
    const before = room.status;
    await world.clock.advance(200);

    assert.deepEqual([before, room.status], ["connected", "reconnecting"]);
    process.kill(server.pid, "SIGCONT");
    await passingTime(world, room.ready());
    assert.deepEqual(resyncs, ["first"]);
    await world.client.$close();
    await server.kill();
  });
});
