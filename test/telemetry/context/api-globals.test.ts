import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { context, metrics, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { activeContext } from "../../../src/telemetry/context/active-context.ts";
import {
  hasContextManager,
  hasTracerProvider,
  refreshApiGlobals,
  registeredMeterProvider,
} from "../../../src/telemetry/context/api-globals.ts";

interface Manifest {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as Manifest;
}

// Each step finds what the one before has registered: the order is the test.
describe("what is registered with the installed @opentelemetry/api", () => {
  after(() => {
    context.disable();
    trace.disable();
    metrics.disable();
  });

  it("is the version this file is held against", () => {
    const installed = manifest("../../../node_modules/@opentelemetry/api/package.json").version;

    const wanted = manifest("../../../package.json").devDependencies["@opentelemetry/api"];
    assert.equal(installed, wanted);
  });

  it("is nothing at first", () => {
    refreshApiGlobals();

    assert.equal(hasContextManager(), false);
    assert.equal(hasTracerProvider(), false);
    assert.equal(registeredMeterProvider(), undefined);
    assert.equal(activeContext(), ROOT_CONTEXT);
  });

  it("is seen when it comes, and when it goes", () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    refreshApiGlobals();
    assert.equal(hasContextManager(), true);
    assert.equal(hasTracerProvider(), false);

    trace.setGlobalTracerProvider(new TracerProvider());
    assert.equal(hasTracerProvider(), true);

    const provider = new MeterProvider();
    metrics.setGlobalMeterProvider(provider);
    assert.equal(registeredMeterProvider(), provider);

    context.disable();
    trace.disable();
    metrics.disable();
    assert.equal(hasContextManager(), false);
    assert.equal(hasTracerProvider(), false);
    assert.equal(registeredMeterProvider(), undefined);
  });

  it("changes when another provider takes the place of one that left", () => {
    const providers = [new MeterProvider(), new MeterProvider()];
    for (const provider of providers) {
      metrics.disable();
      metrics.setGlobalMeterProvider(provider);
      assert.equal(registeredMeterProvider(), provider);
    }
  });
});
