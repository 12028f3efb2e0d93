import { randomUUID } from "node:crypto";
import { hostname, release } from "node:os";
import type { Attributes } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { Environment } from "./environment.ts";
import { loadResources } from "./packages.ts";

/** The attributes that each detector of `OTEL_NODE_RESOURCE_DETECTORS` contributes here. */
const DETECTORS: Readonly<Record<string, () => Attributes>> = {
  serviceinstance: () => ({ "service.instance.id": randomUUID() }),
  process: () => ({
    "process.pid": process.pid,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
  }),
  host: () => ({ "host.name": hostname() }),
  os: () => ({ "os.type": osType(), "os.version": release() }),
  // OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME are always read.
  env: () => ({}),
};
const DEFAULT_DETECTORS = ["serviceinstance", "process", "host"];

function osType(): string {
  return process.platform === "win32" ? "windows" : process.platform;
}

/**
 * Attributes that are never in a resource, whatever their source. Arguments may contain passwords, and paths
 * and owners describe the machine, while a resource is exported with every span and is public on `/metrics`.
 */
const WITHHELD = /^process\.(?:command|executable|owner|args|title)/;

/**
 * Creates the resource that identifies the source of the telemetry.
 *
 * The SDK's own detectors are not used: they put the whole command line into every resource, and read the
 * machine's id asynchronously, so that the first scrape lacks it.
 */
export function createResource(environment: Environment): Resource {
  const { defaultResource, resourceFromAttributes } = loadResources();
  const serviceName = environment.text("OTEL_SERVICE_NAME");
  const attributes: Attributes = {
    ...defaultResource().attributes,
    // The SDK's default ends in argv[0], which may be a path.
    "service.name": "unknown_service:node",
    ...detected(environment),
    ...declared(environment),
    ...(serviceName === undefined ? {} : { "service.name": serviceName }),
  };
  return resourceFromAttributes(
    Object.fromEntries(Object.entries(attributes).filter(([key]) => !WITHHELD.test(key))),
  );
}

function detected(environment: Environment): Attributes {
  const names = environment.list("OTEL_NODE_RESOURCE_DETECTORS", DEFAULT_DETECTORS);
  if (names.includes("none")) return {};
  const asked = names.includes("all") ? Object.keys(DETECTORS) : names;
  return Object.assign({}, ...asked.map((name) => detect(name, environment)));
}

function detect(name: string, environment: Environment): Attributes {
  const detector = Object.hasOwn(DETECTORS, name) ? DETECTORS[name] : undefined;
  if (detector !== undefined) return detector();
  const known = Object.keys(DETECTORS).join(", ");
  environment.report(
    `OTEL_NODE_RESOURCE_DETECTORS knows ${known}, all, none, not ${JSON.stringify(name)}`,
  );
  return {};
}

/**
 * Parses `OTEL_RESOURCE_ATTRIBUTES`. According to the specification, one invalid pair voids the whole
 * variable.
 */
function declared(environment: Environment): Attributes {
  if (environment.text("OTEL_RESOURCE_ATTRIBUTES") === undefined) return {};
  const { attributes = {} } = loadResources().resourceAttributesEnvDetector.detect();
  if (Object.keys(attributes).length === 0) {
    environment.report(
      "OTEL_RESOURCE_ATTRIBUTES is not a list of key=value pairs, percent-encoded: ignoring all of it",
    );
  }
  return attributes as Attributes;
}
