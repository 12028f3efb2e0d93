import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Environment } from "../../src/preload/environment.ts";
import {
  ChoiceKind,
  chooseFrom,
  readChoice,
} from "../../src/preload/instrumentation/instrumentation-choice.ts";
import { InstrumentationTargets } from "../../src/preload/instrumentation/instrumentation-targets.ts";

const AVAILABLE = ["dns", "express", "fs", "http", "mongodb", "net", "router", "runtime-node"];

/** What is chosen with these variables where `mongodb` is not installed, and what is reported. */
function chosen(kind: ChoiceKind, variables: Readonly<Record<string, string>> = {}) {
  const problems: string[] = [];
  const environment = new Environment(variables, (problem) => problems.push(problem));
  const installed = (name: string): boolean => name !== "mongodb";
  return { names: chooseFrom(AVAILABLE, kind, environment, installed), problems };
}

describe("LIMELIGHT_INSTRUMENTATIONS", () => {
  const cases = {
    "": { kind: ChoiceKind.Default, names: [] },
    none: undefined,
    "http,none": undefined,
    all: { kind: ChoiceKind.All, names: [] },
    " http, undici ": { kind: ChoiceKind.Named, names: ["http", "undici"] },
  };
  for (const [value, choice] of Object.entries(cases)) {
    it(`as ${JSON.stringify(value)} is read`, () => {
      const environment = new Environment({ LIMELIGHT_INSTRUMENTATIONS: value }, assert.fail);

      assert.deepEqual(readChoice(environment), choice);
    });
  }
});

describe("the choice of instrumentations", () => {
  it("leaves out by default what is not installed, or records too much", () => {
    assert.deepEqual(chosen(ChoiceKind.Default), { names: ["express", "http"], problems: [] });
  });

  it("has all that are installed with `all`", () => {
    const { names } = chosen(ChoiceKind.All);

    assert.deepEqual(names, ["dns", "express", "fs", "http", "net", "router"]);
  });

  it("follows OTEL_NODE_ENABLED_INSTRUMENTATIONS and OTEL_NODE_DISABLED_INSTRUMENTATIONS", () => {
    const { names } = chosen(ChoiceKind.Default, {
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: "fs, http, mongodb",
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: "http",
    });

    assert.deepEqual(names, ["fs", "mongodb"]);
  });

  it("reports names that do not exist", () => {
    const { problems } = chosen(ChoiceKind.Default, { OTEL_NODE_DISABLED_INSTRUMENTATIONS: "htp" });

    assert.deepEqual(problems, [
      'OTEL_NODE_DISABLED_INSTRUMENTATIONS: auto-instrumentations-node contains no "htp"',
    ]);
  });
});

describe("the packages that instrumentations patch", () => {
  it("are found above the application, and in pnpm's store", (context) => {
    const root = mkdtempSync(join(tmpdir(), "limelight-targets-"));
    context.after(() => rmSync(root, { recursive: true }));
    const directory = join(root, "packages/service");
    for (const path of ["node_modules/express", "node_modules/.pnpm/node_modules/@nestjs/core"]) {
      mkdirSync(join(root, path), { recursive: true });
    }
    mkdirSync(directory, { recursive: true });
    const targets = new InstrumentationTargets([directory]);

    const names = ["express", "nestjs-core", "koa", "http"];
    assert.deepEqual(
      names.map((name) => targets.installed(name)),
      [true, true, false, true],
    );
  });
});
