import type { GoProgram } from "./go-program.ts";
import { Tool } from "./tool-paths.ts";
import { StackVersion, TEMPO_COMMIT } from "./versions.ts";

/** Module versions of Prometheus are v0.300 for 3.0. Its service discoveries, none of which we use, are most of it. */
function prometheus(command: string): GoProgram {
  const [, minor, patch] = StackVersion.prometheus.split(".");
  return {
    module: "github.com/prometheus/prometheus",
    version: `v0.3${minor?.padStart(2, "0")}.${patch}`,
    command,
    replace: { "cloud.google.com/go": "cloud.google.com/go v0.123.0" },
    tags: ["netgo", "remove_all_sd"],
  };
}

/** The programs that are one command of one Go module. */
export const GO_PROGRAMS: Readonly<Record<Exclude<Tool, typeof Tool.Collector>, GoProgram>> = {
  [Tool.Prometheus]: prometheus("cmd/prometheus"),
  [Tool.Promtool]: prometheus("cmd/promtool"),
  [Tool.Loki]: {
    module: "github.com/grafana/loki/v3",
    version: `v${StackVersion.loki}`,
    command: "cmd/loki",
    replace: {
      "github.com/Azure/azure-sdk-for-go": "github.com/Azure/azure-sdk-for-go v68.0.0+incompatible",
      "github.com/Azure/azure-storage-blob-go":
        "github.com/MasslessParticle/azure-storage-blob-go v0.14.1-0.20240322194317-344980fda573",
      "github.com/gocql/gocql": "github.com/grafana/gocql v0.0.0-20200605141915-ba5dc39ece85",
      "github.com/grafana/regexp": "github.com/grafana/regexp v0.0.0-20240518133315-a468a5bfb3bc",
      "github.com/hashicorp/memberlist":
        "github.com/grafana/memberlist v0.3.1-0.20251126142931-6f9f62ab6f86",
      "github.com/influxdata/go-syslog/v3": "github.com/leodido/go-syslog/v4 v4.3.0",
      "github.com/thanos-io/objstore":
        "github.com/grafana/objstore v0.0.0-20250728171719-b5d3b766d1b0",
      // A folder of Loki's own there; this commit has the same code.
      "github.com/grafana/loki/pkg/push":
        "github.com/grafana/loki/pkg/push v0.0.0-20250903135404-0b2d0b070e96",
    },
    tags: [],
  },
  [Tool.Tempo]: {
    module: "github.com/grafana/tempo",
    version: TEMPO_COMMIT,
    command: "cmd/tempo",
    replace: {
      "github.com/hashicorp/memberlist":
        "github.com/grafana/memberlist v0.3.1-0.20220708130638-bd88e10a3d91",
      "k8s.io/api": "k8s.io/api v0.25.0",
      "k8s.io/client-go": "k8s.io/client-go v0.25.0",
    },
    tags: [],
    // Of the module as it was when these tools were written.
    sums: [
      `github.com/grafana/tempo ${TEMPO_COMMIT} h1:wnzJov9RhSHGaTYGzTygL4qq986fLen8xSqnQgaMd28=`,
      `github.com/grafana/tempo ${TEMPO_COMMIT}/go.mod h1:j1IY7J2rUz7TcTjFVVx6HCpyTlYOJPtXuGRZ7sI+vSo=`,
    ],
  },
  // The newest that Go 1.26.3 can build.
  [Tool.Compose]: {
    module: "github.com/docker/compose/v5",
    version: `v${StackVersion.compose}`,
    command: "cmd",
    replace: {},
    tags: [],
  },
};
