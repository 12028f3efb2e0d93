import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheRoot } from "../../tools/stack/tool-paths.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");
const PROGRAMS = join(ROOT, "test/matrix/programs");
const PNPM = "12.21.0";
const BUN = "1.4.5";
const DENO = "2.9.6";
const QUIET = ["--no-audit", "--no-fund", "--prefer-offline"];

/** The Node versions limelight supports: the oldest, and the latest of each line. */
export const NODES = ["22.15.0", "24.21.0", "26.10.0"] as const;
/** One that is too old. */
export const OLD_NODE = "20.20.2";

/** How a program is written. */
export const Format = { Esm: "mjs", CommonJs: "cjs" } as const;
export type Format = (typeof Format)[keyof typeof Format];

/** Installs the package manager, or a Node, into the cache. Returns the folder of its packages. */
async function cached(folder: string, specifier: string): Promise<string> {
  const directory = join(cacheRoot, "matrix", folder);
  const done = join(directory, "installed");
  if (!existsSync(done)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "package.json"), '{"private":true}');
    await run("npm", ["install", ...QUIET, "--ignore-scripts", specifier], { cwd: directory });
    writeFileSync(done, "");
  }
  return join(directory, "node_modules");
}

/** Returns the program of a Node version. */
export async function nodeOf(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  return join(await cached(`node-${version}`, `${name}@${version}`), name, "bin/node");
}

/** Returns the program of Bun. */
export async function bunProgram(): Promise<string> {
  const name = `@oven/bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : "x64"}`;
  return join(await cached(`bun-${BUN}`, `${name}@${BUN}`), name, "bin/bun");
}

/** Returns the program of Deno. */
export async function denoProgram(): Promise<string> {
  const name = `@deno/${process.platform}-${process.arch}-glibc`;
  return join(await cached(`deno-${DENO}`, `${name}@${DENO}`), name, "deno");
}

/** Returns the compiler of a TypeScript version. */
export async function compilerOf(version: string): Promise<string> {
  return join(await cached(`typescript-${version}`, `typescript@${version}`), "typescript/bin/tsc");
}

let archive: Promise<string> | undefined;

/** Packs the built package, as `npm publish` would. Resolves to the archive. */
export function packed(): Promise<string> {
  archive ??= pack();
  return archive;
}

async function pack(): Promise<string> {
  const target = join(tmpdir(), `limelight-matrix-${process.pid}`);
  mkdirSync(target, { recursive: true });
  process.once("exit", () => rmSync(target, { recursive: true, force: true }));
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", target];
  const { stdout } = await run("npm", args, { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ filename: string }];
  return join(target, filename);
}

/** What an application has installed besides limelight. */
export interface ProjectOptions {
  readonly name: string;
  readonly manager: "npm" | "pnpm";
  readonly packages: readonly string[];
}

/**
 * An application into which the package is installed. The installation is kept in the cache; the package's own
 * files are replaced by those of the present build.
 */
export class Project {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  static async create({ name, manager, packages }: ProjectOptions): Promise<Project> {
    const tarball = await packed();
    const manifest = readFileSync(join(ROOT, "package.json"), "utf8");
    const { dependencies, peerDependencies } = JSON.parse(manifest);
    const content = JSON.stringify([manager, packages, dependencies, peerDependencies]);
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
    const directory = join(cacheRoot, "matrix", `${name}-${hash}`);
    const done = join(directory, "installed");
    if (!existsSync(done)) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "package.json"), '{"private":true}');
      // Inside of the project: the lock file of pnpm names it, and it is gone after this run otherwise.
      copyFileSync(tarball, join(directory, basename(tarball)));
      await install(manager, directory, [...packages, `./${basename(tarball)}`]);
      writeFileSync(done, "");
    }
    await replaceFiles(directory, tarball);
    return new Project(directory);
  }

  /** Gives limelight the installed package `from` as a copy of `name` of its own. */
  nest(from: string, name: string): void {
    const modules = join(this.directory, "node_modules");
    const target = join(modules, "limelight/node_modules", name);
    if (!existsSync(target)) cpSync(join(modules, from), target, { recursive: true });
  }

  /** Writes the main program of `format`, which calls `program` with what it loads. */
  writeMain(program: string, format: Format, modules: Readonly<Record<string, string>>): string {
    const file = `${basename(program, ".cjs")}-main.${format}`;
    copyFileSync(join(PROGRAMS, program), join(this.directory, program));
    const load = Object.entries(modules).map(([name, from]) =>
      format === Format.Esm
        ? `import * as ${name} from "${from}";`
        : `const ${name} = require("${from}");`,
    );
    const start =
      format === Format.Esm
        ? `import run from "./${program}";`
        : `const run = require("./${program}");`;
    const call = `run({ ${Object.keys(modules).join(", ")} });`;
    writeFileSync(join(this.directory, file), [...load, start, call, ""].join("\n"));
    return file;
  }

  /** Runs Node in the project. */
  async run(
    node: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly stdout: string; readonly stderr: string }> {
    const options = { cwd: this.directory, env: { ...process.env, ...env }, timeout: 60_000 };
    return await run(node, args, options);
  }
}

/** Resolves an installation of the package with npm on `node`. Returns what npm prints. */
export async function installOutput(node: string): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), "limelight-install-"));
  try {
    writeFileSync(join(cwd, "package.json"), '{"private":true}');
    const npm = realpathSync((await run("which", ["npm"])).stdout.trim());
    const args = [npm, "install", ...QUIET, "--package-lock-only", await packed()];
    const { stdout, stderr } = await run(node, args, { cwd });
    return stdout + stderr;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function install(
  manager: ProjectOptions["manager"],
  cwd: string,
  packages: readonly string[],
): Promise<void> {
  if (manager === "npm") {
    await run("npm", ["install", ...QUIET, ...packages], { cwd });
    return;
  }
  const pnpm = join(await cached(`pnpm-${PNPM}`, `pnpm@${PNPM}`), "pnpm/bin/pnpm.mjs");
  const store = join(cacheRoot, "matrix/pnpm-store");
  // pnpm fails where packages have install scripts that were not allowed. limelight brings none; `sdk-node` does.
  const scripts = packages.some((name) => name.includes("sdk-node")) ? ["--ignore-scripts"] : [];
  const args = [pnpm, "add", "--store-dir", store, ...scripts, ...packages];
  await run(process.execPath, args, { cwd });
}

async function replaceFiles(directory: string, tarball: string): Promise<void> {
  const target = realpathSync(join(directory, "node_modules/limelight"));
  for (const name of readdirSync(target)) {
    if (name !== "node_modules") rmSync(join(target, name), { recursive: true });
  }
  const args = ["-xzf", tarball, "--strip-components=1", "-C", target];
  await run("tar", args, { cwd: dirname(tarball) });
}
