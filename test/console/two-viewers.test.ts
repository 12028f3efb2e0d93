import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { openConsole, StreamViewer } from "../_support/console-kit.ts";

const worker = defineActor("worker", { handlers: { work: () => {} } });

describe("a viewer that comes while another looks", () => {
  it("leaves the other's changes where they were: none of them is lost", async () => {
    await using kit = await openConsole();
    const ref = kit.system.spawn(worker);
    await using first = await StreamViewer.open(kit.console, "?rate=4");
    await first.event(1);
    ref.tell.work();
    await using second = await StreamViewer.open(kit.console, "?rate=4");
    await second.event(1);
    await first.event(first.events.length + 1);

    for (const viewer of [first, second]) {
      let known: number | undefined;
      for (const { frame } of viewer.events) {
        for (const { since, sequence } of frame.snapshots) {
          assert.ok(
            since === null || (known !== undefined && since <= known),
            `${since} > ${known}`,
          );
          known = sequence;
        }
      }
    }
  });
});
