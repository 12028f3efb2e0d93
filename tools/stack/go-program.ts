import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
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
  readonly replace?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** String variables that the linker sets, by their full name: the version that the program reports. */
  readonly variables?: Readonly<Record<string, string>>;
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

/** Builds `program` in `folder` as `output`: minimal version selection fixes what it is built of. */
export function buildGoProgram(program: GoProgram, folder: string, output: string): void {
  const { module, version, command, replace = {}, tags = [], variables = {} } = program;
  const replaced = Object.entries(replace).map(([from, to]) => `replace ${from} => ${to}\n`);
  const goPackage = `${module}/${command}`;
  writeFileSync(
    join(folder, "go.mod"),
    `module limelight.dev/tools\n\ngo 1.26\n\ntool ${goPackage}\n\nrequire ${module} ${version}\n\n${replaced.join("")}`,
  );
  const set = Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`);
  const linker = `-ldflags=${["-s", "-w", ...set].join(" ")}`;
  const flags = ["-mod=mod", "-trimpath", linker, `-tags=${tags.join(",")}`];
  run("go", ["build", ...flags, "-o", output, goPackage], folder);
}
