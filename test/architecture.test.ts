import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  CLOCKS,
  GROUND,
  MAX_FILES,
  MAX_LINES,
  MAY_IMPORT,
  OWNERS,
  ROOMS,
  SHARED_TYPES,
  TYPES_OF,
} from "./_support/architecture-tables.ts";
import { readSources, type Source, withoutComments } from "./_support/telemetry-sources.ts";

const sources = readSources();
const byFile = new Map(sources.map((source) => [source.file, source]));

function isAllowed({ folder }: Source, file: string): boolean {
  const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])];
  return allowed.some((place) => file === place || file.startsWith(`${place}/`));
}

function ownersOf(specifier: string): readonly string[] | undefined {
  return OWNERS.find(([prefix]) => specifier.startsWith(prefix))?.[1];
}

/** Asserts that there is nothing to complain about, and shows all there is. */
function assertNone(problems: readonly string[]): void {
  assert.deepEqual(problems, []);
}

describe("the import table", () => {
  it("knows every folder of src", () => {
    const folders = new Set(sources.map(({ folder }) => folder).filter((folder) => folder !== ""));

    assert.deepEqual([...folders].toSorted(), Object.keys(MAY_IMPORT).toSorted());
  });

  it("holds: arrows go down only", () => {
    const problems = sources.flatMap((source) =>
      source.imports
        .filter(
          ({ file }) => file !== undefined && source.folder !== "" && !isAllowed(source, file),
        )
        .map(({ specifier }) => `${source.file} must not import ${specifier}`),
    );

    assertNone(problems);
  });

  it("has nothing but files of src in it", () => {
    const problems = sources.flatMap((source) =>
      source.imports
        .filter(({ file }) => file !== undefined && !byFile.has(file))
        .map(({ specifier }) => `${source.file} imports ${specifier}, which is not there`),
    );

    assertNone(problems);
  });

  it("keeps each package in its place", () => {
    const problems = sources.flatMap(({ file, folder, imports }) =>
      imports
        .filter(({ specifier, typeOnly }) => {
          const owners = ownersOf(specifier);
          if (owners === undefined || owners.includes(folder)) return false;
          return !(typeOnly && TYPES_OF[specifier]?.includes(folder));
        })
        .map(({ specifier }) => `${file} must not import ${specifier}`),
    );

    assertNone(problems);
  });

  it("reaches what is registered with OpenTelemetry's API through one module", () => {
    const functions = /\b(?<!type )(?:context|trace|metrics|propagation|diag|logs|default)\b/;
    const named = /^import (?!type )(?<what>[^;]*?) from "@opentelemetry\/api";/gm;
    const free = ["preload", "demo"];
    const problems = sources
      .filter(({ file, folder }) => !free.includes(folder) && file !== "telemetry/context/api.ts")
      .filter(({ text }) =>
        Array.from(text.matchAll(named), ({ groups }) => groups?.["what"] ?? "").some(
          (what) => functions.test(what) || !what.startsWith("{"),
        ),
      )
      .map(({ file }) => `${file} must use telemetry/context/api.ts, which works across copies`);

    assertNone(problems);
  });

  it("has no cycle of imports that exist at run time", () => {
    const problems: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        problems.push([...path.slice(path.indexOf(file)), file].join(" → "));
        return;
      }
      if (done.has(file)) return;
      for (const next of byFile.get(file)?.imports ?? []) {
        if (next.file !== undefined && !next.typeOnly) visit(next.file, [...path, file]);
      }
      done.add(file);
    };
    for (const { file } of sources) visit(file, []);

    assertNone(problems);
  });
});

/** Where `file` stands in the order of its folder's rooms. */
function floorOf(file: string): number {
  const [folder = "", room = "", inside] = file.split("/");
  if (GROUND.includes(file)) return -1;
  const rooms = ROOMS[folder] ?? [];
  return inside === undefined ? rooms.length : rooms.indexOf(room);
}

describe("the rooms of a folder", () => {
  it("take values from rooms below only", () => {
    const problems = sources.flatMap(({ file, folder, imports }) =>
      imports
        .filter(({ file: target, typeOnly }) => {
          if (target === undefined || !target.startsWith(`${folder}/`)) return false;
          if (typeOnly && (folder !== "actor" || SHARED_TYPES.includes(target))) return false;
          return floorOf(target) > floorOf(file);
        })
        .map(({ specifier }) => `${file} must not import ${specifier}`),
    );

    assertNone(problems);
  });

  it(`have at most ${MAX_FILES} files each`, () => {
    const rooms = Object.entries(ROOMS).flatMap(([folder, names]) =>
      names.map((name) => `${folder}/${name}`),
    );
    const filesOf = (room: string): number =>
      sources.filter(({ file }) => file.slice(0, file.lastIndexOf("/")) === room).length;
    const empty = rooms.filter((room) => filesOf(room) === 0);
    const crowded = [...rooms, ...Object.keys(ROOMS)].filter((room) => filesOf(room) > MAX_FILES);

    assertNone(empty);
    assertNone(crowded);
  });
});

describe("the rooms of actor", () => {
  const tests = globSync("**/*.test.ts", { cwd: join(import.meta.dirname, "actor") });

  it("have their tests in folders of the same names", () => {
    const folders = new Set(tests.map((file) => file.slice(0, file.lastIndexOf("/"))));

    assert.deepEqual([...folders].toSorted(), ROOMS["actor"]?.toSorted());
  });
});

describe("every file", () => {
  it("at the root of src holds re-exports only, after a look at Node; the preload also starts itself", () => {
    const problems = sources.flatMap(({ file, folder, text }) => {
      if (folder !== "") return [];
      const rest = withoutComments(text)
        .replaceAll(/^export\s+(?:type\s+)?\{[^}]*\}\s+from\s+"\.\/[^"]+";$/gm, "")
        .replace(/^import "\.\/base\/node\/require-node\.ts";$/m, "")
        .replaceAll(file === "preload.ts" ? /^import "\.\/preload\/[\w-]+\.ts";$/gm : /(?!)/g, "")
        .trim();
      return rest === "" ? [] : [`${file} holds ${rest}`];
    });

    assertNone(problems);
  });

  it("is no index inside a folder, and lies no deeper than that", () => {
    const isInPlace = (file: string, folder: string): boolean => {
      const [, room = "", inside, deeper] = file.split("/");
      if (inside === undefined) return true;
      return deeper === undefined && ROOMS[folder]?.includes(room) === true;
    };
    const problems = sources
      .filter(({ file, folder }) => file.endsWith("/index.ts") || !isInPlace(file, folder))
      .map(({ file }) => `${file} is an index or too deep`);

    assertNone(problems);
  });

  it("has no default export and no export of everything", () => {
    const problems = sources
      .filter(({ text }) => /^export (default|\*)|\bas default\b/m.test(text))
      .map(({ file }) => `${file} has a default export, or exports everything of another`);

    assertNone(problems);
  });

  it(`has at most ${MAX_LINES} lines`, () => {
    const problems = sources
      .map(({ file, text }) => ({ file, lines: text.trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > MAX_LINES)
      .map(({ file, lines }) => `${file} has ${lines} lines`);

    assertNone(problems);
  });

  it("reads time from a Clock, which reads Node's in one file; the demo is a program of its own", () => {
    const reads = /\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\)/;
    const problems = sources
      .filter(({ file, folder }) => !CLOCKS.includes(file) && folder !== "demo")
      .filter(({ text }) => reads.test(withoutComments(text)))
      .map(({ file }) => `${file} reads the machine's clock`);
    const origins = sources
      .filter(({ text }) => withoutComments(text).includes("performance.timeOrigin"))
      .map(({ file }) => file);

    assertNone(problems);
    assert.deepEqual(origins, ["telemetry/metrics/metric-producer.ts"]);
  });

  it("takes timers from one file, where they are Node's; programs of their own may use the globals", () => {
    const uses =
      /\b(?:process\.nextTick|process\.hrtime|queueMicrotask|AbortSignal\.timeout|(?:set|clear)(?:Timeout|Interval|Immediate))\b|from "(?:node:)?timers(?:\/promises)?"/;
    const problems = sources
      .filter(({ file }) => !CLOCKS.includes(file))
      .filter(({ folder }) => !["demo", "page", "cli"].includes(folder))
      .filter(({ text }) => uses.test(withoutComments(text)))
      .map(({ file }) => `${file} uses a timer that a test may have replaced`);

    assertNone(problems);
  });

  it("throws errors with codes", () => {
    const bare = /throw new (?:Type|Range|Syntax|Eval|URI|Aggregate)?Error\(/;
    const problems = sources
      .filter(({ text }) => bare.test(withoutComments(text)))
      .map(({ file }) => `${file} throws an error without a code`);

    assertNone(problems);
  });
});

describe("the reader of imports", () => {
  it("sees what there is: the table would hold of a reader that sees nothing", () => {
    const seen = sources.flatMap(({ imports }) => imports);

    assert.ok(seen.length > 300, `${seen.length} imports`);
    assert.ok(seen.some(({ typeOnly }) => typeOnly) && seen.some(({ typeOnly }) => !typeOnly));
    for (const { file, text, imports } of sources) {
      const statements = text.match(/^(?:import|export)\b[^;]*?\bfrom "/gm)?.length ?? 0;
      assert.ok(imports.length >= statements, `${file}: ${imports.length} of ${statements}`);
    }
  });
});
