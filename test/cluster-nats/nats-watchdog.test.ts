import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect } from "@nats-io/transport-node";
import { systemClock } from "../../src/base/clock.ts";
import type { Delivery } from "../../src/cluster/engine/log.ts";
import { NatsConsumption } from "../../src/cluster/nats/nats-consumption.ts";
import { logPrefix } from "../../src/cluster/nats/stream-plan.ts";
import { JetStreamApi } from "../../src/cluster/nats-client/jetstream-api.ts";
import { readNatsOptions } from "../../src/cluster/nats-client/nats-options.ts";
import { type Outgoing, Uplink } from "../../src/cluster/nats-client/uplink.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { NatsSessions, soon } from "../_support/nats-sessions.ts";

const STREAM = "LL_limelight_CMD";
const PULL = "$JS.API.CONSUMER.MSG.NEXT.";
const LONG_MS = 60_000;

/** A consumer of the log of commands on a real server, whose requests to the server a test lets get lost. */
class Scene implements AsyncDisposable {
  readonly server: NatsServer;
  readonly texts: string[] = [];
  readonly faults: string[] = [];
  /** Whether what is published to a subject is lost on its way. */
  #loses: (subject: string) => boolean = () => false;
  readonly #sessions: NatsSessions;
  readonly #acks: Promise<void>[] = [];
  readonly #stack = new AsyncDisposableStack();

  private constructor(server: NatsServer) {
    this.server = server;
    this.#stack.use(server);
    this.#sessions = this.#stack.use(new NatsSessions({ servers: server.address }));
  }

  static async open(): Promise<Scene> {
    return new Scene(await NatsServer.start());
  }

  /** Appends a message and waits for it: it comes once. */
  async deliverOne(): Promise<void> {
    const { commands } = await this.#sessions.open();
    const body = new TextEncoder().encode("1");
    await commands.append({ id: "1", subject: "r.a", headers: {}, body });
    await soon("delivered", () => this.texts[0]);
    assert.deepEqual(this.texts, ["1"]);
  }

  /** Loses the first `count` pulls. */
  losePulls(count: number): void {
    let left = count;
    this.#loses = (subject) => {
      if (!subject.startsWith(PULL) || left === 0) return false;
      left -= 1;
      return true;
    };
  }

  async consume(): Promise<void> {
    await this.#sessions.open(); // creates the streams
    const settings = readNatsOptions({ servers: this.server.address });
    const onFault = ({ kind }: { readonly kind: string }): void => void this.faults.push(kind);
    const parts = { settings, clock: systemClock, runnerId: "r", onFault };
    const uplink = await Uplink.open(parts);
    this.#stack.defer(() => uplink.close());
    const consumption = new NatsConsumption(
      {
        name: "r_r",
        filter: "r",
        maxInFlight: 16,
        ackWaitMs: LONG_MS,
        deliver: (delivery) => this.#deliver(delivery),
      },
      {
        ...parts,
        uplink: this.#leaky(uplink),
        api: new JetStreamApi(uplink, LONG_MS),
        stream: STREAM,
        subjectPrefix: `${logPrefix("limelight", "cmd")}.`,
      },
    );
    this.#stack.defer(() => consumption.stop());
    await consumption.begin();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#acks);
    await this.#stack.disposeAsync();
  }

  #deliver(delivery: Delivery): void {
    this.texts.push(new TextDecoder().decode(delivery.body));
    this.#acks.push(delivery.ack());
  }

  #leaky(uplink: Uplink): Uplink {
    const publish = (message: Outgoing, replyTo?: string): boolean =>
      this.#loses(message.subject) || uplink.publish(message, replyTo);
    return new Proxy(uplink, {
      get(target, name) {
        if (name === "publish") return publish;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}

describe("a consumer that is connected and gets nothing, on a real server (C1)", () => {
  it("pulls again when its pull was lost", async () => {
    await using scene = await Scene.open();
    scene.losePulls(1);

    await scene.consume();
    await scene.deliverOne();

    assert.deepEqual(scene.faults, ["pull_renewed"]);
  });

  it("is replaced when its next pull is lost as well", async () => {
    await using scene = await Scene.open();
    scene.losePulls(2);

    await scene.consume();
    await scene.deliverOne();

    assert.deepEqual(scene.faults, ["pull_renewed", "consumer_renewed"]);
  });

  it("is replaced when the server has messages for it, answers its pulls, and delivers none", async () => {
    await using scene = await Scene.open();
    await scene.consume();
    const administrator = await connect({ servers: scene.server.address });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const answer = await administrator.request(
      `$JS.API.CONSUMER.PAUSE.${STREAM}.r_r`,
      JSON.stringify({ pause_until: until }),
    );
    assert.equal(answer.json<{ paused?: boolean }>().paused, true);

    await scene.deliverOne();

    assert.deepEqual(scene.faults, ["pull_renewed", "consumer_renewed"]);
    await administrator.close();
  });
});
