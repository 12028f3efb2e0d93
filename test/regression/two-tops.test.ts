import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { defineActor } from "../../src/index.ts";
import { Connection } from "../../src/terminal/connection/connection.ts";
import { parseAddress } from "../../src/terminal/connection/console-address.ts";
import { ConsoleClient } from "../../src/terminal/connection/console-client.ts";
import { ManualClock } from "../../src/testing.ts";
import { ViewerModel } from "../../src/viewer/model.ts";
import { openConsole } from "../_support/console-kit.ts";
import { until } from "../_support/telemetry-until.ts";

const TICKS = 12;

const worker = defineActor("worker", { handlers: { work: () => {} } });

/** What `limelight top` does with the frames of `url`, counted. */
class Top implements Disposable {
  readonly #model = new ViewerModel();
  readonly #connection: Connection;
  taken = 0;
  full = 0;
  refused = 0;

  constructor(url: string) {
    this.#connection = new Connection({
      client: new ConsoleClient(parseAddress(url)),
      clock: systemClock,
      rateHz: 4,
      onFrame: (frame) => {
        const taken = this.#model.apply(frame).complete;
        if (taken) this.taken += 1;
        else this.refused += 1;
        if (frame.full) this.full += 1;
        return taken;
      },
      onState() {},
    });
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

describe("two tops at one rate", () => {
  it("get one full frame each, and refuse none", async () => {
    const clock = new ManualClock();
    await using kit = await openConsole({ clock });
    const ref = kit.system.spawn(worker);
    using first = new Top(kit.console.url);
    await first.open();
    const tick = async (): Promise<void> => {
      ref.tell.work();
      await clock.advance(250);
    };
    await tick();
    ref.tell.work();
    using second = new Top(kit.console.url);
    await second.open();

    for (let at = 0; at < TICKS; at += 1) {
      const { taken, refused } = second;
      await tick();
      await until(() => second.taken + second.refused > taken + refused, `frame ${at}`);
    }

    assert.deepEqual({ full: first.full, refused: first.refused }, { full: 1, refused: 0 });
    assert.deepEqual({ full: second.full, refused: second.refused }, { full: 1, refused: 0 });
    assert.ok(second.taken > TICKS);
  });
});
