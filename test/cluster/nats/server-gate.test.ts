import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireServer } from "../../../src/cluster/nats-client/server-gate.ts";

/** Version of a server, copies of each stream, and the code that it is refused with. */
const ROWS: readonly (readonly [version: string, replicas: number, code: string | undefined])[] = [
  ["2.9.10", 1, undefined],
  ["2.15.2", 1, undefined],
  ["2.15.2", 3, undefined],
  ["2.12.3", 3, undefined],
  ["2.12.3-beta.1", 5, undefined],
  ["3.0.0", 3, undefined],
  ["2.9.9", 1, "ERR_ENGINE_VERSION"],
  ["2.8.11", 1, "ERR_ENGINE_VERSION"],
  ["1.99.99", 1, "ERR_ENGINE_VERSION"],
  ["", 1, "ERR_ENGINE_VERSION"],
  ["nightly", 1, "ERR_ENGINE_VERSION"],
  ["2.12.2", 3, "ERR_ENGINE_UNSAFE"],
  ["2.9.10", 3, "ERR_ENGINE_UNSAFE"],
];

describe("versions of nats-server", () => {
  for (const [version, replicas, code] of ROWS) {
    const verb = code === undefined ? "takes" : "refuses";
    it(`${verb} ${version || "none"} with ${replicas} copies`, () => {
      if (code === undefined) requireServer(version, replicas);
      else assert.throws(() => requireServer(version, replicas), { name: "ClusterError", code });
    });
  }
});
