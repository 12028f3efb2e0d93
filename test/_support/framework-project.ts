import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");
const EXAMPLES = join(ROOT, "examples/frameworks");
const CACHE = process.env["LIMELIGHT_CACHE"] ?? join(homedir(), ".cache/limelight");
const QUIET = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];

/** Versions of Node that the examples run on, besides the one that runs the tests. */
export const OTHER_NODES = ["22.15.0", "26.10.0"] as const;

/**
 * The examples of `examples/frameworks`, with everything installed that they need and the built package as its
 * users get it.
 *
 * The installation is kept outside of the repository until what is installed changes. The package's own files
 * are those of the last build.
 */
export class FrameworkProject {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<FrameworkProject> {
    const manifest = JSON.parse(readFileSync(join(EXAMPLES, "package.json"), "utf8"));
    const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const parts = [manifest, own.dependencies, own.peerDependencies, OTHER_NODES];
    const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
    const directory = join(CACHE, `frameworks-${hash}`);
    const project = new FrameworkProject(directory);
    const archive = await pack();
    try {
      if (!existsSync(join(directory, "installed"))) await project.#install(manifest, archive);
      await project.#replacePackage(archive);
    } finally {
      rmSync(archive);
    }
    cpSync(EXAMPLES, directory, {
      recursive: true,
      filter: (path) => path !== join(EXAMPLES, "package.json"),
    });
    await project.#run(join(directory, "node_modules/.bin/tsc"), ["-p", "nest"]);
    return project;
  }

  /** The program of a Node version of {@link OTHER_NODES}. */
  node(version: string): string {
    return join(this.directory, "node_modules", `node-${version}`, "bin/node");
  }

  /** Adds a file beside the examples. */
  write(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
  }

  async #install(
    manifest: { dependencies: Record<string, string> },
    archive: string,
  ): Promise<void> {
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(this.directory, { recursive: true });
    cpSync(archive, join(this.directory, "limelight.tgz"));
    const platform = `node-${process.platform}-${process.arch}`;
    const nodes = OTHER_NODES.map((version) => [`node-${version}`, `npm:${platform}@${version}`]);
    const dependencies = {
      ...manifest.dependencies,
      ...Object.fromEntries(nodes),
      limelight: "file:./limelight.tgz",
    };
    this.write("package.json", JSON.stringify({ ...manifest, dependencies }));
    await this.#run("npm", ["install", ...QUIET]);
    this.write("installed", "");
  }

  async #replacePackage(archive: string): Promise<void> {
    const target = join(this.directory, "node_modules/limelight");
    for (const name of readdirSync(target)) {
      if (name !== "node_modules") rmSync(join(target, name), { recursive: true });
    }
    await this.#run("tar", ["-xzf", archive, "--strip-components=1", "-C", target]);
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    await run(program, args, { cwd: this.directory });
  }
}

/** Packs the last build, as `npm publish` would. Returns the archive. */
async function pack(): Promise<string> {
  if (!existsSync(join(ROOT, "dist/preload.js"))) throw new Error("not built: npm run build");
  const target = mkdtempSync(join(tmpdir(), "limelight-frameworks-"));
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", target];
  const { stdout } = await run("npm", args, { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ filename: string }];
  return join(target, filename);
}
