import type { GoProgram } from "./go-program.ts";
import { Tool } from "./tool-paths.ts";
import { JAEGER_MODULE, StackVersion } from "./versions.ts";

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
  [Tool.Jaeger]: {
    module: "github.com/jaegertracing/jaeger",
    version: JAEGER_MODULE,
    command: "cmd/jaeger",
    replace: { "github.com/Shopify/sarama": "github.com/Shopify/sarama v1.33.0" },
    variables: {
      "github.com/jaegertracing/jaeger/internal/version.latestVersion": `v${StackVersion.jaeger}`,
    },
  },
  [Tool.VictoriaLogs]: {
    module: "github.com/VictoriaMetrics/VictoriaLogs",
    version: `v${StackVersion.victoriaLogs}`,
    command: "app/victoria-logs",
    variables: {
      "github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version": `victoria-logs-v${StackVersion.victoriaLogs}`,
    },
  },
  [Tool.Nats]: {
    module: "github.com/nats-io/nats-server/v2",
    version: `v${StackVersion.nats}`,
    sum: "h1:yLsgt2kslgymvxvjFq1WGWck5hkat2YYfbXvQ145tzU=",
    command: "",
  },
  // The newest that Go 1.26.3 can build.
  [Tool.Compose]: {
    module: "github.com/docker/compose/v5",
    version: `v${StackVersion.compose}`,
    command: "cmd",
  },
};
