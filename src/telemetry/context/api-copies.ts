import { readFileSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setRepeatingTimer } from "../../base/node-timers.ts";
import { apiGlobals } from "./api-globals.ts";

/** Why telemetry of this process is lost between copies of `@opentelemetry/api`, and what to do about it. */
export interface CopiesProblem {
  readonly detail: string;
  readonly advice: string;
}

const API = "@opentelemetry/api";
const OTHER_MAJORS = [0, 2, 3];
const CHECK_MS = 1_000;

let checked = false;

/**
 * Calls `report` if copies of the API in this process cannot see each other, as soon as an SDK is registered.
 * Reports once per process.
 *
 * @param isOver ends the watch when it returns true
 */
export function watchApiCopies(
  report: (problem: CopiesProblem) => void,
  isOver: () => boolean,
): void {
  const check = (): boolean => {
    if (checked || isOver()) return true;
    const { trace, metrics } = apiGlobals();
    const isRegistered = trace !== undefined || metrics !== undefined;
    const problem = isRegistered ? refusalProblem() : majorProblem();
    checked = isRegistered || problem !== undefined;
    if (problem !== undefined) report(problem);
    return checked;
  };
  if (check()) return;
  const timer = setRepeatingTimer(() => {
    if (check()) clearInterval(timer);
  }, CHECK_MS).unref();
}

/** An SDK is registered with another major version only. */
function majorProblem(): CopiesProblem | undefined {
  const major = OTHER_MAJORS.find((number) => {
    const shared = Reflect.get(globalThis, Symbol.for(`opentelemetry.js.api.${number}`));
    return typeof shared === "object" && shared !== null && "trace" in shared;
  });
  if (major === undefined) return undefined;
  return {
    detail: `the SDK is registered with ${API} ${major}.x, and limelight uses 1.x: it gets no spans and metrics of actors`,
    advice: `use an SDK for ${API} >=1.9.0 <2`,
  };
}

/** The application's copy is newer than the one the SDK was registered with, and ignores it therefore. */
function refusalProblem(): CopiesProblem | undefined {
  const registered = apiGlobals().version;
  const own = applicationVersion();
  if (registered === undefined || own === undefined) return undefined;
  const [major, minor] = numbers(registered);
  const [ownMajor, ownMinor] = numbers(own);
  if (ownMajor !== major || ownMinor <= minor) return undefined;
  return {
    detail: `the SDK was registered with ${API} ${registered}, which the application's copy ${own} ignores: spans and metrics of the application's own code are lost`,
    advice: `install one version for both, such as ${API}@${registered}; \`npm ls ${API}\` lists the copies`,
  };
}

function numbers(version: string): readonly [major: number, minor: number] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return [major, minor];
}

/** Returns the version of the API that the application's main program imports, if it can be found. */
function applicationVersion(): string | undefined {
  try {
    const main = process.argv[1] ?? join(process.cwd(), "-");
    const file = module.findPackageJSON(API, pathToFileURL(main));
    if (file === undefined) return undefined;
    return (JSON.parse(readFileSync(file, "utf8")) as { version?: string }).version;
  } catch {
    return undefined; // the application has no copy of its own, or is bundled with it
  }
}
