import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Here } from "../_support/network.ts";
import { LEASE_MS, RUNNERS } from "./fault-run.ts";
import { Machines, SERVERS } from "./machines.ts";

/** Shorter than a runner takes to give up on its own. */
const SHORT_MS = LEASE_MS / 3;

describe("machines that are separated, with three servers", () => {
  it("lose nothing that was acknowledged, do nothing twice, and go on where the majority is only (C11)", async (context) => {
    await using machines = await Machines.open();
    const { run } = machines;
    await run.answering();

    run.note("a runner | rest, for a moment");
    await machines.away((network) => network.cut(["r4"], machines.others("r4")), SHORT_MS);
    run.note("every other packet of a runner is lost");
    await machines.away((network) => network.lose(["r3"], SERVERS, 0.5), SHORT_MS);
    run.note("a runner | rest", "r1");
    await machines.away((network) => network.cut(["r1"], machines.others("r1")));
    run.note("a runner → rest", "r2");
    await machines.away((network) => network.mute(["r2"], machines.others("r2")));
    run.note("rest → a runner", "r3");
    await machines.away((network) => network.mute(machines.others("r3"), ["r3"]));

    const coordinator = await machines.coordinator();
    run.note("coordinator | rest", coordinator);
    await machines.away((network) => network.cut([coordinator], machines.others(coordinator)));

    run.note("clients | rest");
    await machines.away((network) => network.cut([Here.Second], SERVERS), SHORT_MS);
    run.note("rest → clients");
    await machines.away((network) => network.mute(SERVERS, [Here.Second]), SHORT_MS);

    const leader = await machines.leader();
    const rest = [...machines.others(leader), Here.First, Here.Second];
    run.note("leader of the servers | rest");
    await machines.cut((network) => network.cut([leader], rest), 0);
    await run.returned("without the leader"); // while it is away
    await machines.heal();
    await run.answering();
    run.note("a server → the other servers");
    await machines.away((network) => network.mute(["n2"], ["n1", "n3"]));

    run.note("one server and two runners | the others");
    const cutMs = await machines.cut((network) =>
      network.cut(["n3", "r3", "r4"], ["n1", "n2", "r1", "r2"]),
    );
    // By the majority, while clients of the minority try to read what was there before.
    await run.answering();
    assert.deepEqual(run.heardSince(["r3", "r4"], cutMs), []);
    await machines.heal();
    await run.returned("majority and minority");

    run.note("halves of two runners each, and no majority of servers");
    const splitMs = await machines.cut(async (network) => {
      await network.cut(["n1", "r1", "r2"], ["n3", "r3", "r4"]);
      await network.cut(["n2"], machines.others("n2"));
    });
    assert.deepEqual(run.heardSince(RUNNERS, splitMs), []);
    await machines.heal();
    await run.returned("no majority");

    context.diagnostic(await run.finish());
  });
});
