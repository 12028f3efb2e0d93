import type { Resource } from "@opentelemetry/resources";
import type { NodeSDK } from "@opentelemetry/sdk-node";
import { ErrorCode, errorType, toError } from "../base/errors.ts";
import { missingPackage } from "../base/node/missing-package.ts";
import { type Diagnostics, LOG_LEVEL_VARIABLE } from "./diagnostics.ts";
import type { Environment } from "./environment.ts";
import { loadSdkNode } from "./packages.ts";

/** A started part of the SDK. */
export interface Stoppable {
  shutdown(): Promise<void>;
}

const VARIABLE = "OTEL_LOGS_EXPORTER";
const SDK_PACKAGE = "@opentelemetry/sdk-node";

/**
 * Starts the SDK's own pipeline for records of the Logs API, if `OTEL_LOGS_EXPORTER` names an exporter. Must
 * run before {@link ApiRegistration} registers anything, because it registers through a copy of the API that
 * may be older than the application's.
 */
export function startLogsPipeline(
  environment: Environment,
  resource: Resource,
  diagnostics: Diagnostics,
): Stoppable | undefined {
  if (environment.exporters(VARIABLE, "none").length === 0) return undefined;
  const module = loadOptional(diagnostics);
  if (module === undefined) return undefined;
  const sdk = withoutLogLevel(
    () =>
      new module.NodeSDK({
        resource,
        autoDetectResources: false,
        contextManager: null as never, // `null` means none; its types do not say so
        textMapPropagator: null,
        spanProcessors: [],
        metricReaders: [],
        instrumentations: [],
      }),
  );
  sdk.start();
  return sdk;
}

function loadOptional(diagnostics: Diagnostics): ReturnType<typeof loadSdkNode> | undefined {
  try {
    return loadSdkNode();
  } catch (error) {
    const missing = missingPackage(error) === SDK_PACKAGE;
    const reason = missing
      ? `needs a package that is not installed: npm install ${SDK_PACKAGE}`
      : `${SDK_PACKAGE} does not load: ${toError(error).message}`;
    const code = missing ? ErrorCode.PackageMissing : errorType(error);
    diagnostics.report(`${VARIABLE}: ${reason}`, { error_type: code });
    return undefined;
  }
}

/**
 * Creates the SDK with its log level hidden: it would otherwise replace our logger by one that writes to
 * stdout, between the application's own lines.
 */
function withoutLogLevel(make: () => NodeSDK): NodeSDK {
  const level = process.env[LOG_LEVEL_VARIABLE];
  if (level === undefined) return make();
  delete process.env[LOG_LEVEL_VARIABLE];
  try {
    return make();
  } finally {
    process.env[LOG_LEVEL_VARIABLE] = level;
  }
}
