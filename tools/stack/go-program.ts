import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A command of a Go module, built from a module of our own. */
export interface GoProgram {
  /** Path of the module. */
  readonly module: string;
  /** Its version, as listed by the module proxy. */
  readonly version: string;
  /** Its hash as in `go.sum`, `h1:…`, checked besides what the checksum database says. */
  readonly sum?: string;
  /** Path of the package within the module; empty for the module's root. */
  readonly command: string;
  /**
   * The module's own `replace` directives. `go install module@version` refuses modules that have some, and a module
   * that requires it has to repeat them.
   */
  readonly replace?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** String variables that the linker sets, by their full name: the version that the program reports. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs a program in `folder`. Its output goes to our own. */
export function run(command: string, args: readonly string[], folder: string): void {
  const { error, status } = spawnSync(command, args, {
    cwd: folder,
    // Use the installed toolchain, and never download another one implicitly.
    env: { ...process.env, CGO_ENABLED: "0", GOBIN: folder, GOTOOLCHAIN: "local", GOWORK: "off" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error !== undefined) throw new Error(`cannot run ${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with status ${status}`);
}

/** Builds `program` in `folder` as `output`. Minimal version selection determines its dependencies. */
export function buildGoProgram(program: GoProgram, folder: string, output: string): void {
  const { module, version, sum, command, replace = {}, tags = [], variables = {} } = program;
  const replaced = Object.entries(replace).map(([from, to]) => `replace ${from} => ${to}\n`);
  const goPackage = command === "" ? module : `${module}/${command}`;
  writeFileSync(
    join(folder, "go.mod"),
    `module limelight.dev/tools\n\ngo 1.26\n\ntool ${goPackage}\n\nrequire ${module} ${version}\n\n${replaced.join("")}`,
  );
  if (sum !== undefined) writeFileSync(join(folder, "go.sum"), `${module} ${version} ${sum}\n`);
  const set = Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`);
  const linker = `-ldflags=${["-s", "-w", ...set].join(" ")}`;
  const flags = ["-mod=mod", "-trimpath", linker, `-tags=${tags.join(",")}`];
  run("go", ["build", ...flags, "-o", output, goPackage], folder);
}
