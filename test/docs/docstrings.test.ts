import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { ErrorCode } from "../../src/index.ts";
import { ROOT } from "../_support/doc-programs.ts";
import { firstColumn, readDoc, table } from "../_support/doc-tables.ts";
import { docstringExamples, examplePrograms } from "../_support/docstring-examples.ts";
import { type PublicMember, type PublicName, publicNames } from "../_support/public-names.ts";

const run = promisify(execFile);
const names = publicNames();

/** Interfaces that users implement or pass on: limelight, OpenTelemetry or pino calls their methods. */
const CALLED_BY_OTHERS = new Set([
  "AbortNotice", // engines and their parts: a system calls them
  "Bus",
  "BusSubscription",
  "Clock",
  "ClockTimer",
  "Connection",
  "ConsoleLogStream",
  "Consumption",
  "Delivery",
  "EndedSpan",
  "Engine",
  "EngineSession",
  "HistogramProducer",
  "KeyValue",
  "KeyValueListener",
  "Log",
  "Store",
  "SqliteStore.open", // of a type-only export: `openSqliteStore` calls it
  "TapProcessor",
  "Watch",
]);

function docsOf({ doc = "", members }: PublicName): string {
  return [doc, ...members.map((member) => member.doc ?? "")].join("\n");
}

/** The examples of `name`, and of the functions of its file, which may return it. */
function examplesFor(name: PublicName): string {
  const docs = names.filter(({ file }) => file === name.file).map(docsOf);
  return docs.join("\n").split("@example").slice(1).join("\n");
}

function isShown({ name, doc = "" }: PublicMember, examples: string): boolean {
  return doc.includes("@example") || examples.includes(`.${name}(`);
}

describe("the docstrings of the public names", () => {
  it("exist, also those of members", () => {
    const missing = names.flatMap(({ name, doc, members }) => [
      ...(doc === undefined ? [name] : []),
      ...members.filter((member) => member.doc === undefined).map((one) => `${name}.${one.name}`),
    ]);

    assert.deepEqual(missing, []);
  });

  it("have an example for each function and each class", () => {
    const missing = names
      .filter(({ kind }) => kind === "function" || kind === "class")
      .filter((name) => !docsOf(name).includes("@example"));

    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
  });

  it("have an example for each method that users call", () => {
    const missing = names
      .filter(({ name }) => !CALLED_BY_OTHERS.has(name))
      .flatMap((name) => {
        const examples = examplesFor(name);
        return name.members
          .filter((member) => member.isMethod && !isShown(member, examples))
          .map((member) => `${name.name}.${member.name}`)
          .filter((method) => !CALLED_BY_OTHERS.has(method));
      });

    assert.deepEqual(missing, []);
  });

  it("state the default of each option", () => {
    const missing = names
      .filter(({ name }) => /(?:Options|Tracing)$/.test(name))
      .flatMap(({ name, members }) =>
        members
          .filter(({ isOptional, isFunction }) => isOptional && !isFunction)
          .filter(({ doc = "" }) => !/default/i.test(doc))
          .map((member) => `${name}.${member.name}`),
      );

    assert.deepEqual(missing, []);
  });

  it("name only error codes that exist", () => {
    const client = firstColumn(table(readDoc("errors.md"), "`error.code`"));
    const known = new Set<string>([...Object.values(ErrorCode), ...client]);
    const named = names.flatMap((name) => docsOf(name).match(/\bERR_[A-Z_]+/g) ?? []);

    assert.deepEqual(
      [...new Set(named)].filter((code) => !known.has(code)),
      [],
    );
  });
});

describe("the examples in docstrings", () => {
  const folder = mkdtempSync(join(tmpdir(), "limelight-docstrings-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const examples = docstringExamples();
  const programs = examplePrograms(examples);
  const files = examples.map(({ place }) => join(folder, `${place.replaceAll(/\W+/g, "-")}.mts`));
  files.forEach((file, at) => {
    writeFileSync(file, programs[at] ?? "");
  });

  it("are found", () => {
    assert.ok(examples.length > 50, String(examples.length));
  });

  it("compile", async () => {
    const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as {
      readonly compilerOptions: object;
    };
    const options = {
      ...compilerOptions,
      isolatedDeclarations: false,
      declaration: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      typeRoots: [join(ROOT, "node_modules/@types")],
      paths: {
        limelight: [join(ROOT, "src/index.ts")],
        "limelight/*": [join(ROOT, "src/*.ts")],
      },
    };
    const config = join(folder, "tsconfig.json");
    writeFileSync(config, JSON.stringify({ compilerOptions: options, include: ["*.mts"] }));

    const { stdout } = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", config], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);

    assert.equal(stdout, "");
  });

  it("run", async () => {
    const support = join(ROOT, "test/_support");
    const hooks = join(support, "resolve-limelight.ts");
    const runner = join(support, "run-docstring-examples.ts");

    const { stdout, stderr } = await run(process.execPath, ["--import", hooks, runner, ...files], {
      cwd: folder, // what they write is removed with it
      timeout: 60_000,
    }).catch((error: { stdout: string; stderr: string }) => error);

    assert.match(stdout, /all examples have run\n$/, stderr);
  });
});
