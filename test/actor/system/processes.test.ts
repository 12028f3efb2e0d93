import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonLines, type ProgramEnd, runProgram } from "../../_support/actor-program.ts";

/** What the program said itself, without the log. */
function said(end: ProgramEnd): unknown[] {
  return jsonLines(end).filter((line) => !isLogLine(line));
}

function isLogLine(line: unknown): line is Record<string, unknown> {
  return typeof line === "object" && line !== null && "level" in line;
}

/** Ended well, by itself. */
function assertEndedWell(end: ProgramEnd): void {
  const { status, signal, errors } = end;
  assert.deepEqual({ status, signal, errors }, { status: 0, signal: null, errors: "" });
}

describe("a process", { concurrency: true }, () => {
  it("survives tasks that throw, reject, and reject with nothing", async () => {
    const end = await runProgram(`
      const worker = defineActor("worker", {
        handlers: {
          work(c, how) {
            c.spawnTask("work", () => {
              if (how === "throw") throw new Error("oops");
              return Promise.reject(how === "nothing" ? undefined : new Error("oops"));
            });
          },
          ping: () => "pong",
        },
      });
      const system = createSystem();
      const ref = system.spawn(worker);
      for (const how of ["throw", "reject", "nothing"]) {
        ref.tell.work(how);
        say(await ref.ask.ping());
      }
      await system.shutdown();
    `);

    assertEndedWell(end);
    assert.deepEqual(said(end), ["pong", "pong", "pong"]);
  });

  it("survives handlers and hooks that reject while nothing waits for them", async () => {
    const end = await runProgram(`
      const clumsy = defineActor("clumsy", {
        onStart: () => Promise.reject(new Error("start")),
        onStop: () => Promise.reject(new Error("stop")),
        handlers: { fail: () => Promise.reject(new Error("handler")) },
      });
      const system = createSystem();
      for (let actor = 0; actor < 3; actor += 1) system.spawn(clumsy).tell.fail();
      say(await system.shutdown().then(({ killed }) => killed));
    `);

    assertEndedWell(end);
    assert.deepEqual(said(end), [0]);
  });

  it("lives on for a pending ask, which ends in a time-out, and then ends by itself", async () => {
    const end = await runProgram(`
      const deaf = defineActor("deaf", { handlers: { hang: () => new Promise(() => {}) } });
      const ref = createSystem().spawn(deaf);
      ref.with({ timeoutMs: 100 }).ask.hang().catch((error) => say(error.code));
    `);

    assertEndedWell(end);
    assert.deepEqual(said(end), ["ERR_ASK_TIMEOUT"]);
  });

  it("is not kept alive by idle actors", async () => {
    const end = await runProgram(`
      const idle = defineActor("idle", { handlers: { ping: () => "pong" } });
      const system = createSystem();
      for (let actor = 0; actor < 10; actor += 1) system.spawn(idle).tell.ping();
    `);

    assertEndedWell(end);
  });

  it("ends by itself after a shutdown, regardless of what was set going", async () => {
    const end = await runProgram(`
      const busy = defineActor("busy", {
        mailbox: { limit: 1, whenFull: "wait" },
        handlers: {
          begin(c) {
            c.every("tick", 1_000, () => {});
            c.after("later", 60_000, () => {});
            c.spawnTask("deaf", () => new Promise(() => {}));
          },
          hang: () => new Promise(() => {}),
        },
      });
      const system = createSystem({ shutdownDeadlineMs: 50 });
      const ref = system.spawn(busy);
      ref.tell.begin();
      const asks = [1, 2, 3].map(() => ref.ask.hang().catch((error) => say(error.code)));
      ref.with({ timeoutMs: 60_000 }).tell.hang();
      await system.shutdown();
      await Promise.all(asks);
    `);

    assertEndedWell(end);
    assert.deepEqual(said(end), ["ERR_ACTOR_KILLED", "ERR_ACTOR_KILLED", "ERR_ACTOR_KILLED"]);
  });

  it("without any SDK logs JSON lines that carry the actor, also after an await", async () => {
    const end = await runProgram(`
      const talker = defineActor("talker", {
        handlers: {
          async talk(c) {
            c.log.info("before");
            await new Promise(setImmediate);
            c.log.info("after");
          },
        },
      });
      const system = createSystem();
      const ref = system.spawn(talker);
      await ref.ask.talk();
      await system.shutdown();
      say(ref.id);
    `);

    assertEndedWell(end);
    const [id] = said(end);
    const lines = jsonLines(end).filter(isLogLine);
    assert.deepEqual(
      lines.map(({ msg, actor_id, actor_type }) => ({ msg, actor_id, actor_type })),
      ["actor started", "before", "after", "actor stopped"].map((msg) => ({
        msg,
        actor_id: id,
        actor_type: "talker",
      })),
    );
  });
});
