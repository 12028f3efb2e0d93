import { readFileSync } from "node:fs";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { loadYaml } from "../packages.ts";
import type { ConfigVariables } from "./config-exporters.ts";
import { ConfigNode, type ConfigProblem } from "./config-node.ts";
import { configVariables } from "./config-variables.ts";
import { plainValue, type ReadVariable, substitute } from "./substitution.ts";

const MAX_BYTES = 1_048_576;
/** Problems that one error names. */
const MAX_PROBLEMS = 10;

/**
 * Reads the variables that stand for the configuration file at `path`.
 *
 * @param read reads the variables that the file refers to
 * @throws LimelightError `ERR_CONFIG_FILE`, which names the file and each key that is not followed
 */
export function readConfigFile(path: string, read: ReadVariable): ConfigVariables {
  const problems: ConfigProblem[] = [];
  const root = new ConfigNode(parseFile(path, read), problems);
  const variables = configVariables(root);
  if (problems.length === 0) return variables;
  const shown = problems.slice(0, MAX_PROBLEMS).map(({ key, reason }) => `${key} ${reason}`);
  const more = problems.length - shown.length;
  throw configError(path, [...shown, ...(more > 0 ? [`${more} more`] : [])].join("; "), undefined);
}

function parseFile(path: string, read: ReadVariable): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw configError(path, `cannot be read: ${toError(error).message}`, error);
  }
  if (text.length > MAX_BYTES)
    throw configError(path, `is larger than ${MAX_BYTES} bytes`, undefined);
  const { parseDocument, visit } = loadYaml();
  try {
    const document = parseDocument(text, {
      schema: "core",
      uniqueKeys: true,
      logLevel: "error",
    });
    // A tag that is not known is a warning only.
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    visit(document, {
      Scalar(key, node) {
        if (key === "key" || typeof node.value !== "string") return;
        const value = substitute(node.value, read);
        if (value !== node.value) node.value = node.type === "PLAIN" ? plainValue(value) : value;
      },
    });
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw configError(path, `is not valid YAML: ${toError(error).message}`, error);
  }
}

function configError(path: string, problem: string, cause: unknown): LimelightError {
  return new LimelightError(`the configuration file ${path}: ${problem}`, {
    code: ErrorCode.ConfigFile,
    ...(cause === undefined ? {} : { cause }),
  });
}
