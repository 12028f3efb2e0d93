import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { systemClock } from "../../src/base/clock.ts";
import type { NatsOptions } from "../../src/cluster/nats-client/nats-options.ts";
import { examineNats, permissionsFor } from "../../src/cluster/nats-doctor/examine-nats.ts";
import { type Finding, Severity, Topic } from "../../src/cluster/nats-doctor/finding.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { NatsCluster, NatsServer } from "../_support/nats-server.ts";
import { NatsSessions, soon } from "../_support/nats-sessions.ts";

const SECRET = "hunter2-canary";

/** The findings that are not `ok`, as `<severity> <topic>: <text>`. */
function complaints(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ severity }) => severity !== Severity.Ok)
    .map(({ severity, topic, text }) => `${severity} ${topic}: ${text}`);
}

interface StreamDetail {
  readonly name: string;
  readonly config: object;
  readonly state: { readonly last_seq: number; readonly messages: number };
}

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function doctor(args: readonly string[], environment = {}): Promise<Outcome> {
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const env = { ...process.env, ...environment };
  try {
    const run = promisify(execFile);
    const { stdout, stderr } = await run(process.execPath, [main, "doctor", ...args], { env });
    return { status: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, stdout, stderr };
  }
}

describe("limelight doctor", () => {
  it("finds nothing wrong with a server of a cluster that syncs each write", async () => {
    await using server = await NatsServer.start({ syncAlways: true });
    await using sessions = new NatsSessions({ servers: server.address });
    await sessions.open();

    const findings = await examineNats({
      servers: server.address,
      monitorUrls: [server.monitorUrl],
    });

    assert.deepEqual(complaints(findings), []);
    const topics = new Set(findings.map(({ topic }) => topic));
    assert.deepEqual([...topics].sort(), Object.values(Topic).sort());
    assert.equal(findings.filter(({ topic }) => topic === Topic.Streams).length, 8);
  });

  it("says before a cluster is there that the server has no room for its streams", async () => {
    await using server = await NatsServer.start({ syncAlways: true, jetstream: "max_file: 20M" });
    const options = { servers: server.address, monitorUrls: [server.monitorUrl] };

    const all = await examineNats(options);
    const small = await examineNats({ ...options, maxStreamBytes: 1_048_576 });

    assert.match(
      complaints(all).join(),
      /^problem streams: the server at \S+ has room for 20000000 bytes of further streams, and those of a cluster reserve 3355443200$/,
    );
    // The two that are small have 64 MiB each, however small the others are.
    assert.match(complaints(small).join(), /reserve 140509184$/);
    assert.match(all.find(({ severity }) => severity === "problem")?.remedy ?? "", /`max_file`/);
  });

  it("says what to do about each connection that it cannot open or use", async () => {
    const permitted = permissionsFor({ servers: "127.0.0.1", inboxPrefix: "_INBOX_one" });
    const user = `{ user: one, password: ${SECRET}, ${permitted} }`;
    await using server = await NatsServer.start({ config: `authorization { users: [ ${user} ] }` });
    const servers = server.address;
    const remedyFor = async (options: Partial<NatsOptions>): Promise<string | undefined> => {
      const all = { servers, connectTimeoutMs: 300, requestTimeoutMs: 500, ...options };
      const findings = await examineNats(all);
      return findings.find(({ severity }) => severity === Severity.Problem)?.remedy;
    };
    const right = { user: "one", password: SECRET, inboxPrefix: "_INBOX_one" };

    assert.match((await remedyFor({ ...right, password: "wrong" })) ?? "", /^log in as a user/);
    assert.match((await remedyFor({ ...right, inboxPrefix: "_INBOX" })) ?? "", /--inbox-prefix/);
    assert.match((await remedyFor({ servers: server.monitorUrl.slice(7) })) ?? "", /^start the/);
    assert.equal(await remedyFor(right), undefined);
  });

  it("warns of clocks that differ", async () => {
    await using server = await NatsServer.start({ syncAlways: true });
    const options = { servers: server.address, monitorUrls: [server.monitorUrl] };
    const ahead = { ...systemClock, epochMs: () => systemClock.epochMs() + 3_600_000 };

    const [complaint = "", ...others] = complaints(await examineNats(options, ahead));

    assert.match(complaint, /^warning clock: the server's clock is 3[56]\d{5} ms behind this one$/);
    assert.deepEqual(others, []);
  });

  it("changes nothing, before and after the cluster was there", async () => {
    await using server = await NatsServer.start();
    const streams = async (): Promise<unknown> => {
      const answer = await fetch(`${server.monitorUrl}/jsz?streams=true&config=true&accounts=true`);
      const { account_details: accounts } = (await answer.json()) as {
        account_details?: { stream_detail?: StreamDetail[] }[];
      };
      const details = accounts?.flatMap(({ stream_detail: detail = [] }) => detail) ?? [];
      return details
        .map(({ name, config, state }) => ({
          name,
          config,
          last: state.last_seq,
          left: state.messages,
        }))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
    };
    await examineNats({ servers: server.address });
    assert.deepEqual(await streams(), []);
    await using sessions = new NatsSessions({ servers: server.address });
    const session = await sessions.open();
    await session.placements.put("a", Buffer.from("1"));
    await session.commands.append({ id: "1", subject: "r.a", headers: {}, body: Buffer.from("1") });
    await session.close();
    const before = await streams();

    await examineNats({ servers: server.address });

    assert.deepEqual(await streams(), before);
  });

  it("warns of what may be lost, and of what the oldest server cannot tell", async () => {
    await using server = await NatsServer.start({ version: StackVersion.oldNats });
    const monitorUrls = [server.monitorUrl];

    const findings = complaints(await examineNats({ servers: server.address, monitorUrls }));

    assert.equal(findings.length, 2);
    assert.match(findings[0] ?? "", /^warning durability: .*not a power failure/);
    assert.match(findings[1] ?? "", /^warning clock: the server does not tell its time/);
  });

  it("names the subjects that a user may not publish to", async () => {
    const denied = ["$JS.API.CONSUMER.CREATE.LL_limelight_CMD.>", "ll.limelight.bus.>"];
    const permissions = `permissions: { publish: { deny: ${JSON.stringify(denied)} } }`;
    await using server = await NatsServer.start({
      config: `authorization { users: [ { user: "app", password: "${SECRET}", ${permissions} } ] }`,
    });

    const findings = await examineNats({
      servers: server.address,
      user: "app",
      password: SECRET,
      requestTimeoutMs: 1_000,
    });

    const problems = complaints(findings).filter((text) => text.startsWith("problem"));
    assert.equal(problems.length, 2, problems.join("\n"));
    assert.match(problems[0] ?? "", /publishing to \$JS\.API\.CONSUMER\.CREATE\.LL_limelight_CMD/);
    assert.match(problems[1] ?? "", /messages over ll\.limelight\.bus\.> do not arrive/);
    assert.ok(!JSON.stringify(findings).includes(SECRET));
  });

  it("says what is different in streams, and which copies are missing", async () => {
    await using cluster = await NatsCluster.start();
    await using sessions = new NatsSessions({ servers: cluster.addresses, replicas: 3 });
    await sessions.open();
    const options = { servers: cluster.addresses, replicas: 3 };

    const other = complaints(await examineNats({ ...options, maxStreamBytes: 2 ** 20 }));
    await cluster.servers[2]?.kill();
    const behind = await soon("offline", async () => {
      const found = complaints(await examineNats(options));
      return found.filter((text) => text.includes("offline or behind")).length === 8
        ? found
        : undefined;
    });

    assert.ok(
      other.some((text) => /LL_limelight_CMD: `max_bytes` is 536870912, not 1048576/.test(text)),
    );
    assert.ok(behind.every((text) => text.startsWith("warning")));
  });

  it("explains a server without JetStream, and one without a cluster", async () => {
    await using server = await NatsServer.start();

    const lonely = complaints(await examineNats({ servers: server.address, replicas: 3 }));

    assert.match(lonely[0] ?? "", /problem version: .* is not in a cluster/);
    await using without = await NatsServer.start({ jetstream: false });
    const off = complaints(await examineNats({ servers: without.address }));
    assert.deepEqual(off, ["problem jetstream: JetStream is off"]);
  });

  it("ends with a status, prints JSON if asked to, and takes secrets from the environment", async () => {
    await using server = await NatsServer.start({
      config: `authorization { users: [ { user: "app", password: "${SECRET}" } ] }`,
    });
    const args = ["--nats", server.address, "--user", "app"];

    const right = await doctor([...args, "--json"], { LIMELIGHT_NATS_PASSWORD: SECRET });
    const wrong = await doctor(args, { LIMELIGHT_NATS_PASSWORD: `wrong-${SECRET}` });
    const invalid = await doctor(["--nats", `nats://a:${SECRET}@127.0.0.1`]);
    const none = await doctor([]);

    assert.equal(right.status, 0, right.stderr);
    assert.ok((JSON.parse(right.stdout) as Finding[]).length > 5);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stdout, /^PROBLEM {2}connection: cannot connect.*\n {9}→ /);
    assert.match(wrong.stderr, /there is a problem \(ERR_CHECK_FAILED\)/);
    assert.equal(invalid.status, 1);
    assert.match(invalid.stderr, /must not contain a password/);
    assert.equal(none.status, 2);
    for (const { stdout, stderr } of [right, wrong, invalid]) {
      assert.ok(!`${stdout}${stderr}`.includes(SECRET));
    }
  });
});
