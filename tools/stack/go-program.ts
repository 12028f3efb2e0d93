import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A command of a Go module that has to be built from a module of ours. */
export interface GoProgram {
  /** Path of the module. */
  readonly module: string;
  /** Its version, as the module proxy knows it. */
  readonly version: string;
  /** Path of the package below the module. */
  readonly command: string;
  /**
   * The module's own `replace` directives. `go install module@version` refuses modules that have some, and a module
   * that requires it has to repeat them.
   */
  readonly replace: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /**
   * Lines of `go.sum` for the module, where the checksum database knows neither it nor all it is built of; they vouch
   * for the module's own `go.sum`, which vouches for the rest. Without them all is checked against the database.
   */
  readonly sums?: readonly string[];
}

/** Runs a program in `folder`; what it says goes to our own output. */
export function run(command: string, args: readonly string[], folder: string): void {
  const { error, status } = spawnSync(command, args, {
    cwd: folder,
    // The toolchain that is there: none is downloaded behind the user's back.
    env: { ...process.env, CGO_ENABLED: "0", GOBIN: folder, GOTOOLCHAIN: "local", GOWORK: "off" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error !== undefined) throw new Error(`cannot run ${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with status ${status}`);
}

/** The `go.sum` that the module of `program` comes with, fetched and checked by the one that is in `folder`. */
function ownSums({ module, version }: GoProgram, folder: string): string {
  run("go", ["mod", "download", `${module}@${version}`], folder);
  const cache = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
  return readFileSync(join(cache, `${module}@${version}`, "go.sum"), "utf8");
}

/** Builds `program` in `folder` as `output`: minimal version selection fixes what it is built of. */
export function buildGoProgram(program: GoProgram, folder: string, output: string): void {
  const { module, version, command, replace, tags, sums = [] } = program;
  const replaced = Object.entries(replace).map(([from, to]) => `replace ${from} => ${to}\n`);
  writeFileSync(
    join(folder, "go.mod"),
    `module limelight.dev/tools\n\ngo 1.26\n\ntool ${module}/${command}\n\nrequire ${module} ${version}\n\n${replaced.join("")}`,
  );
  if (sums.length > 0) {
    const file = join(folder, "go.sum");
    writeFileSync(file, `${sums.join("\n")}\n`);
    appendFileSync(file, ownSums(program, folder));
  }
  const flags = ["-mod=mod", "-trimpath", "-ldflags=-s -w", `-tags=${tags.join(",")}`];
  run("go", ["build", ...flags, "-o", output, `${module}/${command}`], folder);
}
