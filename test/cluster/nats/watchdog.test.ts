import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConsumerWatchdog, Remedy } from "../../../src/cluster/nats/consumer-watchdog.ts";
import type { ConsumerState } from "../../../src/cluster/nats/log-consumer.ts";

const LOOKS_PER_QUESTION = 5;

/** A consumer as the server tells of it, and how long its pull has been silent. */
class Scene {
  state: ConsumerState | undefined = { pending: 0, inFlight: 0, waiting: 0 };
  silentMs = 0;
  questions = 0;
  /** Runs while the server is asked. */
  meanwhile: () => void = () => {};
  readonly watchdog: ConsumerWatchdog;

  constructor() {
    const scene = this;
    this.watchdog = new ConsumerWatchdog({
      consumer: {
        state: async () => {
          scene.questions += 1;
          scene.meanwhile();
          return scene.state;
        },
      },
      pull: {
        get silentMs() {
          return scene.silentMs;
        },
      },
      maxInFlight: 4,
    });
  }

  /** The remedies of as many looks as lead to one question. */
  async round(): Promise<readonly Remedy[]> {
    const remedies: Remedy[] = [];
    for (let look = 0; look < LOOKS_PER_QUESTION; look += 1) {
      remedies.push(await this.watchdog.look());
    }
    return remedies.filter((remedy) => remedy !== Remedy.None);
  }
}

describe("a consumer that gets nothing (C1)", () => {
  it("is left alone while nothing waits for it", async () => {
    const scene = new Scene();

    assert.deepEqual(await scene.round(), []);
    assert.deepEqual(await scene.round(), []);
    assert.equal(scene.questions, 2);
  });

  it("is not asked about while messages come", async () => {
    const scene = new Scene();
    scene.state = { pending: 10, inFlight: 0, waiting: 0 };

    for (let look = 0; look < 3 * LOOKS_PER_QUESTION; look += 1) {
      scene.watchdog.delivered();
      assert.equal(await scene.watchdog.look(), Remedy.None);
    }

    assert.equal(scene.questions, 0);
  });

  it("pulls again when messages wait, is then replaced, and is well after a delivery", async () => {
    const scene = new Scene();
    scene.state = { pending: 3, inFlight: 1, waiting: 0 };

    assert.deepEqual(await scene.round(), [Remedy.Pull]);
    assert.deepEqual(await scene.round(), [Remedy.Replace]);
    assert.deepEqual(await scene.round(), [Remedy.Replace]);
    scene.watchdog.delivered();
    assert.equal(await scene.watchdog.look(), Remedy.None);
    assert.deepEqual(await scene.round(), [Remedy.Pull]);
  });

  it("is left alone when it has as many in flight as it may", async () => {
    const scene = new Scene();
    scene.state = { pending: 3, inFlight: 4, waiting: 0 };

    assert.deepEqual(await scene.round(), []);
  });

  it("is left alone when a message comes while the server is asked", async () => {
    const scene = new Scene();
    scene.state = { pending: 3, inFlight: 1, waiting: 0 };
    scene.meanwhile = () => scene.watchdog.delivered();

    assert.deepEqual(await scene.round(), []);
  });

  it("pulls again when its pull is silent, as after a change of the leader", async () => {
    const scene = new Scene();
    scene.silentMs = 6_001;

    assert.equal(await scene.watchdog.look(), Remedy.Pull);
    assert.equal(await scene.watchdog.look(), Remedy.Replace);
  });

  it("is created when it is gone", async () => {
    const scene = new Scene();
    scene.state = undefined;
    scene.watchdog.lostConsumer();

    assert.equal(await scene.watchdog.look(), Remedy.Create);
    scene.state = { pending: 0, inFlight: 0, waiting: 0 };
    assert.equal(await scene.watchdog.look(), Remedy.None);
    assert.equal(scene.questions, 1);
  });
});
