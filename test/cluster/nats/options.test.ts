import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { nats } from "../../../src/cluster/nats/nats.ts";
import {
  type NatsOptions,
  readNatsOptions,
} from "../../../src/cluster/nats-client/nats-options.ts";

const SECRET = "hunter2-canary";
const INVALID = { name: "UsageError", code: "ERR_INVALID_OPTION" };

/** Options that are refused, by what is wrong with them. */
const REFUSED: Readonly<Record<string, object>> = {
  "no servers": { servers: [] },
  "a server that is no text": { servers: 4222 },
  "an empty server": { servers: "" },
  "a server of another scheme": { servers: "http://127.0.0.1:4222" },
  "a server with a path": { servers: "nats://127.0.0.1:4222/x" },
  "a server with a port that is none": { servers: "127.0.0.1:99999" },
  "the port of none": { servers: "127.0.0.1:0" },
  "a server with a fragment": { servers: `nats://127.0.0.1#${SECRET}` },
  "a password in an address": { servers: `nats://user:${SECRET}@127.0.0.1` },
  "a user in an address": { servers: `nats://${SECRET}@127.0.0.1` },
  "another machine without TLS": { servers: ["127.0.0.1", "10.0.0.1"] },
  "a name without TLS": { servers: "nats.example" },
  "an address that only looks like loopback": { servers: "127.0.0.1.example" },
  "the address of all": { servers: "0.0.0.0" },
  "a namespace with a dot": { servers: "127.0.0.1", namespace: "a.b" },
  "a namespace that is empty": { servers: "127.0.0.1", namespace: "" },
  "a wildcard as namespace": { servers: "127.0.0.1", namespace: ">" },
  "two copies": { servers: "127.0.0.1", replicas: 2 },
  "two ways to log in": { servers: "127.0.0.1", user: "a", token: SECRET },
  "a password without a user": { servers: "127.0.0.1", password: SECRET },
  "a text that allows connections without TLS": { servers: "10.0.0.1", allowInsecure: "false" },
  "a number that allows connections without TLS": { servers: "10.0.0.1", allowInsecure: 1 },
  "TLS that is off": { servers: "10.0.0.1", tls: false },
  "TLS that is on": { servers: "10.0.0.1", tls: true },
  "no TLS": { servers: "127.0.0.1", tls: null },
  "TLS that checks nothing": { servers: "10.0.0.1", tls: { rejectUnauthorized: false } },
  "a misspelt option of TLS": { servers: "127.0.0.1", tls: { cafile: "ca.pem" } },
  "a certificate that is no text": { servers: "127.0.0.1", tls: { ca: Buffer.from(SECRET) } },
  "a handshake that is no flag": { servers: "127.0.0.1", tls: { handshakeFirst: "no" } },
  "a token that is no text": { servers: "127.0.0.1", token: { SECRET } },
  "an empty token": { servers: "127.0.0.1", token: "" },
  "an empty user": { servers: "127.0.0.1", user: "", password: SECRET },
  "a seed that is no text": { servers: "127.0.0.1", nkeySeed: 4 },
  "a file that is no text": { servers: "127.0.0.1", credentialsFile: ["x"] },
  "monitoring that is no list": { servers: "127.0.0.1", monitorUrls: "http://127.0.0.1:8222" },
  "no monitoring": { servers: "127.0.0.1", monitorUrls: null },
  "a durability that it cannot have": { servers: "127.0.0.1", durability: "none" },
  "monitoring that is no address": { servers: "127.0.0.1", monitorUrls: ["127.0.0.1:8222"] },
  "a password in the monitoring": {
    servers: "127.0.0.1",
    monitorUrls: [`http://a:${SECRET}@127.0.0.1:8222`],
  },
  "no time at all": { servers: "127.0.0.1", requestTimeoutMs: 0 },
  "a stream of a few bytes": { servers: "127.0.0.1", maxStreamBytes: 10 },
  "an option that is not there": { servers: "127.0.0.1", server: "127.0.0.1" },
};

describe("options of nats", () => {
  it("are needed", () => {
    assert.throws(() => (nats as () => unknown)(), INVALID);
  });

  for (const [what, options] of Object.entries(REFUSED)) {
    it(`refuses ${what}, and repeats no secret`, () => {
      assert.throws(
        () => nats(options as NatsOptions),
        (error: Error) => {
          assert.equal(error.name, INVALID.name);
          assert.equal((error as Error & { code: string }).code, INVALID.code);
          assert.ok(!error.message.includes(SECRET));
          return true;
        },
      );
    });
  }

  it("takes loopback in its forms, with the default port", () => {
    const { servers } = readNatsOptions({
      servers: ["nats://127.0.0.1:5000", "localhost", "127.9.9.9", "[::1]:4223", "LOCALHOST:1"],
    });

    assert.deepEqual(
      servers.map(({ address }) => address),
      ["127.0.0.1:5000", "localhost:4222", "127.9.9.9:4222", "[::1]:4223", "LOCALHOST:1"],
    );
  });

  it("takes other machines with TLS, or if that is allowed", () => {
    assert.deepEqual(readNatsOptions({ servers: "tls://nats.example" }).tls, {});
    assert.ok(readNatsOptions({ servers: "nats.example", tls: { caFile: "ca.pem" } }).tls);
    assert.equal(readNatsOptions({ servers: "10.0.0.1", allowInsecure: true }).tls, undefined);
  });

  it("says which package to install if the client is missing", () => {
    const program = `
      import { registerHooks } from "node:module";
      registerHooks({
        resolve(specifier, context, next) {
          if (!specifier.startsWith("@nats-io/")) return next(specifier, context);
          const error = new Error("Cannot find package '" + specifier + "' imported from here");
          throw Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
        },
      });
      const { nats } = await import("./src/cluster/nats/nats.ts");
      const engine = nats({ servers: "127.0.0.1:1" });
      await engine.open({}).catch((error) => console.log(error.name, error.code, error.message));
    `;

    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: join(import.meta.dirname, "../../.."),
      encoding: "utf8",
    });

    assert.match(stdout, /^ClusterError ERR_PACKAGE_MISSING .*install @nats-io\/transport-node@/);
  });
});
