import assert from "node:assert/strict";
import { it } from "node:test";
import { CellRef } from "../../../src/actor/delivery/cell-ref.ts";
import type { AnyActorRef } from "../../../src/index.ts";
import { defineMember, type MemberRef } from "../../_support/actor-family.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { until } from "../../_support/actor-waiting.ts";

/** Entries of all tables of an actor's links. */
function entries(ref: AnyActorRef): number {
  const links = CellRef.cellOf(ref)?.extrasIfAny?.links;
  if (links === undefined) return 0;
  const { linked, watched, watchers, notices } = links;
  return linked.size + watched.size + watchers.size + notices.size;
}

const quiet = { tracing: false } as const;

it("an actor that outlives what it is tied to keeps nothing of it, after a million ties", async () => {
  await using open = openSystem(quiet);
  let told = 0;
  const onTerminated = (): void => {
    told += 1;
  };
  const hub = open.system.spawn(defineMember("hub", [], { onTerminated }));
  const spoke = defineMember("spoke", []);
  await hub.ask.act((c) => {
    const ref = c.system.spawn(spoke);
    for (let tie = 0; tie < 1_000_000; tie += 1) {
      if (tie % 2 === 0) c.link(ref);
      else c.unlink(ref);
    }
    ref.kill();
  });
  const spokes = Array.from({ length: 2_000 }, () => open.system.spawn(spoke));

  await hub.ask.act((c) => {
    for (const [index, ref] of spokes.entries()) {
      if (index % 3 !== 0) c.link(ref);
      if (index % 3 !== 1) c.watch(ref);
    }
  });
  assert.ok(entries(hub) > 2_000);
  for (const [index, ref] of spokes.entries()) {
    if (index % 2 === 0) ref.kill();
    else void ref.stop();
  }

  await until(() => told === 2_000);
  assert.equal(entries(hub), 0);
  assert.equal(
    spokes.reduce((sum, ref) => sum + entries(ref), 0),
    0,
  );
});

it("actors that are outlived are kept by nothing they were tied to", async () => {
  await using open = openSystem(quiet);
  const hub = open.system.spawn(defineMember("hub", []));
  const spoke = defineMember("spoke", [], { onTerminated: () => {} });
  const spokes: MemberRef[] = Array.from({ length: 500 }, () => open.system.spawn(spoke));
  for (const ref of spokes) {
    await ref.ask.act((c) => {
      c.link(hub);
      c.watch(hub);
    });
  }
  assert.equal(entries(hub), 1_000);

  await Promise.all(spokes.map((ref) => ref.stop()));

  assert.equal(entries(hub), 0);
  assert.equal(await hub.ask.act(() => "well"), "well");
});
