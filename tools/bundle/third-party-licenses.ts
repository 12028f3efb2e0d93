import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Licences that are accepted without review. */
const ACCEPTED = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"]);
/** Copyright lines of packages that are published without a licence text. */
const COPYRIGHTS: Readonly<Record<string, string>> = {
  "yoga-layout": "Copyright (c) Meta Platforms, Inc. and affiliates.",
};
const FOLDER = /^(?<folder>.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * Returns the licence texts of all packages that `files` belong to. The licences require them in
 * distributions.
 *
 * @param files paths of all inputs of a bundle
 */
export function thirdPartyLicenses(files: Iterable<string>): string {
  const folders = new Set<string>();
  for (const file of files) {
    const folder = FOLDER.exec(file)?.groups?.["folder"];
    if (folder !== undefined) folders.add(folder);
  }
  const entries = new Map([...folders].map(entryOf));
  const names = [...entries.keys()].toSorted();
  const rule = "-".repeat(80);
  const sections = names.map((name) => `${rule}\n${name}\n\n${entries.get(name) ?? ""}\n`);
  return `Code of these packages is part of the file beside this one.\n\n${sections.join("\n")}`;
}

function entryOf(folder: string): readonly [title: string, text: string] {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as Manifest;
  if (license === undefined || !ACCEPTED.has(license)) {
    throw new Error(`${name} ${version} is licensed under ${license}: is it to be passed on?`);
  }
  return [`${name} ${version} (${license})`, licenseText(folder, name, license)];
}

function licenseText(folder: string, name: string, license: string): string {
  const file = readdirSync(folder).find((candidate) => /^licen[cs]e(\.\w+)?$/i.test(candidate));
  if (file !== undefined) return readFileSync(join(folder, file), "utf8").trim();
  const copyright = COPYRIGHTS[name];
  if (copyright === undefined || license !== "MIT") {
    throw new Error(`${name} comes without the text of its licence`);
  }
  return `MIT License\n\n${copyright}\n\n${MIT}`;
}

/** @see {@link https://opensource.org/license/mit | The MIT License} */
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;
