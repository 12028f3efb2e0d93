import assert from "node:assert/strict";
import { Agent } from "node:http";
import { afterEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import { systemClock } from "../../src/base/clock.ts";
import { Diagnostics } from "../../src/preload/diagnostics.ts";
import { BatchExport, type BatchExporter } from "../../src/preload/otlp/batch-export.ts";
import type { OtlpEndpoint } from "../../src/preload/otlp/otlp-endpoint.ts";
import { postOtlp } from "../../src/preload/otlp/otlp-post.ts";
import { openConsole } from "../_support/console-kit.ts";
import { hostileValues } from "../_support/hostile-values.ts";

const fail = (): never => {
  throw new Error("do not touch");
};

/** Errors that hurt when they are looked at, each by another key or trap. */
const hostileErrors: readonly unknown[] = [
  ...["name", "code", "message", "stack", "cause", "constructor"].map((key) =>
    Object.defineProperty(new Error("odd"), key, { get: fail }),
  ),
  Object.assign(new Error("odd"), { name: Symbol("name"), message: Symbol("message") }),
  Object.assign(new Error("odd"), { message: { toString: fail } }),
  { [inspect.custom]: fail, toString: fail },
  Object.create(null) as unknown,
  new Proxy(new Error("odd"), { get: fail, getPrototypeOf: fail, ownKeys: fail }),
  revoked(new Error("odd")),
  revoked(() => {}),
  Symbol("symbol"),
  undefined,
];

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Where an unhandled rejection would end the test's process. */
function batchThat(throws: () => never): Promise<unknown> {
  const exporter: BatchExporter<ReadableSpan> = {
    export: throws,
    exportBeforeExit: () => ({ failed: 0 }),
    beginFlush() {},
    endFlush() {},
  };
  const batch = [{} as ReadableSpan];
  return new BatchExport(exporter, batch, { clock: systemClock, timeoutMs: 1_000 }).receipt;
}

describe("an error that cannot be read", () => {
  afterEach(() => diag.disable());

  it("is one line of the preload's diagnostics", () => {
    const lines: string[] = [];
    const diagnostics = new Diagnostics({
      level: DiagLogLevel.WARN,
      clock: {
        ...systemClock,
        epochMs: () => lines.length * 60_000,
        monotonicMs: () => lines.length * 60_000,
      },
      write: (line) => lines.push(line),
    });
    diag.setLogger(diagnostics, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });

    for (const error of hostileErrors) diag.error("it failed", error);

    assert.equal(lines.length, hostileErrors.length);
    for (const line of lines) assert.match(JSON.parse(line).msg, /^it failed/);
  });

  it("is so with any shape", () => {
    const diagnostics = new Diagnostics({ write: (line) => void JSON.parse(line) });

    fc.assert(
      fc.property(hostileValues, ({ value }) => diagnostics.error("it failed", value)),
      { numRuns: 1_000 },
    );
  });

  it("is counted as the failure of a batch of spans", async () => {
    for (const error of hostileErrors) {
      const receipt = await batchThat(() => {
        throw error;
      });

      assert.equal((receipt as { failed: number }).failed, 1);
      assert.equal(typeof (receipt as { message: unknown }).message, "string");
    }
  });

  it("is the reason why an export has no answer", async () => {
    for (const error of hostileErrors) {
      const agent = new Agent();
      Object.assign(agent, {
        addRequest: () => {
          throw error;
        },
      });
      const endpoint = {
        url: new URL("http://127.0.0.1:9/"),
        gzip: false,
        headers: {},
        agent,
      } as unknown as OtlpEndpoint;
      const { signal } = new AbortController();

      const options = { clock: systemClock, timeoutMs: 1_000, signal };
      const attempt = await postOtlp(endpoint, new Uint8Array(1), options);

      assert.equal(attempt.kind, "unanswered");
      assert.equal(typeof (attempt as { message: unknown }).message, "string");
    }
  });
});

describe("a diagnostic logger of the application that throws", () => {
  afterEach(() => diag.disable());

  it("leaves the console's answer as it is", async () => {
    await using kit = await openConsole();
    diag.setLogger(
      { error: fail, warn: fail, info: fail, debug: fail, verbose: fail },
      { suppressOverrideMessage: true },
    );
    Object.defineProperty(kit.system.monitor, "snapshot", {
      value: () => {
        throw revoked(new Error("gone"));
      },
    });

    const { status, json } = await kit.get("/api/actors");

    assert.deepEqual([status, json.error.code], [500, "ERR_CONSOLE_INTERNAL"]);
  });
});
