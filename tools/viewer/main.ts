import { join } from "node:path";
import { parseArgs } from "node:util";
import { serveDashboards } from "./serve-dashboards.ts";

// `npm run viewer`: shows the committed dashboards with the numbers of backends that run already.

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "3000" },
    prometheus: { type: "string", default: "http://127.0.0.1:9090" },
    loki: { type: "string", default: "http://127.0.0.1:3100" },
    tempo: { type: "string", default: "http://127.0.0.1:3200" },
    every: { type: "string", default: "15" },
  },
});
const viewer = await serveDashboards({
  port: Number(values.port),
  folder: join(import.meta.dirname, "../../grafana/dashboards"),
  prometheusUrl: values.prometheus,
  lokiUrl: values.loki,
  tempoUrl: values.tempo,
  everyS: Number(values.every),
});
process.stdout.write(`dashboards at ${viewer.url}\n`);
