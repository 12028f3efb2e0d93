import type { Hooks, Part, Run, World } from "./ends-world.ts";

/** A callback of an application from which something is ended. */
export interface Site {
  readonly name: string;
  /** Whether the callback is a log stream. */
  readonly logged?: boolean;
  /**
   * Whether the callback may throw. Node.js turns an error thrown by an abort listener into an uncaught
   * exception, which no library can prevent.
   */
  readonly throwable: boolean;
  /** What the scenario itself ends. */
  readonly ends: readonly Part[];
  /** Opens the world and makes the runtime call `world.act` from the callback. */
  readonly play: (world: World) => Promise<void>;
}

export const SUBJECT: readonly Part[] = ["subject", "child"];

/** A site whose callback is a hook of the subject that `trigger` makes the runtime call. */
export function hookSite(
  name: string,
  hooks: (world: World) => Hooks,
  trigger: (world: World) => unknown = () => {},
  ends: readonly Part[] = [],
): Site {
  const play = async (world: World): Promise<void> => {
    await world.open(hooks(world));
    await world.spawnFamily();
    await trigger(world);
  };
  return { name, throwable: true, ends, play };
}

/** A site whose callback is set up or called by a message of the subject. */
export function messageSite(
  name: string,
  run: (world: World) => Run,
  trigger: (world: World) => unknown = () => {},
  options: { readonly throwable?: boolean; readonly ends?: readonly Part[] } = {},
): Site {
  const play = async (world: World): Promise<void> => {
    await world.open({});
    await world.spawnFamily();
    world.subject.tell.run(run(world));
    await world.clock.advance(1);
    await trigger(world);
  };
  return { name, throwable: options.throwable ?? true, ends: options.ends ?? [], play };
}

export const boom: Run = () => {
  throw new Error("a failure of the scenario");
};

/** Calls `hook` only from the second call on. */
function laterCalls(hook: () => void): () => void {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls > 1) hook();
  };
}

const restart = (world: World): void => world.subject.tell.run(boom);
const stop = (world: World): void => world.track(world.subject.stop());

/** Adds an abort listener that calls `world.act`. */
export function listen(signal: AbortSignal, world: World): void {
  signal.addEventListener("abort", world.act);
}

const starting: readonly Site[] = [
  hookSite("state factory", ({ act }) => ({ state: act })),
  hookSite("state factory of a restart", ({ act }) => ({ state: laterCalls(act) }), restart, [
    "child",
  ]),
  hookSite("onStart", ({ act }) => ({ onStart: act })),
  hookSite("onStart after an await", ({ act }) => ({
    async onStart() {
      await Promise.resolve();
      act();
    },
  })),
  hookSite("onStart of a restart", ({ act }) => ({ onStart: laterCalls(act) }), restart, ["child"]),
];

const ending: readonly Site[] = [
  hookSite("onStop of a stop", ({ act }) => ({ onStop: act }), stop, SUBJECT),
  hookSite(
    "onStop after an await",
    ({ act }) => ({
      async onStop() {
        await Promise.resolve();
        act();
      },
    }),
    stop,
    SUBJECT,
  ),
  hookSite("onStop of a restart", ({ act }) => ({ onStop: act }), restart, ["child"]),
  {
    ...hookSite("onStop of the child when the subject stops", () => ({})),
    ends: SUBJECT,
    async play(world) {
      await world.open({}, { onStop: world.act });
      await world.spawnFamily();
      stop(world);
    },
  },
  {
    ...hookSite("onStop of the child when the subject restarts", () => ({})),
    ends: ["child"],
    async play(world) {
      await world.open({}, { onStop: world.act });
      await world.spawnFamily();
      restart(world);
    },
  },
  hookSite(
    "onFailure",
    (world) => ({
      onFailure() {
        world.act();
        return undefined;
      },
    }),
    restart,
    SUBJECT,
  ),
  hookSite(
    "onFailure with a directive",
    (world) => ({
      onFailure() {
        world.act();
        return "restart";
      },
    }),
    restart,
    SUBJECT,
  ),
  hookSite(
    "onFailure for a failed child",
    (world) => ({
      onFailure() {
        world.act();
        return "resume";
      },
    }),
    (world) => {
      const fail = (): void => world.part("child")?.tell.run(boom);
      for (let failures = 0; failures < 6; failures += 1) fail();
    },
    SUBJECT,
  ),
];

const terminations: readonly Site[] = [
  ...(["watch", "link"] as const).map((bond) =>
    hookSite(
      `onTerminated after a ${bond}`,
      ({ act }) => ({ onTerminated: act }),
      async (world) => {
        const victim = world.system.spawn(world.define("victim"));
        world.adopt(victim);
        world.part("subject")?.tell.run((c) => c[bond](victim));
        await world.clock.advance(1);
        victim.kill();
      },
    ),
  ),
];

const handlers: readonly Site[] = [
  messageSite("told handler", ({ act }) => act),
  messageSite("told handler after an await", ({ act }) => async () => {
    await Promise.resolve();
    act();
  }),
  messageSite(
    "asked handler",
    () => () => {},
    (world) => world.track(world.part("subject")?.ask.run(world.act)),
  ),
  messageSite(
    "asked handler after an await",
    () => () => {},
    (world) => {
      const answer = async (): Promise<void> => {
        await Promise.resolve();
        world.act();
      };
      world.track(world.part("subject")?.ask.run(answer));
    },
  ),
  ...[1, 2, 3].map((wanted) =>
    messageSite(
      `then getter of a reply, read for the ${wanted}. time`,
      () => () => {},
      (world) => {
        let reads = 0;
        const reply = {
          // biome-ignore lint/suspicious/noThenProperty: the runtime reads the `then` of any reply
          get then() {
            reads += 1;
            if (reads === wanted) world.act();
            return wanted === 3 ? undefined : (resolve: () => void) => resolve();
          },
        };
        world.track(world.part("subject")?.ask.run(() => reply));
        // A reply without `then` is read twice only.
        if (wanted === 3) world.acts += 1;
      },
    ),
  ),
  messageSite("then of a thenable reply", (world) => () => ({
    // biome-ignore lint/suspicious/noThenProperty: handlers may return any thenable
    then(resolve: () => void) {
      world.act();
      resolve();
    },
  })),
  ...(["code", "name", "message", "stack"] as const).map((key) =>
    messageSite(
      `getter of ${key} of a thrown error`,
      (world) => () => {
        const error = new Error("a failure of the scenario");
        Object.defineProperty(error, key, {
          get() {
            world.act();
            return "TEXT";
          },
        });
        throw error;
      },
      undefined,
      { ends: SUBJECT },
    ),
  ),
  messageSite(
    "prototype trap of a thrown proxy",
    (world) => () => {
      throw new Proxy(
        {},
        {
          getPrototypeOf() {
            world.act();
            return Error.prototype;
          },
        },
      );
    },
    undefined,
    { ends: SUBJECT },
  ),
];

/** Callbacks that begin, handle and end the lives of actors. */
export const LIFE_SITES: readonly Site[] = [...starting, ...ending, ...terminations, ...handlers];
