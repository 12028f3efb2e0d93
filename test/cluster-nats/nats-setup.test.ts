import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { nkeys } from "@nats-io/transport-node";
import { Durability, type EngineSession } from "../../src/cluster/engine/engine.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { NatsOperator } from "../_support/nats-credentials.ts";
import { NatsCluster, NatsServer } from "../_support/nats-server.ts";
import { NatsSessions, soon } from "../_support/nats-sessions.ts";
import { selfSigned } from "../_support/self-signed.ts";
import { freePort } from "../_support/stack-program.ts";

const SECRET = "hunter2-canary";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function clusterError(code: string, message: RegExp): object {
  return { name: "ClusterError", code, message };
}

/** Writes and reads a key, which needs everything that a session is made of. */
async function assertWorks(session: EngineSession): Promise<void> {
  await session.placements.put("works", bytes("yes"));
  assert.ok(await session.placements.read("works"));
}

describe("set-up of the engine on NATS", () => {
  it("refuses copies on servers that lose writes of them, and creates nothing", async () => {
    await using server = await NatsServer.start({ version: StackVersion.oldNats });
    await using sessions = new NatsSessions({ servers: server.address });

    const opening = sessions.open({ replicas: 3 });

    await assert.rejects(opening, clusterError("ERR_ENGINE_UNSAFE", /2\.9\.10 may lose.*2\.12\.3/));
    const jsz = await fetch(`${server.monitorUrl}/jsz`);
    assert.equal(((await jsz.json()) as { streams: number }).streams, 0);
  });

  it("refuses streams that are configured otherwise, and names the fields", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address });
    await sessions.open({}, 1_500);

    const other = sessions.open({}, 3_000);

    const fields = /KV_ll_limelight_leases: .*`max_age` is 1500000000, not 3000000000.*change/;
    await assert.rejects(other, clusterError("ERR_ENGINE_CONFIG", fields));
    await assertWorks(await sessions.open({ namespace: "another" }, 3_000));
  });

  it("says why the server does not create a stream", async () => {
    await using server = await NatsServer.start({ jetstream: "  max_file: 64M" });
    await using sessions = new NatsSessions({ servers: server.address });

    const opening = sessions.open();

    await assert.rejects(
      opening,
      clusterError("ERR_ENGINE_CONFIG", /LL_limelight_CMD: .*raise `max_file`.*`maxStreamBytes`/),
    );
  });

  it("says what an account lacks for the streams of a cluster", async () => {
    const account = (name: string, jetstream: string): string =>
      `${name} { ${jetstream}, users: [ { user: ${name}, password: secret } ] }`;
    const config = `accounts {
      ${account("streams", "jetstream { max_file: 8G, max_streams: 4 }")}
      ${account("plain", "exports: []")}
    }`;
    await using server = await NatsServer.start({ config });

    for (const user of ["streams", "plain"]) {
      await using sessions = new NatsSessions({
        servers: server.address,
        user,
        password: "secret",
      });
      const advice = clusterError(
        "ERR_ENGINE_CONFIG",
        /: .*an account with JetStream, eight streams/,
      );
      await assert.rejects(sessions.open(), advice, user);
    }
  });

  it("refuses a server that is not there, in time", async () => {
    await using sessions = new NatsSessions({
      servers: `127.0.0.1:${await freePort()}`,
      connectTimeoutMs: 300,
    });

    const refused = clusterError(
      "ERR_ENGINE_UNAVAILABLE",
      /cannot connect to NATS at 127\.0\.0\.1/,
    );
    await assert.rejects(sessions.open(), refused);
  });

  it("refuses a server without JetStream, in time", async () => {
    await using server = await NatsServer.start({ jetstream: false });
    await using sessions = new NatsSessions({ servers: server.address, connectTimeoutMs: 300 });

    await assert.rejects(
      sessions.open(),
      clusterError("ERR_ENGINE_UNAVAILABLE", /JetStream is off/),
    );
  });

  it("waits for servers that are just starting, one after the other", async () => {
    await using cluster = await NatsCluster.prepare();
    await using sessions = new NatsSessions({
      servers: cluster.addresses,
      replicas: 3,
      connectTimeoutMs: 60_000,
      requestTimeoutMs: 1_000,
    });
    const [one, two, three] = cluster.servers;

    const opening = sessions.open();
    opening.catch(() => {}); // asserted below
    one?.spawn();
    await soon("listening", () => one?.output.includes("Server is ready") || undefined);
    two?.spawn();
    await soon("listening", () => two?.output.includes("Server is ready") || undefined);
    three?.spawn();

    await assertWorks(await opening);
  });

  it("says what survives a power failure, as the server's monitoring does", async () => {
    await using synced = await NatsServer.start({ syncAlways: true });
    await using lazy = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: lazy.address });
    const machine = { durability: Durability.Machine };

    const ofSynced = await sessions.open({
      servers: synced.address,
      monitorUrls: [synced.monitorUrl],
      ...machine,
    });
    const ofLazy = await sessions.open({ monitorUrls: [lazy.monitorUrl] });
    const unverified = await sessions.open({});

    assert.equal(ofSynced.capabilities.durability, Durability.Machine);
    assert.equal(ofLazy.capabilities.durability, Durability.Process);
    assert.equal(unverified.capabilities.durability, Durability.Unverified);
    const refused = sessions.open({ monitorUrls: [lazy.monitorUrl], ...machine });
    await assert.rejects(refused, clusterError("ERR_ENGINE_UNSAFE", /sync_interval/));
  });

  it("confirms three servers that sync each write", async () => {
    await using cluster = await NatsCluster.start({ syncAlways: true });
    await using sessions = new NatsSessions({ servers: cluster.addresses, replicas: 3 });

    const session = await sessions.open({
      monitorUrls: cluster.servers.map(({ monitorUrl }) => monitorUrl),
      durability: Durability.Machine,
    });

    assert.equal(session.capabilities.durability, Durability.Machine);
    assert.equal(session.capabilities.replicas, 3);
  });

  it("has more consumers than a stream gets by default (10026)", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address });
    const { placements } = await sessions.open();
    const listener = { changed: () => {}, removed: () => {}, current: () => {} };

    const watches = await Promise.all(
      Array.from({ length: 1_100 }, (_, at) => placements.watch(`t${at}`, listener)),
    );

    for (const watch of watches) watch.stop();
    assert.deepEqual(sessions.faults, []);
  });
});

describe("logging in to NATS", () => {
  const users = `authorization { users: [ { user: "app", password: "${SECRET}" } ] }`;

  it("takes a user with a password, a token, and an NKey", async () => {
    const pair = nkeys.createUser();
    const nkeySeed = new TextDecoder().decode(pair.getSeed());
    await using byUser = await NatsServer.start({ config: users });
    await using byToken = await NatsServer.start({
      config: `authorization { token: "${SECRET}" }`,
    });
    await using byKey = await NatsServer.start({
      config: `authorization { users: [ { nkey: "${pair.getPublicKey()}" } ] }`,
    });
    await using sessions = new NatsSessions({ servers: byUser.address });

    await assertWorks(await sessions.open({ user: "app", password: SECRET }));
    await assertWorks(await sessions.open({ servers: byToken.address, token: SECRET }));
    await assertWorks(await sessions.open({ servers: byKey.address, nkeySeed }));
  });

  it("takes a file of credentials, and reads it again for each connection", async () => {
    const folder = mkdtempSync(join(tmpdir(), "limelight-nats-creds-"));
    const credentialsFile = join(folder, "user.creds");
    const operator = new NatsOperator();
    writeFileSync(credentialsFile, operator.credentials());
    await using server = await NatsServer.start({ config: operator.config });
    await using sessions = new NatsSessions({ servers: server.address, credentialsFile });
    const session = await sessions.open();
    await assertWorks(session);

    // Another user by now; and for a moment, none that may log in.
    writeFileSync(credentialsFile, new NatsOperator().credentials());
    await server.restart();
    await soon("refused", () => sessions.count("server_error") > 2 || undefined);
    assert.equal(session.connection.isConnected, false);
    writeFileSync(credentialsFile, operator.credentials());
    await soon("connected", () => session.connection.isConnected || undefined);

    await assertWorks(session);
    rmSync(folder, { recursive: true });
  });

  it("fails at once with a wrong password, which no error repeats", async () => {
    await using server = await NatsServer.start({ config: users });
    await using sessions = new NatsSessions({
      servers: server.address,
      user: "app",
      password: `wrong-${SECRET}`,
      connectTimeoutMs: 60_000,
    });

    await assert.rejects(sessions.open(), (error: Error & { code?: string }) => {
      assert.equal(error.code, "ERR_ENGINE_UNAVAILABLE");
      const texts = [error.message, error.stack, String(error.cause), JSON.stringify(error)];
      assert.ok(!texts.join("\n").includes(SECRET));
      return /authorization/i.test(error.message);
    });
  });

  it("fails at once if the file of credentials cannot be read", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({
      servers: server.address,
      credentialsFile: "/nowhere/user.creds",
      connectTimeoutMs: 60_000,
    });

    await assert.rejects(sessions.open(), clusterError("ERR_ENGINE_UNAVAILABLE", /ENOENT/));
  });

  it("says what it may not do", async () => {
    const permissions = 'permissions: { publish: { deny: "$JS.API.STREAM.CREATE.>" } }';
    await using server = await NatsServer.start({
      config: `authorization { users: [ { user: "app", password: "${SECRET}", ${permissions} } ] }`,
    });
    await using sessions = new NatsSessions({
      servers: server.address,
      user: "app",
      password: SECRET,
      requestTimeoutMs: 60_000,
    });

    const denied = /does not permit this client to publish to \$JS\.API\.STREAM\.CREATE/;
    await assert.rejects(sessions.open(), clusterError("ERR_ENGINE_UNAVAILABLE", denied));
  });

  it("encrypts connections, and trusts no other authority", async () => {
    const folder = mkdtempSync(join(tmpdir(), "limelight-nats-tls-"));
    const { key, cert } = selfSigned();
    const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    writeFileSync(keyFile, key);
    writeFileSync(certFile, cert);
    await using server = await NatsServer.start({
      config: `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`,
    });
    await using sessions = new NatsSessions({
      servers: `tls://${server.address}`,
      connectTimeoutMs: 300,
    });

    await assertWorks(await sessions.open({ tls: { caFile: certFile } }));
    await assertWorks(await sessions.open({ tls: { ca: cert } }));
    await assert.rejects(sessions.open(), clusterError("ERR_ENGINE_UNAVAILABLE", /certificate/));
    rmSync(folder, { recursive: true });
  });

  for (const { kind, names, works } of [
    { kind: "its address", names: { name: "nats.example", address: [127, 0, 0, 1] }, works: true },
    {
      kind: "another address",
      names: { name: "nats.example", address: [10, 0, 0, 1] },
      works: false,
    },
    { kind: "localhost only", names: { name: "localhost", address: [10, 0, 0, 1] }, works: false },
  ]) {
    it(`${works ? "trusts" : "refuses"} the certificate of ${kind} of a server that is given by its address`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "limelight-nats-tls-"));
      const { key, cert } = selfSigned(names);
      const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
      writeFileSync(keyFile, key);
      writeFileSync(certFile, cert);
      await using server = await NatsServer.start({
        config: `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`,
      });
      const tls = { caFile: certFile };
      const options = { servers: `tls://${server.address}`, connectTimeoutMs: 300, tls };
      await using sessions = new NatsSessions(options);

      if (works) await assertWorks(await sessions.open());
      else
        await assert.rejects(sessions.open(), clusterError("ERR_ENGINE_UNAVAILABLE", /altnames/));
      rmSync(folder, { recursive: true });
    });
  }

  it("does not fall back to a connection without TLS", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({
      servers: `tls://${server.address}`,
      connectTimeoutMs: 300,
    });

    await assert.rejects(sessions.open(), clusterError("ERR_ENGINE_UNAVAILABLE", /tls/));
  });
});
