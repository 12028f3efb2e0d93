import { join } from "node:path";
import { parseArgs } from "node:util";
import { serveDashboards } from "./serve-dashboards.ts";

// `npm run viewer`: shows the committed dashboards with the numbers of backends that run already.

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "3000" },
    prometheus: { type: "string", default: "http://127.0.0.1:9090" },
    jaeger: { type: "string", default: "http://127.0.0.1:16686" },
    victorialogs: { type: "string", default: "http://127.0.0.1:9428" },
    every: { type: "string", default: "15" },
  },
});
const viewer = await serveDashboards({
  port: Number(values.port),
  folder: join(import.meta.dirname, "../../grafana/dashboards"),
  prometheusUrl: values.prometheus,
  jaegerUrl: values.jaeger,
  victoriaLogsUrl: values.victorialogs,
  everyS: Number(values.every),
});
process.stdout.write(`dashboards at ${viewer.url}\n`);
