import assert from "node:assert/strict";
import { accessOf } from "../../src/activation/access/system-access.ts";
import { defineKeyedActor, event, type KeyedAddress, type KeyedRef } from "../../src/index.ts";
import { sendingOf } from "./access-world.ts";
import { settleTurns, until } from "./actor-waiting.ts";
import { type FakeClient, FakeGateway } from "./fake-gateway.ts";
import { type OpenKeyed, openKeyed } from "./keyed.ts";

/** Who gets an event: all, all but one client, or only one. */
export type Audience = "all" | { readonly except: number } | { readonly only: number };
export type EventName = "loud" | "quiet";

/** What is done to the actor and its clients. */
export type Step =
  | {
      readonly do: "publish";
      readonly event: EventName;
      readonly to: Audience;
      /** Whether the state changes, so that the event waits for a commit. */
      readonly changes: boolean;
      readonly times: number;
    }
  | { readonly do: "connect" | "cut" | "block" | "unblock"; readonly client: number }
  | { readonly do: "sleep" | "crash" | "restart" | "destroy" | "lose" }
  /** The next commit takes long: further steps run meanwhile. */
  | { readonly do: "hold" | "release" };

/** The kinds of events that each client subscribes to. */
export const CLIENTS: readonly (readonly EventName[])[] = [
  ["loud"],
  ["loud", "quiet"],
  ["quiet"],
  ["loud"],
];

type Messages = {
  readonly publish: (
    c: never,
    event: EventName,
    first: number,
    times: number,
    to: Audience,
    changes: boolean,
  ) => boolean;
  readonly fail: (c: never) => void;
  readonly sleep: (c: never) => void;
};
type Speaker = KeyedAddress<undefined, KeyedRef<Messages>>;

function speakerOf(save: "before_reply" | "interval"): Speaker {
  return defineKeyedActor(`speaker_${save}`, {
    state: () => ({ count: 0 }),
    save,
    events: { loud: event<number>(), quiet: event<number>() },
    replay: { events: 4 },
    restart: { maxRestarts: 1_000 },
    onBeforeConnect: (_c, { params }: { readonly params: number }) => params,
    handlers: {
      /** Returns whether there is a connection that is left out. */
      publish(c, name: EventName, first: number, times: number, to: Audience, changes: boolean) {
        const excepted = typeof to === "object" && "except" in to ? to.except : undefined;
        const except = [...c.connections].find(({ state }) => state === excepted);
        for (let at = 0; at < times; at += 1) {
          if (changes) c.state.count += 1;
          if (to === "all") c.broadcast(name, first + at);
          else if ("only" in to) {
            c.broadcast(name, first + at, { where: ({ state }) => state === to.only });
          } else c.broadcast(name, first + at, { except });
        }
        return except !== undefined;
      },
      fail() {
        throw new Error("broken");
      },
      sleep: (c) => c.sleep(),
    },
  }) as unknown as Speaker;
}

const SPEAKERS = { before_reply: speakerOf("before_reply"), interval: speakerOf("interval") };

/** An event as the model knows it. */
interface Said {
  readonly event: EventName;
  readonly to: Audience;
  /** Whether it was published; `undefined` until that is known, or if it never will be. */
  published: boolean | undefined;
  /** Whether the client that is left out was connected: one that was not may get it later. */
  leftOut: boolean;
}

/** A client over all of its connections. */
interface Person {
  client: FakeClient | undefined;
  last: FakeClient["last"] | undefined;
  /** Numbers of the events that it got, in order. */
  readonly got: number[];
  /** Number of the events before each of its first connection and the gaps that it was told of. */
  readonly told: number[];
}

/** An actor with clients of two gateways, and what all of them have seen. */
export class EventModel {
  readonly #open: OpenKeyed;
  readonly #speaker: Speaker;
  readonly #gateways: readonly FakeGateway[];
  readonly #people: readonly Person[];
  readonly #said: Said[] = [];
  readonly #asks = new Set<Promise<void>>();
  #release: (() => void) | undefined;

  constructor(save: "before_reply" | "interval") {
    this.#open = openKeyed();
    this.#speaker = SPEAKERS[save];
    const access = accessOf(this.#open.system);
    assert.ok(access !== undefined);
    const gateway = (): FakeGateway =>
      new FakeGateway(access.resolve(this.#speaker, ["one"]), () => sendingOf(this.#open));
    this.#gateways = [gateway(), gateway()];
    this.#people = CLIENTS.map(() => ({ client: undefined, last: undefined, got: [], told: [] }));
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.#take(step);
      await settleTurns(2);
      this.#collect();
    }
    await this.#finish();
    this.#check();
  }

  async #take(step: Step): Promise<void> {
    const ref = this.#open.system.get(this.#speaker, "one");
    switch (step.do) {
      case "publish":
        this.#publish(step);
        break;
      case "connect":
        await this.#connect(step.client);
        break;
      case "cut":
        await this.#cut(step.client);
        break;
      case "block":
      case "unblock":
        this.#setBlocked(step.client, step.do === "block");
        break;
      case "sleep":
        ref.tell.sleep();
        break;
      case "crash":
        ref.kill();
        break;
      case "restart":
        ref.tell.fail();
        break;
      case "destroy":
        ref.destroy().catch(() => {}); // another one may be under way
        break;
      case "lose":
        this.#open.store.lose("no");
        break;
      case "hold":
        this.#release ??= this.#open.store.hold();
        break;
      case "release":
        this.#release?.();
        this.#release = undefined;
        break;
    }
  }

  #publish({ event: name, to, changes, times }: Step & { readonly do: "publish" }): void {
    const ref = this.#open.system.get(this.#speaker, "one");
    const first = this.#said.length;
    const said = Array.from({ length: times }, (): Said => {
      return { event: name, to, published: undefined, leftOut: false };
    });
    this.#said.push(...said);
    const asked = ref.ask.publish(name, first, times, to, changes).then(
      (leftOut) => {
        for (const one of said) Object.assign(one, { published: true, leftOut });
      },
      () => {}, // it may have been published all the same, to those who were connected
    );
    this.#asks.add(asked);
    void asked.then(() => this.#asks.delete(asked));
  }

  async #connect(number: number): Promise<void> {
    const person = this.#people[number] as Person;
    if (person.client !== undefined) return;
    const gateway = this.#gateways[number % this.#gateways.length] as FakeGateway;
    const { last } = person;
    const events = CLIENTS[number] as readonly EventName[];
    const connecting = gateway.connect({ events, params: number, last });
    void this.#untilSettled(connecting);
    try {
      person.client = await connecting;
    } catch {
      return; // it tries again at the end
    }
    const isTold = last === undefined || person.client.gap !== undefined;
    if (isTold) person.told.push(this.#said.length);
  }

  /** A commit that is held would be waited for here. */
  async #untilSettled(connecting: Promise<unknown>): Promise<void> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    connecting.then(end, end);
    await settleTurns(10);
    if (settled) return;
    this.#release?.();
    this.#release = undefined;
  }

  async #cut(number: number): Promise<void> {
    const person = this.#people[number] as Person;
    const { client } = person;
    if (client === undefined) return;
    this.#leave(person);
    const gateway = this.#gateways[number % this.#gateways.length] as FakeGateway;
    void gateway.close(client);
  }

  #setBlocked(number: number, blocked: boolean): void {
    const { client } = this.#people[number] as Person;
    if (client !== undefined) client.blocked = blocked;
  }

  /** Takes what the clients got. One that was overtaken by the feed, or whose connection has ended, is cut. */
  #collect(): void {
    for (const [number, person] of this.#people.entries()) {
      const { client } = person;
      if (client === undefined) continue;
      const isWhole = client.ended !== undefined || client.pump();
      if (client.ended !== undefined) this.#leave(person);
      else if (!isWhole) void this.#cut(number);
    }
  }

  #leave(person: Person): void {
    const { client } = person;
    person.last = client?.last;
    person.client = undefined;
    for (const body of client?.bodies ?? []) person.got.push(body as number);
  }

  /** Everything ends, and each client comes back once more. */
  async #finish(): Promise<void> {
    this.#release?.();
    await until(() => this.#asks.size === 0);
    for (const [number, person] of this.#people.entries()) {
      this.#setBlocked(number, false);
      this.#collect();
      for (let attempt = 0; person.client === undefined && attempt < 5; attempt += 1) {
        await this.#connect(number);
      }
      assert.ok(person.client !== undefined, `client ${number} could connect again`);
    }
    this.#collect();
    for (const number of this.#people.keys()) await this.#cut(number);
    await this.#open[Symbol.asyncDispose]();
  }

  #check(): void {
    for (const [number, { got, told }] of this.#people.entries()) {
      const events = CLIENTS[number] as readonly EventName[];
      for (const [at, one] of got.entries()) {
        const said = this.#said[one] as Said;
        assert.ok(at === 0 || one > (got[at - 1] as number), `client ${number}: ${got}`);
        assert.ok(events.includes(said.event), `client ${number} has subscribed to event ${one}`);
        const isMeant = isFor(said.to, number) || ("except" in Object(said.to) && !said.leftOut);
        assert.ok(isMeant, `event ${one} is for client ${number}`);
      }
      const received = new Set(got);
      const [first = Number.POSITIVE_INFINITY] = told;
      for (const [one, { event: name, to, published }] of this.#said.entries()) {
        if (published !== true || one < first || !events.includes(name) || !isFor(to, number))
          continue;
        const isTold = told.some((gap) => gap > one);
        assert.ok(received.has(one) || isTold, `client ${number} has lost event ${one} unnoticed`);
      }
    }
  }
}

function isFor(to: Audience, client: number): boolean {
  if (to === "all") return true;
  return "only" in to ? to.only === client : to.except !== client;
}
