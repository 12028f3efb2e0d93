import "./base/node/require-node.ts";

export { createHealth, type Health } from "./health/create-health.ts";
export type {
  HealthCheck,
  HealthCheckOptions,
  HealthOptions,
  HealthSource,
} from "./health/health-options.ts";
export {
  type CheckReport,
  type HealthAnswer,
  type HealthBody,
  HealthCode,
  HealthStatus,
} from "./health/health-report.ts";
export type { NextFunction } from "./health/probe-requests.ts";
