import type { ActorContext } from "../../src/index.ts";
import { forever } from "./actor-waiting.ts";
import { listen, messageSite, type Site, SUBJECT } from "./ends-sites.ts";
import type { Part, Run, World } from "./ends-world.ts";

/** The ways in which the runtime aborts signals of the subject, and what ends by them. */
const ABORTS: readonly {
  readonly name: string;
  readonly ends: readonly Part[];
  readonly abort: (world: World) => void;
}[] = [
  { name: "a kill", ends: SUBJECT, abort: (world) => world.part("subject")?.kill() },
  {
    name: "a kill of the parent",
    ends: ["parent", "elder", "subject", "younger", "child"],
    abort: (world) => world.part("parent")?.kill(),
  },
  {
    name: "a restart",
    ends: ["child"],
    abort: (world) => world.restart("subject"),
  },
  {
    name: "the restart of the parent",
    ends: ["elder", "subject", "younger", "child"],
    abort: (world) => world.restart("parent"),
  },
  {
    name: "a stop",
    ends: SUBJECT,
    abort: (world) => world.track(world.part("subject")?.stop()),
  },
  {
    name: "a shutdown",
    ends: ["parent", "elder", "subject", "younger", "child", "stranger"],
    abort: (world) => world.track(world.system.shutdown()),
  },
];

/** Sites whose callback is an abort listener that `setUp` adds, one for each cause of the abort. */
function abortSites(
  name: string,
  setUp: (world: World, c: ActorContext<unknown>) => unknown,
  alsoEnds: readonly Part[] = [],
): Site[] {
  return ABORTS.map(({ name: cause, abort, ends }) =>
    messageSite(`${name}, by ${cause}`, (world) => (c) => setUp(world, c), abort, {
      throwable: false,
      ends: [...ends, ...alsoEnds],
    }),
  );
}

const tasks: readonly Site[] = [
  messageSite("task before its first await", (world) => (c) => {
    c.spawnTask("job", () => {
      world.act();
      return forever();
    });
  }),
  messageSite("task after an await", (world) => (c) => {
    c.spawnTask("job", async () => {
      await Promise.resolve();
      world.act();
      return forever();
    });
  }),
  messageSite("task that ends", (world) => (c) => {
    c.spawnTask("job", async () => {
      await Promise.resolve();
      world.act();
    });
  }),
  messageSite(
    "task's abort listener, by cancel",
    (world) => (c) => {
      c.spawnTask("job", (signal) => {
        listen(signal, world);
        return forever();
      }).cancel();
    },
    undefined,
    { throwable: false },
  ),
  ...abortSites("task's abort listener", (world, c) => {
    c.spawnTask("job", (signal) => {
      listen(signal, world);
      return forever();
    });
  }),
  ...abortSites("second of two tasks' abort listeners", (world, c) => {
    c.spawnTask("job", forever);
    c.spawnTask("job", (signal) => {
      listen(signal, world);
      return new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    c.spawnTask("job", forever);
  }),
  ...abortSites("task that goes on after its abort", (world, c) => {
    c.spawnTask("job", async (signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      world.act();
    });
  }),
  ...abortSites("abort listener of c.signal", (world, c) => {
    listen(c.signal, world);
    c.spawnTask("job", forever); // so that a stop aborts the signal
  }),
  ...abortSites(
    "abort listener of c.signal while a handler hangs",
    (world, c) => {
      listen(c.signal, world);
      c.spawnTask("job", async () => {
        await world.clock.advance(1);
        throw new Error("a failure of the scenario");
      });
      return forever();
    },
    SUBJECT,
  ),
  messageSite(
    "abort listener of an ask",
    (world) => (c) => {
      const controller = new AbortController();
      listen(controller.signal, world);
      c.spawnTask("asker", async () => {
        const hanging = world.part("elder")?.with({ signal: controller.signal }).ask.run(forever);
        await hanging?.catch(() => {});
      });
      c.after("abort", 5, () => controller.abort());
    },
    (world) => world.clock.advance(10),
    { throwable: false, ends: ["elder"] },
  ),
];

const timers: readonly Site[] = [
  messageSite("action of c.after", (world) => (c) => c.after("later", 1, world.act)),
  messageSite("action of c.every", (world) => (c) => c.every("tick", 50, world.act)),
  messageSite(
    "action of c.every after an await",
    (world) => (c) =>
      c.every("tick", 50, async () => {
        await Promise.resolve();
        world.act();
      }),
  ),
];

async function* items(world: World): AsyncGenerator<number> {
  yield 1;
  world.act();
  yield 2;
}

/** A source that never ends and notices when it is closed. */
function closable(onClose: () => void): AsyncIterable<number> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: forever,
      return: () => {
        onClose();
        return Promise.resolve({ done: true as const, value: undefined });
      },
    }),
  };
}

const pipes: readonly Site[] = [
  messageSite(
    "source function of a pipe",
    (world) => (c) =>
      c.pipe(() => {
        world.act();
        return closable(() => {});
      }, "item"),
  ),
  messageSite("iterator of a pipe", (world) => (c) => c.pipe(items(world), "item")),
  messageSite(
    "iterator that a pipe opens",
    (world) => (c) =>
      c.pipe(
        {
          [Symbol.asyncIterator]() {
            world.act();
            return closable(() => {})[Symbol.asyncIterator]();
          },
        },
        "item",
      ),
  ),
  messageSite(
    "pull of a piped stream",
    (world) => (c) =>
      c.pipe(
        new ReadableStream({
          pull() {
            world.act();
            return forever();
          },
        }),
        "item",
      ),
  ),
  ...abortSites("signal of a pipe", (world, c) => {
    c.pipe((signal) => {
      listen(signal, world);
      return closable(() => {});
    }, "item");
  }),
  ...abortSites(
    "signal of a pipe while a handler hangs",
    (world, c) => {
      c.pipe((signal) => {
        listen(signal, world);
        return closable(() => {});
      }, "item");
      return forever();
    },
    SUBJECT,
  ),
  ...abortSites("return of a piped iterator", (world, c) => {
    c.pipe(closable(world.act), "item");
  }).map((site) => ({ ...site, throwable: true })),
];

function pipedMessage(name: string, source: () => unknown): Site {
  const play = async (world: World): Promise<void> => {
    const act: Run = () => world.act();
    await world.open({ handlers: { done: act } });
    await world.spawnFamily();
    world.subject.tell.run((c) =>
      c.pipe(source() as never, "item", { onEnd: "done", onError: "done" }),
    );
  };
  return { name, throwable: true, ends: [], play };
}

/** Callbacks of work that runs beside the handlers. */
export const WORK_SITES: readonly Site[] = [
  ...tasks,
  ...timers,
  ...pipes,
  pipedMessage("message after a pipe's last item", () => Promise.resolve(1)),
  pipedMessage("message for an error of a pipe", () => Promise.reject(new Error("source"))),
];
