import { homedir } from "node:os";
import { join } from "node:path";
import { StackVersion, TEMPO_COMMIT } from "./versions.ts";

/** Programs that the stack consists of without Docker, and that its tests run; {@link toolPath} finds them. */
export const Tool = {
  Collector: "otelcol-limelight",
  Prometheus: "prometheus",
  Promtool: "promtool",
  Loki: "loki",
  Tempo: "tempo",
  Compose: "docker-compose",
} as const;
export type Tool = (typeof Tool)[keyof typeof Tool];

const VERSION: Readonly<Record<Tool, string>> = {
  [Tool.Collector]: StackVersion.collector,
  [Tool.Prometheus]: StackVersion.prometheus,
  [Tool.Promtool]: StackVersion.prometheus,
  [Tool.Loki]: StackVersion.loki,
  [Tool.Tempo]: TEMPO_COMMIT,
  [Tool.Compose]: StackVersion.compose,
};

/** Where the programs are kept, outside of the repository: several clones and CI runs share them. */
export const toolCache: string = join(
  process.env["LIMELIGHT_CACHE"] ?? join(homedir(), ".cache/limelight"),
  "stack",
);

/** The folder of a program; its name has the version, so that another version is another folder. */
export function toolFolder(tool: Tool): string {
  return join(toolCache, `${tool}-${VERSION[tool]}`);
}

/** The program itself, whether it has been installed or not. */
export function toolPath(tool: Tool): string {
  return join(toolFolder(tool), tool);
}

/** The file system of the image that the Dockerfile begins with, as far as it can be made without pulling it. */
export const nodeImage: string = join(
  toolCache,
  `node-${StackVersion.node}-npm-${StackVersion.npm}-bookworm.tar`,
);
