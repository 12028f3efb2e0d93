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
