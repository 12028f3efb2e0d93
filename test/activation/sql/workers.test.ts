import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import type { SqlReply, SqlRequest } from "../../../src/activation/sql/sql-messages.ts";
import { SqlProcess, UnsentRequest } from "../../../src/activation/sql/sql-process.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { ENDLESS, SqlDatabases } from "../../_support/sql-databases.ts";
import { SqlProgram } from "../../_support/sql-program-process.ts";

const MIGRATIONS = [{ name: "001", sql: "CREATE TABLE item (a TEXT NOT NULL) STRICT" }];
const INSERT = "INSERT INTO item VALUES (?)";
const COUNT = "SELECT count(*) AS count FROM item";

/** Workers that tests can kill. */
class Workers {
  readonly all: SqlProcess[] = [];

  readonly open = (): SqlProcess => {
    const worker = new SqlProcess();
    this.all.push(worker);
    return worker;
  };
}

describe("a statement that does not end", () => {
  it("is stopped at its time-out; what waits behind it, also of others, runs on a new worker", async () => {
    const clock = new ManualClock();
    const workers = new Workers();
    await using databases = new SqlDatabases({ clock, open: workers.open });
    const settings = { migrations: MIGRATIONS, statementTimeoutMs: 5_000 };
    const slow = await databases.open("slow", settings);
    const other = await databases.open("other", settings);
    await slow.run(INSERT, ["kept"]);

    const endless = assert.rejects(slow.all(ENDLESS), {
      code: "ERR_SQL_TIMEOUT",
      message: /5000 ms/,
    });
    const waiting = [slow.run(INSERT, ["later"]), other.run(INSERT, ["other"]), other.get(COUNT)];
    await databases.begun(ENDLESS);
    await clock.advance(5_000);
    await endless;
    await Promise.all(waiting);

    assert.deepEqual(await slow.get(COUNT), { count: 2 });
    assert.deepEqual(await other.get(COUNT), { count: 1 });
    assert.deepEqual(databases.replaced, ["stopped"]);
    assert.equal(workers.all.length, 2);
    assert.equal(clock.pendingTimers, 0);
  });

  it("that writes is rolled back, and so is the open transaction of another actor", async () => {
    const clock = new ManualClock();
    await using databases = new SqlDatabases({ clock });
    const slow = await databases.open("slow", { migrations: MIGRATIONS });
    const other = await databases.open("other", { migrations: MIGRATIONS });
    const inside = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const transaction = other.transaction(
      async (tx) => {
        await tx.run(INSERT, ["lost"]);
        inside.resolve();
        await gate.promise;
        await tx.run(INSERT, ["never"]);
      },
      { timeoutMs: 1_000_000 },
    );
    const interrupted = assert.rejects(transaction, { code: "ERR_SQL_INTERRUPTED" });
    await inside.promise;

    const writing = `INSERT INTO item ${ENDLESS.replace("count(*)", "'x'")}`;
    const endless = assert.rejects(slow.run(writing), { code: "ERR_SQL_TIMEOUT" });
    await databases.begun(writing);
    await clock.advance(30_000);
    await endless;
    gate.resolve();
    await interrupted;

    assert.deepEqual(await slow.get(COUNT), { count: 0 });
    assert.deepEqual(await other.get(COUNT), { count: 0 });
  });

  it("does not hold up other workers", async () => {
    await using databases = new SqlDatabases({ maxWorkers: 2 });
    const slow = await databases.open("slow");
    const endless = slow.all(ENDLESS);
    await databases.begun(ENDLESS);

    const other = await databases.open("other", { migrations: MIGRATIONS });
    await other.run(INSERT, ["beside it"]);

    assert.deepEqual(await other.get(COUNT), { count: 1 });
    const ended = assert.rejects(endless, { code: "ERR_SQL_INTERRUPTED" });
    await databases.pool.close();
    await ended;
  });
});

describe("a worker that crashes", () => {
  it("rejects the statement that runs, and is replaced for those that wait", async () => {
    const workers = new Workers();
    await using databases = new SqlDatabases({ open: workers.open });
    const db = await databases.open("a", { migrations: MIGRATIONS });
    const crashed = assert.rejects(db.all(ENDLESS), {
      code: "ERR_SQL_INTERRUPTED",
      message: /may have taken effect/,
    });
    const later = db.run(INSERT, ["later"]);
    await databases.begun(ENDLESS);

    workers.all[0]?.kill();
    await crashed;
    await later;

    assert.deepEqual(await db.get(COUNT), { count: 1 });
    assert.deepEqual(databases.replaced, ["crashed"]);
  });

  it("while nothing runs is replaced with the next statement", async () => {
    const workers = new Workers();
    await using databases = new SqlDatabases({ open: workers.open });
    const db = await databases.open("a", { migrations: MIGRATIONS });
    const [first] = workers.all;

    first?.kill();
    await first?.ended;

    await db.run(INSERT, ["later"]);
    assert.deepEqual(await db.get(COUNT), { count: 1 });
  });

  it("that cannot be started rejects statements, until one can be", async () => {
    let broken = true;
    const workers = new Workers();
    await using databases = new SqlDatabases({
      open: () => {
        if (broken) throw new Error("EAGAIN");
        return workers.open();
      },
    });
    const db = databases.unopened("a", { migrations: MIGRATIONS });

    await assert.rejects(db.migrate(), { code: "ERR_SQL_INTERRUPTED" });
    broken = false;
    await db.migrate();

    await db.run(INSERT, ["now"]);
  });
});

describe("the workers of a pool", () => {
  it("are as few as are needed, and end when none has a database", async () => {
    const clock = new ManualClock();
    const workers = new Workers();
    await using databases = new SqlDatabases({ clock, maxWorkers: 3, open: workers.open });
    const first = await databases.open("a");
    const second = await databases.open("b");
    assert.equal(workers.all.length, 1);

    await first.close();
    await clock.advance(60_000);
    assert.equal(workers.all[0]?.isOver, false);
    await second.close();
    await clock.advance(60_000);
    await workers.all[0]?.ended;

    const third = await databases.open("c");
    assert.deepEqual(await third.get("SELECT 1 AS one"), { one: 1 });
    assert.equal(workers.all.length, 2);
  });

  it("do not keep an idle process alive, and end with it", async () => {
    await using program = new SqlProgram(["idle"]);

    assert.equal(await program.ended(), 0, program.stderr);

    assert.equal(program.stderr, "");
    await program.workerEnded();
  });

  it("end with a process that is killed, also in an endless statement", async () => {
    await using program = new SqlProgram(["endless"]);
    await program.until((facts) => facts.length > 1);

    await program.kill();

    await program.workerEnded();
  });

  it("do not keep a process from ending, also in an endless statement", async () => {
    await using program = new SqlProgram(["exit"]);

    assert.equal(await program.ended(), 7, program.stderr);

    await program.workerEnded();
  });
});

const NAMESPACE = ["unshare", "--mount", "--map-root-user"];
const probe = spawnSync(NAMESPACE[0] ?? "", [...NAMESPACE.slice(1), "true"]);
const skip = probe.status === 0 ? false : "this machine permits no mount namespaces (unshare)";

describe("a database on a full disk", { skip }, () => {
  it("refuses writes with a code, and can be read", async () => {
    const mount = 'mkdir -p "$0"; mount -t tmpfs -o size=1m tmpfs "$0"; exec "$@"';
    await using program = new SqlProgram(["fill"], (folder) => [
      ...NAMESPACE,
      ...["sh", "-ec", mount, `${folder}/disk`],
    ]);

    assert.equal(await program.ended(), 0, program.stderr);

    const [, full, readable] = program.facts;
    assert.equal(full?.["code"], "ERR_STORE_FULL");
    assert.ok(Number(full?.["saved"]) > 3, JSON.stringify(full));
    assert.equal(readable?.["count"], full?.["saved"]);
  });
});

describe("a request that cannot be sent to its worker", () => {
  it("is rejected, and the worker takes the next one", async () => {
    const worker = new SqlProcess();
    await worker.ready;
    const file = { path: "unused", create: false, maxBytes: 1, durable: false };
    const unsent = { kind: "close", file, note: () => {} } as const;

    await assert.rejects(worker.request(unsent), UnsentRequest);
    const reply = await worker.request({ kind: "close", file });

    assert.equal(reply.kind, "answer");
    worker.close();
    await worker.ended;
  });

  it("fails alone: what waits behind it runs", async () => {
    await using databases = new SqlDatabases({ open: () => new RefusingOnce() });
    const db = await databases.open("a", { migrations: MIGRATIONS });
    RefusingOnce.refuses = true;

    const unsent = assert.rejects(db.run(INSERT, ["lost"]), { code: "ERR_SQL" });
    const waiting = db.run(INSERT, ["kept"]);
    await Promise.all([unsent, waiting]);

    assert.deepEqual(await db.get(COUNT), { count: 1 });
    assert.deepEqual(databases.replaced, []);
  });
});

/** A worker that cannot be sent one request. */
class RefusingOnce extends SqlProcess {
  static refuses = false;

  override request(request: SqlRequest): Promise<SqlReply> {
    if (!RefusingOnce.refuses) return super.request(request);
    RefusingOnce.refuses = false;
    return Promise.reject(new UnsentRequest("too large"));
  }
}
