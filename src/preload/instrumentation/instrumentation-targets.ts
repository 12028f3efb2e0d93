import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { applicationDirectories } from "../application.ts";

/**
 * The packages that an instrumentation patches, if it does not have the same name. A scope stands for all of
 * its packages.
 */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  "aws-sdk": ["aws-sdk", "@aws-sdk", "@smithy"],
  cucumber: ["@cucumber/cucumber"],
  grpc: ["@grpc/grpc-js"],
  hapi: ["@hapi/hapi"],
  "nestjs-core": ["@nestjs/core"],
  pg: ["pg", "pg-pool"],
  redis: ["redis", "@redis/client", "@node-redis/client"],
};

/** Instrumentations of Node itself, and those that find out by themselves whether they apply. */
const ALWAYS = new Set([
  "aws-lambda",
  "dns",
  "fs",
  "host-metrics",
  "http",
  "net",
  "runtime-node",
  "undici",
]);

/**
 * Tells for which instrumentations the package that they patch is installed. Loading all of them takes 0.5 s.
 *
 * A package counts as installed wherever npm, pnpm and yarn put it: in a `node_modules` of the application or
 * above it, or in pnpm's store. Without any `node_modules`, as with Plug'n'Play, each counts as installed.
 */
export class InstrumentationTargets {
  readonly #places: readonly string[];

  constructor(directories: readonly string[] = applicationDirectories()) {
    const places = directories.flatMap(modulesAbove);
    this.#places = [...new Set(places)];
  }

  /** @param name the name of the instrumentation, such as `express` */
  installed(name: string): boolean {
    if (ALWAYS.has(name) || this.#places.length === 0) return true;
    const targets = TARGETS[name] ?? [name];
    return targets.some((target) => this.#places.some((place) => existsSync(join(place, target))));
  }
}

function modulesAbove(directory: string): string[] {
  const places: string[] = [];
  for (let current = directory; ; current = dirname(current)) {
    const modules = join(current, "node_modules");
    if (existsSync(modules)) places.push(modules, join(modules, ".pnpm/node_modules"));
    if (current === dirname(current)) return places;
  }
}
