import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { installedTool } from "../../tools/stack/stack-process.ts";
import { nodeImage, Tool } from "../../tools/stack/tool-paths.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import type { DockerEngine } from "./docker-engine.ts";

// Images under the very tags of docker-compose.yml and the Dockerfile, made of what is on this machine: nothing is
// pulled. They have no more than the makers' images have, for what the compose file asks of them: most are a program
// and nothing else, neither a shell nor folders.

const NODE = `node:${StackVersion.node}-bookworm-slim`;
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** Tempo can be built only as it was before it learned `-health`; this asks in its place, and is Tempo otherwise. */
const TEMPO = `#!/bin/sh
case "$1" in
  -health) exec node -e 'fetch("http://127.0.0.1:3200/ready").then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' ;;
  *) exec /usr/bin/tempo "$@" ;;
esac
`;

/** An image that is not built from the repository's own Dockerfile. */
interface Image {
  readonly tag: string;
  readonly programs: readonly Tool[];
  readonly dockerfile: readonly string[];
  /** Files besides the programs: their names and texts. */
  readonly files?: Readonly<Record<string, string>>;
}

const IMAGES: readonly Image[] = [
  {
    tag: `prom/prometheus:v${StackVersion.prometheus}`,
    programs: [Tool.Prometheus, Tool.Promtool],
    dockerfile: [
      "FROM scratch",
      "COPY prometheus promtool /bin/",
      'ENTRYPOINT ["/bin/prometheus"]',
    ],
  },
  {
    tag: `otel/opentelemetry-collector-contrib:${StackVersion.collector}`,
    programs: [Tool.Collector],
    dockerfile: [
      "FROM scratch",
      `COPY ${Tool.Collector} /otelcol-contrib`,
      'ENTRYPOINT ["/otelcol-contrib"]',
    ],
  },
  {
    tag: `grafana/loki:${StackVersion.loki}`,
    programs: [Tool.Loki],
    dockerfile: ["FROM scratch", "COPY loki /usr/bin/loki", 'ENTRYPOINT ["/usr/bin/loki"]'],
  },
  {
    tag: `grafana/tempo:${StackVersion.tempo}`,
    programs: [Tool.Tempo],
    files: { "tempo.sh": TEMPO },
    dockerfile: [
      `FROM ${NODE}`,
      "COPY tempo /usr/bin/tempo",
      "COPY tempo.sh /tempo",
      "RUN chmod 755 /tempo",
      'ENTRYPOINT ["/tempo"]',
    ],
  },
];

/** Gives `engine` every image that Docker would pull, but Grafana's. */
export async function makeImages(engine: DockerEngine): Promise<void> {
  if (!existsSync(nodeImage)) {
    throw new Error(`${nodeImage} is missing: run \`npm run tools:engine\` first`);
  }
  const trust = ["--change", `ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`];
  await engine.docker(["import", ...trust, nodeImage, NODE]);
  for (const image of IMAGES) await buildImage(engine, image);
}

async function buildImage(engine: DockerEngine, image: Image): Promise<void> {
  const { tag, programs, dockerfile, files = {} } = image;
  const folder = join(engine.folder, "images", tag.replace(/\W/g, "-"));
  mkdirSync(folder, { recursive: true });
  for (const program of programs) {
    const path = installedTool(program);
    copyFileSync(path, join(folder, basename(path)));
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "Dockerfile"), `${dockerfile.join("\n")}\n`);
  await engine.docker(["build", "--quiet", "--tag", tag, folder]);
}
