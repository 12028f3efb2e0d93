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

/** What Alpine's own does when it is asked for nothing but whether a page is there. */
const WGET = `#!/usr/local/bin/node
fetch(process.argv.at(-1)).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1));
`;

/** The maker's passes options on to the server. */
const NATS_ENTRYPOINT = `#!/bin/sh
case "$1" in -*) set -- nats-server "$@" ;; esac
exec "$@"
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
    tag: `jaegertracing/jaeger:${StackVersion.jaeger}`,
    programs: [Tool.Jaeger],
    files: { wget: WGET },
    dockerfile: [
      `FROM ${NODE}`,
      "COPY jaeger /cmd/jaeger/jaeger-linux",
      "COPY wget /usr/bin/wget",
      "RUN chmod 755 /usr/bin/wget",
      'ENTRYPOINT ["/cmd/jaeger/jaeger-linux"]',
    ],
  },
  {
    tag: `victoriametrics/victoria-logs:v${StackVersion.victoriaLogs}`,
    programs: [Tool.VictoriaLogs],
    dockerfile: [
      "FROM scratch",
      `COPY ${Tool.VictoriaLogs} /victoria-logs-prod`,
      'ENTRYPOINT ["/victoria-logs-prod"]',
    ],
  },
  {
    tag: `nats:${StackVersion.nats}-alpine`,
    programs: [Tool.Nats],
    files: { wget: WGET, "docker-entrypoint.sh": NATS_ENTRYPOINT },
    dockerfile: [
      `FROM ${NODE}`,
      `COPY ${Tool.Nats} docker-entrypoint.sh /usr/local/bin/`,
      "COPY wget /usr/bin/wget",
      "RUN chmod 755 /usr/bin/wget /usr/local/bin/docker-entrypoint.sh",
      'ENTRYPOINT ["docker-entrypoint.sh"]',
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
