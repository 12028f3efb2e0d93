import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createConsole } from "../../src/console.ts";
import { addClusterViews } from "../../src/monitor/cluster/cluster-views.ts";
import { parseAddress } from "../../src/terminal/connection/console-address.ts";
import { ConsoleClient } from "../../src/terminal/connection/console-client.ts";
import { Session } from "../../src/terminal/session.ts";
import { UNICODE_GLYPHS } from "../../src/terminal/text/glyphs.ts";
import { textOf } from "../../src/terminal/text/styled-line.ts";
import { ManualClock } from "../../src/testing.ts";
import type { ClusterRow } from "../../src/wire/cluster.ts";
import { openSystem } from "../_support/actor-system.ts";
import { FakeCluster } from "../_support/console-cluster.ts";
import { until } from "../_support/telemetry-until.ts";
import { draw, partsOf, type Wishes } from "../_support/terminal-screens.ts";
import { frameOf, snapshotOf } from "../_support/wire-rows.ts";

const frames = [frameOf([snapshotOf([])])];

async function drawn(change: Partial<ClusterRow> = {}): Promise<string> {
  const cluster = { system: "shop", ...(await new FakeCluster().overview()), ...change };
  return screen({ clusterLook: [cluster] });
}

function screen(wishes: Wishes): string {
  return draw(partsOf(frames, { ...wishes, state: { overlay: "cluster" } }), 100, 30).join("\n");
}

describe("limelight top's cluster", () => {
  it("shows nodes, those that cannot be reached first, what is wrong, and the last moves", async () => {
    const text = await drawn();

    for (const wanted of [
      /^ {2}shop {2}nats 2\.15\.2, machine {2}coordinator r-1-aaa$/m,
      /^ {4}1 node cannot be reached$/m,
      /^ {4}r-3-ccc +unreachable, last seen .* ago {2}3 actors$/m,
      /^ {2}› r-1-aaa +ready {2}3 actors, lease 8\.0 s$/m,
      /^ {4}r-2-bbb +ready {2}3 actors, lease 8\.0 s, health 2$/m,
      /^ {4}cart\/alice {2}r-2-bbb → r-1-aaa, runner lost {2}/m,
    ]) {
      assert.match(text, wanted);
    }
    assert.ok(text.indexOf("r-3-ccc") < text.indexOf("› r-1-aaa"));
  });

  it("escapes what others have named", async () => {
    const text = await drawn({ system: "shop\u001b[31m" });

    assert.ok(text.includes("shop\\u{1b}[31m"), text);
  });

  it("says why there is nothing to show", () => {
    assert.match(screen({ clusterLook: undefined }), /^ {2}reading/m);
    assert.match(screen({ clusterLook: [] }), /^ {2}no system of this process is in a cluster$/m);
    assert.match(screen({ clusterProblem: "the console is away" }), /^ {2}the console is away$/m);
  });

  it("is read while it is shown, and no longer", async () => {
    await using open = openSystem();
    const { system } = open;
    const cluster = new FakeCluster();
    let reads = 0;
    addClusterViews(
      system,
      Object.assign(cluster, {
        overview: () => {
          reads += 1;
          return FakeCluster.prototype.overview.call(cluster);
        },
      }),
    );
    const console = await createConsole(system, { port: 0 });
    const clock = new ManualClock();
    const client = new ConsoleClient(parseAddress(console.url));
    const options = { sort: undefined, filter: "", system: undefined };
    const session = new Session({ ...options, client, clock, glyphs: UNICODE_GLYPHS });
    try {
      await session.open();
      const text = (): string =>
        session
          .draw({ columns: 100, rows: 30 })
          .lines.map((line) => textOf(line))
          .join("\n");

      session.press("x");
      await until(() => text().includes("r-3-ccc"), "the nodes");
      await clock.advance(3_000);
      await until(() => reads === 2, "the second read");
      session.press("x");
      await until(() => !text().includes("r-3-ccc"), "the table");
      await clock.advance(60_000);

      assert.equal(reads, 2);
    } finally {
      session.close();
      await console.close();
    }
  });
});
