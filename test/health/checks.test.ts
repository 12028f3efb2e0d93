import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  createHealth,
  type Health,
  type HealthCheck,
  type HealthOptions,
} from "../../src/health.ts";
import { ManualClock } from "../../src/testing.ts";

interface Line {
  readonly level: string;
  readonly event: string;
  readonly check: string;
}

/** Probes on a clock that stands still, whose log lines stay in memory. */
function probes(options: HealthOptions): Health & { clock: ManualClock; lines: Line[] } {
  const clock = new ManualClock();
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (fields: { event: string; check: string }): void => {
      lines.push({ level, event: fields.event, check: fields.check });
    };
  const logger = { info: write("info"), warn: write("warn") } as never;
  return { clock, lines, ...createHealth({ clock, logger, ...options }) };
}

function failWith(code: string, text = "no"): HealthCheck {
  return () => Promise.reject(Object.assign(new Error(text), { code }));
}

describe("a check", () => {
  it("passes when it returns, and makes the process ready", async () => {
    const { readyz } = probes({ checks: { db: async () => {}, cache: () => true } });

    const { status, body } = await readyz();

    assert.equal(status, 200);
    assert.equal(body.status, "ok");
    assert.deepEqual(body.checks["db"], { status: "ok", durationMs: 0 });
  });

  it("fails with the code of its error, never with the message", async () => {
    const secret = "postgres://admin:hunter2@db";
    const { readyz } = probes({ checks: { db: failWith("ECONNREFUSED", secret) } });

    const { status, body } = await readyz();

    assert.equal(status, 503);
    assert.equal(body.status, "failed");
    assert.deepEqual(body.checks["db"], { status: "failed", code: "ECONNREFUSED", durationMs: 0 });
    assert.doesNotMatch(JSON.stringify(body), /hunter2/);
  });

  it("fails when it returns false, throws, or throws no error", async () => {
    const { readyz } = probes({
      checks: {
        no: () => false,
        thrown: () => {
          throw new RangeError("thrown");
        },
        text: () => Promise.reject("a text"),
      },
    });

    const { checks } = (await readyz()).body;

    const codes = Object.values(checks).map(({ code }) => code);
    assert.deepEqual(codes, [undefined, "ERR_CHECK_FAILED", "RangeError", "ERR_THROWN_VALUE"]);
  });

  it("fails with an error that promises would follow", async () => {
    class Thenable extends Error {
      readonly code = "EPIPE";
      // biome-ignore lint/suspicious/noThenProperty: it is what a promise would follow
      then(): void {}
    }
    const thenable = new Thenable("no");
    const unreadable = new Proxy(new Error("no"), {
      get() {
        throw new Error("unreadable");
      },
    });
    const { readyz } = probes({
      checks: {
        thenable: () => {
          throw thenable;
        },
        unreadable: () => {
          throw unreadable;
        },
      },
    });

    const { checks } = (await readyz()).body;

    const codes = Object.values(checks).map(({ code }) => code);
    assert.deepEqual(codes, [undefined, "EPIPE", "_OTHER"]);
  });

  it("that waits for the probes it is part of fails when its time is over", async () => {
    let calls = 0;
    const { clock, readyz } = probes({
      checks: {
        own: () => {
          calls += 1;
          return readyz();
        },
      },
    });

    const answer = readyz();
    await clock.advance(800);

    assert.equal((await answer).body.checks["own"]?.code, "ERR_CHECK_TIMEOUT");
    assert.equal(calls, 1);
  });

  it("only degrades the process when it is not required", async () => {
    const check = failWith("EHOSTUNREACH");
    const { readyz } = probes({ checks: { mail: { check, required: false } } });

    const { status, body } = await readyz();

    assert.equal(status, 200);
    assert.equal(body.status, "degraded");
    assert.equal(body.checks["mail"]?.status, "degraded");
  });

  it("fails when its time is over, and its signal is aborted", async () => {
    let seen: AbortSignal | undefined;
    const check: HealthCheck = (signal) => {
      seen = signal;
      return new Promise(() => {});
    };
    const { clock, readyz } = probes({ checks: { slow: { check, timeoutMs: 50 } } });

    const answer = readyz();
    await clock.advance(50);

    const { checks } = (await answer).body;
    assert.deepEqual(checks["slow"], {
      status: "failed",
      code: "ERR_CHECK_TIMEOUT",
      durationMs: 50,
    });
    assert.equal(seen?.aborted, true);
  });

  it("does not decide about liveness", async () => {
    const { livez } = probes({ checks: { db: failWith("ECONNREFUSED") } });

    assert.equal((await livez()).status, 200);
  });
});

describe("the result of a check", () => {
  it("is shared by probes at the same time and reused for a while", async () => {
    let calls = 0;
    const db = (): void => {
      calls += 1;
    };
    const { clock, readyz } = probes({ checks: { db }, cacheMs: 1_000 });

    await Promise.all([readyz(), readyz(), readyz()]);
    await clock.advance(999);
    await readyz();
    assert.equal(calls, 1);
    await clock.advance(1);
    await readyz();

    assert.equal(calls, 2);
  });

  it("stays a failure while a run that ignores its signal has not ended", async () => {
    let calls = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): Promise<void> => {
      calls += 1;
      return calls === 1 ? promise : Promise.resolve();
    };
    const { clock, readyz } = probes({ checks: { db: check }, timeoutMs: 100, cacheMs: 0 });
    const first = readyz();
    await clock.advance(100);
    await first;

    assert.equal((await readyz()).status, 503);
    assert.equal(calls, 1);
    resolve();
    await promise;
    await readyz(); // the run has ended by the time this resolves
    assert.equal((await readyz()).status, 200);
  });

  it("comes from a new run when the one before has hung for half a minute", async () => {
    let calls = 0;
    const check = (): Promise<void> | undefined => {
      calls += 1;
      return calls === 1 ? new Promise(() => {}) : undefined;
    };
    const { clock, readyz } = probes({ checks: { db: check } });
    const first = readyz();
    await clock.advance(800);
    await first;

    await clock.advance(30_000);
    const { status } = await readyz();

    assert.equal(status, 200);
  });

  it("is reused for its whole time also when its run has hung for longer than half a minute", async () => {
    let calls = 0;
    const check = (): Promise<void> => {
      calls += 1;
      return new Promise(() => {});
    };
    const { clock, readyz } = probes({ checks: { db: check }, cacheMs: 60_000 });
    const first = readyz();
    await clock.advance(800);
    await first;

    await clock.advance(59_999);
    await readyz();

    assert.equal(calls, 1);
  });

  it("is given also where the logger throws", async () => {
    const warn = (): never => {
      throw new Error("no log");
    };
    const { readyz } = createHealth({
      logger: { info: warn, warn } as never,
      checks: { db: () => false },
    });

    const { status } = await readyz();

    assert.equal(status, 503);
  });

  it("is logged without what the error holds besides its text", async () => {
    const logged: unknown[] = [];
    const logger = { info() {}, warn: (fields: object) => logged.push(fields) } as never;
    const request = { headers: { authorization: "Bearer s3cret" } };
    const error = Object.assign(new Error("refused"), { code: "ECONNREFUSED", request });
    const { readyz } = createHealth({ logger, checks: { db: () => Promise.reject(error) } });

    await readyz();

    assert.match(JSON.stringify(logged), /"message":"refused","code":"ECONNREFUSED"/);
    assert.doesNotMatch(JSON.stringify(logged), /s3cret/);
  });

  it("is logged when it changes, not at each probe", async () => {
    let healthy = false;
    const { lines, readyz } = probes({ checks: { db: () => healthy }, cacheMs: 0 });

    await readyz();
    await readyz();
    healthy = true;
    await readyz();
    await readyz();

    assert.deepEqual(lines, [
      { level: "warn", event: "health.failed", check: "db" },
      { level: "info", event: "health.passed", check: "db" },
    ]);
  });
});

describe("createHealth", () => {
  const invalid = { code: "ERR_INVALID_OPTION" };
  const bad: Record<string, object> = {
    "an unknown option": { check: {} },
    "a system that is none": { systems: [{ name: "main" }] },
    "checks in a map": { checks: new Map([["db", () => {}]]) },
    "a check that is no function": { checks: { db: "ping" } },
    "a check without a function": { checks: { db: { timeoutMs: 5 } } },
    "an unknown option of a check": { checks: { db: { check() {}, optional: true } } },
    "a time-out that is a text": { timeoutMs: "5" },
    "a name of its own checks": { checks: { drain() {} } },
    "a name that a system's check has": { checks: { "system.main"() {} } },
  };
  for (const [what, options] of Object.entries(bad)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => createHealth(options as HealthOptions), invalid);
    });
  }

  it("refuses a name that cannot be shown", () => {
    const invalidName = { code: "ERR_INVALID_NAME" };
    const systems = [{ name: "a\nb", health: () => ({}) as never }];

    assert.throws(() => createHealth({ checks: { "the database": () => {} } }), invalidName);
    assert.throws(() => createHealth({ systems }), invalidName);
  });
});
