import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { StackVersion } from "../../tools/stack/versions.ts";

const root = join(import.meta.dirname, "../..");
const readText = (name: string): string => readFileSync(join(root, name), "utf8");

/** What the tests look at of a service. */
interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly user?: string;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly [key: string]: unknown;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

function readCompose(name: string): ComposeFile {
  return parse(readText(name), { merge: true }) as ComposeFile;
}

const base = readCompose("docker-compose.yml");
const sampling = readCompose("docker-compose.tail-sampling.yml");
const cluster = readCompose("docker-compose.cluster.yml");
const services = Object.entries(base.services);
/** Those that end by themselves and start others. */
const ONE_SHOT = ["volume-owners", "victorialogs-ready", "collector-ready", "grafana-plugins"];

describe("docker-compose.yml", () => {
  it("starts the services of the stack", () => {
    const lasting = Object.keys(base.services).filter((name) => !ONE_SHOT.includes(name));

    assert.deepEqual(lasting.sort(), [
      "app",
      "collector",
      "grafana",
      "jaeger",
      "load",
      "prometheus",
      "victorialogs",
    ]);
  });

  it("publishes ports on loopback only", () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);

    assert.ok(ports.length > 0);
    assert.deepEqual(
      ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port)),
      [],
    );
  });

  it("publishes no port of VictoriaLogs, which has no authentication", () => {
    const { ports, command } = base.services["victorialogs"] ?? {};

    assert.equal(ports, undefined);
    assert.ok((command as readonly string[]).includes("-http.disableCORS"));
  });

  it("names exact images, of the versions that the tools have", () => {
    const { version } = JSON.parse(readText("package.json")) as { version: string };
    const images = Object.fromEntries(services.map(([name, { image }]) => [name, image]));

    assert.deepEqual(images, {
      app: `limelight-demo:${version}`,
      load: `limelight-demo:${version}`,
      "volume-owners": `limelight-demo:${version}`,
      "victorialogs-ready": `limelight-demo:${version}`,
      "collector-ready": `limelight-demo:${version}`,
      collector: `otel/opentelemetry-collector-contrib:${StackVersion.collector}`,
      prometheus: `prom/prometheus:v${StackVersion.prometheus}`,
      jaeger: `jaegertracing/jaeger:${StackVersion.jaeger}`,
      victorialogs: `victoriametrics/victoria-logs:v${StackVersion.victoriaLogs}`,
      grafana: `grafana/grafana:${StackVersion.grafana}`,
      "grafana-plugins": `grafana/grafana:${StackVersion.grafana}`,
    });
    const nodes = [...readText("Dockerfile").matchAll(/^FROM node:(\S+)/gm)].map(([, tag]) => tag);
    assert.deepEqual(new Set(nodes), new Set([`${StackVersion.node}-bookworm-slim`]));
  });

  for (const [name, service] of services) {
    it(`${name} may do no more than it must`, () => {
      assert.equal(service["read_only"], true);
      assert.deepEqual(service["cap_drop"], ["ALL"]);
      assert.deepEqual(service["cap_add"], name === "volume-owners" ? ["CHOWN"] : undefined);
      assert.deepEqual(service["security_opt"], ["no-new-privileges:true"]);
      assert.match(String(service["mem_limit"]), /^\d+m$/);
      assert.ok(service["logging"] !== undefined, "its logs are not bounded");
      assert.equal(service["privileged"], undefined);
      assert.doesNotMatch(JSON.stringify(service), /docker\.sock/);
    });
  }

  it("runs nothing as root but what gives the volumes to their owners", () => {
    const roots = services.filter(([, { user }]) => user?.startsWith("0")).map(([name]) => name);
    const imageUser = services.filter(([, { user }]) => user === undefined);

    assert.deepEqual(roots, ["volume-owners"]);
    assert.deepEqual(
      imageUser.filter(([, { build }]) => build === undefined),
      [],
    );
    assert.match(readText("Dockerfile"), /^USER node$/m);
  });

  it("leaves the Go programs' heaps below their memory limits", () => {
    const limits = services.filter(([, { build }]) => build === undefined);

    for (const [name, { mem_limit, environment }] of limits) {
      const heap = Number(/^(\d+)MiB$/.exec(environment?.["GOMEMLIMIT"] ?? "")?.[1]);
      const share = heap / Number.parseInt(String(mem_limit), 10);
      assert.ok(share >= 0.7 && share <= 0.85, `${name}: ${share}`);
    }
  });

  it("asks for the admin's password, and lets everybody else only look", () => {
    const grafana = base.services["grafana"]?.environment ?? {};

    assert.match(
      grafana["GF_SECURITY_ADMIN_PASSWORD"] ?? "",
      /^\$\{GRAFANA_ADMIN_PASSWORD:\?.+\}$/,
    );
    assert.equal(grafana["GF_AUTH_ANONYMOUS_ORG_ROLE"], "Viewer");
  });

  it("has Grafana tell its makers nothing", () => {
    const grafana = base.services["grafana"]?.environment ?? {};

    assert.equal(grafana["GF_ANALYTICS_REPORTING_ENABLED"], "false");
    assert.equal(grafana["GF_ANALYTICS_CHECK_FOR_UPDATES"], "false");
    assert.equal(grafana["GF_PLUGINS_PREINSTALL_DISABLED"], "true");
  });

  it("asks from outside whether those are ready that cannot be asked inside", () => {
    for (const name of ["victorialogs", "collector"]) {
      const { restart, command } = base.services[`${name}-ready`] ?? {};

      assert.equal(base.services[name]?.healthcheck, undefined);
      assert.equal(restart, "on-failure");
      assert.match(String(command), new RegExp(`^http://${name}:\\d+/`));
    }
  });

  it("waits for nothing that is not there or cannot come true", () => {
    for (const [name, { depends_on }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on ?? {})) {
        assert.ok(other in base.services, `${name} waits for ${other}`);
        if (condition === "service_healthy") {
          assert.ok(base.services[other]?.healthcheck !== undefined, `${other} has no healthcheck`);
        }
        if (condition === "service_completed_successfully") assert.ok(ONE_SHOT.includes(other));
      }
    }
  });

  it("gives every volume an owner", () => {
    const owners = JSON.stringify(base.services["volume-owners"]);

    for (const volume of Object.keys(base.volumes ?? {})) {
      assert.ok(owners.includes(`${volume}:/volumes/${volume}`), volume);
      assert.match(owners, new RegExp(`\\b${volume}: \\d+`));
    }
  });
});

describe("the overlay for tail sampling", () => {
  it("gives the collector the base configuration and its own", () => {
    const configs = (file: ComposeFile): string[] => {
      const command = file.services["collector"]?.["command"] ?? [];
      return (command as string[]).filter((argument) => argument.startsWith("--config="));
    };

    assert.deepEqual(configs(sampling), [
      "--config=/etc/otelcol/config.yaml",
      "--config=/etc/otelcol/tail-sampling.yaml",
    ]);
  });
});

describe("the overlay for a cluster", () => {
  const added = Object.entries(cluster.services).filter(([name]) => !(name in base.services));

  it("has the image of the server that the tools have, and the demo's own", () => {
    const { version } = JSON.parse(readText("package.json")) as { version: string };
    const images = Object.fromEntries(added.map(([name, { image }]) => [name, image]));

    assert.deepEqual(images, {
      nats: `nats:${StackVersion.nats}-alpine`,
      "nats-owner": `limelight-demo:${version}`,
      "app-2": `limelight-demo:${version}`,
      "app-3": `limelight-demo:${version}`,
    });
  });

  for (const [name, service] of added) {
    it(`${name} may do no more than it must`, () => {
      assert.equal(service["read_only"], true);
      assert.deepEqual(service["cap_drop"], ["ALL"]);
      assert.deepEqual(service["cap_add"], name === "nats-owner" ? ["CHOWN"] : undefined);
      assert.deepEqual(service["security_opt"], ["no-new-privileges:true"]);
      assert.match(String(service["mem_limit"]), /^\d+m$/);
      assert.ok(service["logging"] !== undefined, "its logs are not bounded");
      assert.equal(service.ports, undefined);
    });
  }

  it("syncs each write of the server to its disk, and gives the volume to its user", () => {
    const volumes = cluster.services["nats"]?.["volumes"];

    assert.deepEqual(volumes, ["./nats:/etc/nats:ro", "nats:/data"]);
    assert.match(readText("nats/nats.conf"), /^ {2}sync_interval: always$/m);
    assert.match(readText("nats/nats.conf"), /^ {2}store_dir: \/data$/m);
    assert.match(
      JSON.stringify(cluster.services["nats-owner"]),
      /chownSync\('\/volumes\/nats', 10001/,
    );
    assert.equal(cluster.services["nats"]?.user, "10001:10001");
    assert.deepEqual(Object.keys(cluster.volumes ?? {}), ["nats"]);
  });

  it("gives each process a name of its own, and sends load to all of them", () => {
    const runners = ["app", "app-2", "app-3"];
    const names = runners.map((name) => {
      const command = cluster.services[name]?.["command"] as readonly string[];
      return command.find((part) => part.startsWith("--node="));
    });
    const load = cluster.services["load"]?.["entrypoint"] as readonly string[];

    assert.equal(new Set(names).size, 3);
    assert.deepEqual(
      load.filter((part) => part.startsWith("--url=")),
      runners.map((name) => `--url=http://${name}:8080`),
    );
  });
});
