import { homedir } from "node:os";
import { join } from "node:path";
import { StackVersion } from "./versions.ts";

/** Programs that the tests of the stack run, as {@link toolPath} finds them. */
export const Tool = {
  Collector: "otelcol-limelight",
  Prometheus: "prometheus",
  Promtool: "promtool",
} as const;
export type Tool = (typeof Tool)[keyof typeof Tool];

/** Where the programs are kept, outside of the repository: several clones and CI runs share them. */
export const toolCache: string = join(
  process.env["LIMELIGHT_CACHE"] ?? join(homedir(), ".cache/limelight"),
  "stack",
);

/** The folder of a program; its name has the version, so that another version is another folder. */
export function toolFolder(tool: Tool): string {
  const version = tool === Tool.Collector ? StackVersion.collector : StackVersion.prometheus;
  return join(toolCache, `${tool}-${version}`);
}

/** The program itself, whether it has been installed or not. */
export function toolPath(tool: Tool): string {
  return join(toolFolder(tool), tool);
}
