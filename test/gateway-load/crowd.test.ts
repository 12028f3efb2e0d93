import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createClient } from "../../src/client.ts";
import type { GatewayDrainReport } from "../../src/gateway.ts";
import { Crowd, type CrowdActors } from "../_support/crowd.ts";
import { DataFolder } from "../_support/data-folder.ts";
import { StoreProcess } from "../_support/store-process.ts";

const PROGRAM = join(import.meta.dirname, "../_support/crowd-program.ts");
const SIZE = 5_000;
const ROUNDS = 5;
/** What 5,000 sockets may leave behind; they take about 50 MiB. */
const LEFT_BYTES = 2 * 1_024 * 1_024;

async function start(directory: string, port = 0): Promise<[StoreProcess, number]> {
  const process = new StoreProcess([directory, `${port}`], [], PROGRAM);
  await process.until((facts) => facts.length > 0);
  const [fact] = process.facts;
  assert.ok(fact !== undefined, process.stderr);
  return [process, Number(fact["port"])];
}

/** Has all call, and the number go up, at the same time. Returns the number. */
async function makeNoise(crowd: Crowd, tick: () => Promise<number>): Promise<number> {
  let number = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const echoes = crowd.members.map(({ connection }, at) => connection.ask.echo(`${round} ${at}`));
    number = await tick();
    const replies = await Promise.all(echoes);
    assert.ok(replies.every((reply, at) => reply === `${round} ${at}`));
  }
  return number;
}

describe(`${SIZE} WebSockets`, () => {
  it("call and get every event, survive a restart, and leave no memory behind", async (test) => {
    using folder = new DataFolder();
    await using opened = new AsyncDisposableStack();
    const [first, port] = await start(folder.path);
    opened.use(first);
    const url = `http://127.0.0.1:${port}`;
    const options = { timeoutMs: 120_000, retries: 9, idempotent: true };
    const control = createClient<CrowdActors>(url, options).crowd.get("square");
    const tick = (): Promise<number> => control.ask.tick();
    const mib = (bytes: number): string => `${(bytes / 1_024 / 1_024).toFixed(1)} MiB`;

    const warm = opened.use(new Crowd(url, 200));
    await warm.all(0);
    await warm.all(await makeNoise(warm, tick));
    await warm.close();
    const before = await control.ask.used();
    const crowd = opened.use(new Crowd(url, SIZE));
    await crowd.all(await control.ask.count());
    const during = await control.ask.used();
    await crowd.all(await makeNoise(crowd, tick));
    await crowd.close();
    assert.equal(await control.ask.people(), 0);
    const after = await control.ask.used();
    test.diagnostic(`in use: ${mib(before)} before, ${mib(during)} during, ${mib(after)} after`);

    const again = opened.use(new Crowd(url, SIZE));
    await again.all(await control.ask.count());
    // Attempts may have failed before: all open at once.
    const attempts = again.members.map(({ codes: { length } }) => length);
    process.kill(first.pid, "SIGTERM");
    await first.ended();
    const drained = first.facts[1]?.["drained"] as GatewayDrainReport | undefined;
    test.diagnostic(`drained: ${JSON.stringify(drained)} ${first.stderr}`);
    const codes = again.members.map(({ codes: all }, at) => all[attempts[at] ?? 0]);
    const [second] = await start(folder.path, port);
    opened.use(second);
    await again.all(await tick());
    await again.all(await makeNoise(again, tick));
    const resyncs = again.members.reduce((sum, member) => sum + member.resyncs, 0);
    test.diagnostic(`${resyncs} resyncs after the restart`);
    await again.close();
    await second.kill();

    const wrong = [...crowd.members, ...again.members].flatMap((member) => member.wrong);
    assert.deepEqual(wrong, []);
    assert.deepEqual([...new Set(codes)], [1001]);
    assert.deepEqual([drained?.unknown, drained?.sockets], [0, SIZE]);
    assert.equal(resyncs, 0);
    assert.ok(after - before < LEFT_BYTES, `${mib(after - before)} are left`);
  });
});
