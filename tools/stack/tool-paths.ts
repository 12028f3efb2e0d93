import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { StackVersion } from "./versions.ts";

/** Programs that the stack consists of without Docker, and that its tests run; {@link toolPath} finds them. */
export const Tool = {
  Collector: "otelcol-limelight",
  Prometheus: "prometheus",
  Promtool: "promtool",
  Jaeger: "jaeger",
  VictoriaLogs: "victoria-logs",
  Nats: "nats-server",
  Compose: "docker-compose",
} as const;
export type Tool = (typeof Tool)[keyof typeof Tool];

/** What the collector is built of. */
export const COLLECTOR_MANIFEST: string = join(import.meta.dirname, "../../collector/builder.yaml");

/** Another list of components is another program of the same version. */
function collectorVersion(): string {
  const hash = createHash("sha256").update(readFileSync(COLLECTOR_MANIFEST)).digest("hex");
  return `${StackVersion.collector}-${hash.slice(0, 8)}`;
}

const VERSION: Readonly<Record<Tool, string>> = {
  [Tool.Collector]: collectorVersion(),
  [Tool.Prometheus]: StackVersion.prometheus,
  [Tool.Promtool]: StackVersion.prometheus,
  [Tool.Jaeger]: StackVersion.jaeger,
  [Tool.VictoriaLogs]: StackVersion.victoriaLogs,
  [Tool.Nats]: StackVersion.nats,
  [Tool.Compose]: StackVersion.compose,
};

/** What is downloaded and built is kept here, outside of the repository: several clones and CI runs share it. */
export const cacheRoot: string =
  process.env["LIMELIGHT_CACHE"] ?? join(homedir(), ".cache/limelight");

/** Where the programs are kept. */
export const toolCache: string = join(cacheRoot, "stack");

/** The folder of a program; its name has the version, so that another version is another folder. */
function toolFolder(tool: Tool): string {
  return join(toolCache, `${tool}-${VERSION[tool]}`);
}

/** The program itself, whether it has been installed or not. */
export function toolPath(tool: Tool): string {
  return join(toolFolder(tool), tool);
}

/** The oldest NATS server that clusters support, whether it has been installed or not. */
export const oldNatsPath: string = join(
  toolCache,
  `${Tool.Nats}-${StackVersion.oldNats}`,
  Tool.Nats,
);

/** The file system of the image that the Dockerfile begins with, as far as it can be made without pulling it. */
export const nodeImage: string = join(
  toolCache,
  `node-${StackVersion.node}-npm-${StackVersion.npm}-bookworm.tar`,
);
