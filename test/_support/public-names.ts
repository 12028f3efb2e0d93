import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./doc-programs.ts";

/** The public entries of the package, by what follows `limelight` in an import. */
export const ENTRIES: Readonly<Record<string, string>> = {
  "": "src/index.ts",
  "/client": "src/client.ts",
  "/cluster": "src/cluster.ts",
  "/console": "src/console.ts",
  "/gateway": "src/gateway.ts",
  "/react": "src/react.ts",
  "/store": "src/store.ts",
  "/telemetry": "src/telemetry.ts",
  "/testing": "src/testing.ts",
  "/preload": "src/preload.ts",
};

/** A member of a public interface or class, as far as users see it. */
export interface PublicMember {
  readonly name: string;
  readonly doc: string | undefined;
  readonly isMethod: boolean;
  /** Whether it is an optional property. */
  readonly isOptional: boolean;
  /** Whether it is a property that holds a function. */
  readonly isFunction: boolean;
}

/** A name that an entry exports. */
export interface PublicName {
  /** The entry, as in {@link ENTRIES}. */
  readonly entry: string;
  readonly name: string;
  /** The file that declares it, relative to the repository. */
  readonly file: string;
  /** Whether the name exists at run time. */
  readonly isValue: boolean;
  readonly kind: "class" | "const" | "function" | "interface" | "type";
  readonly doc: string | undefined;
  readonly members: readonly PublicMember[];
}

const EXPORTED = /export (?:type )?\{([^}]*)\} from "([^"]+)"/g;
const MEMBER =
  /^ {2}(?:(?:readonly|static|declare|override|async) )*(?:get (?=\w+\(\): ))?([\w$]+)(\??)([<(:])/;
const HIDDEN = /^ {2}(?:private|protected|constructor)\b/;

/** Returns the text of the docstring that ends right above line `at`. */
function docAbove(lines: readonly string[], at: number): string | undefined {
  if (!lines[at - 1]?.trimEnd().endsWith("*/")) return undefined;
  let first = at - 1;
  while (first >= 0 && !lines[first]?.trimStart().startsWith("/**")) first -= 1;
  return lines.slice(first, at).join("\n");
}

/** Reads the members of the declaration at line `at`; the code is formatted, so indentation tells the depth. */
function membersOf(lines: readonly string[], at: number): PublicMember[] {
  const members = new Map<string, PublicMember>();
  if (lines[at]?.endsWith("{}")) return [];
  const start = lines.findIndex((line, index) => index >= at && line.endsWith("{"));
  const end = lines.findIndex((line, index) => index > start && line.startsWith("}"));
  for (let index = start + 1; index < end; index += 1) {
    const line = lines[index] ?? "";
    const [, name, optional, next] = HIDDEN.test(line) ? [] : (MEMBER.exec(line) ?? []);
    if (name === undefined || members.has(name)) continue;
    members.set(name, {
      name,
      doc: docAbove(lines, index),
      isMethod: next !== ":" && !line.startsWith("  get "),
      isOptional: optional === "?",
      isFunction: /: \($/.test(line) || /: \(.*=>/.test(line),
    });
  }
  return [...members.values()];
}

/** Reads the members that an interface inherits from interfaces of other files. */
function basesOf(line: string, text: string, file: string): readonly PublicMember[] {
  const [, names = ""] = /^export interface \w+(?:<.*>)? extends ([\w, ]+) \{/.exec(line) ?? [];
  return Array.from(text.matchAll(/import (?:type )?\{([^}]*)\} from "(\.[^"]+)"/g)).flatMap(
    ([, list = "", path = ""]) => {
      const imported = list.split(",").map((item) => item.trim().replace(/^type /, ""));
      const bases = names.split(", ").filter((name) => name !== "" && imported.includes(name));
      return bases.flatMap((name) => declarationOf(name, join(dirname(file), path)).members);
    },
  );
}

/** Finds the declaration of `name`, also where the file passes it on from another one. */
function declarationOf(name: string, file: string): Omit<PublicName, "entry" | "isValue"> {
  const text = readFileSync(join(ROOT, file), "utf8");
  for (const [, list = "", path = ""] of text.matchAll(EXPORTED)) {
    const passedOn = list.split(",").some((one) => one.trim() === name);
    if (passedOn) return declarationOf(name, join(dirname(file), path));
  }
  const lines = text.split("\n");
  const shape = new RegExp(`^export (?:async )?(class|const|function|interface|type) ${name}\\b`);
  const at = lines.findIndex((line) => shape.test(line));
  const [, kind] = shape.exec(lines[at] ?? "") ?? [];
  if (kind === undefined) throw new Error(`${file} has no ${name}`);
  const members = kind === "class" || kind === "interface" ? membersOf(lines, at) : [];
  const bases = basesOf(lines[at] ?? "", text, file);
  return {
    name,
    file,
    kind: kind as PublicName["kind"],
    doc: docAbove(lines, at),
    members: [...members, ...bases],
  };
}

/** Returns all names that the public entries export. */
export function publicNames(): PublicName[] {
  return Object.entries(ENTRIES).flatMap(([entry, file]) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return Array.from(text.matchAll(EXPORTED)).flatMap(([whole, list = "", path = ""]) =>
      list
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "")
        .map((item) => {
          const name = item.replace(/^type /, "");
          const isValue = name === item && !whole.startsWith("export type");
          return { entry, isValue, ...declarationOf(name, join(dirname(file), path)) };
        }),
    );
  });
}
