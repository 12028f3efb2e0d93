import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { run } from "./go-program.ts";
import { nodeImage, toolCache } from "./tool-paths.ts";
import { StackVersion } from "./versions.ts";

// `npm run tools:engine`: what the test that runs the compose files in containers needs besides `npm run tools`, on
// Debian and as root: an engine, and an image in place of the `node` that the Dockerfile begins with. Nothing is pulled.
// What is there already stays.

/** A program, and the package that brings it. */
const PACKAGES: Readonly<Record<string, string>> = {
  dockerd: "docker.io",
  tini: "tini",
  slirp4netns: "slirp4netns",
  debootstrap: "debootstrap",
};
/** The machine's certificates: its registries may be mirrors whose certificates only it knows. */
const CERTIFICATES = "etc/ssl/certs/ca-certificates.crt";
const USER = { name: "node", id: "1000" };

function isInstalled(program: string): boolean {
  const folders = `${process.env["PATH"]}:/usr/sbin`.split(":");
  return folders.some((folder) => existsSync(join(folder, program)));
}

function installPackages(): void {
  const missing = Object.entries(PACKAGES).filter(([program]) => !isInstalled(program));
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  run("apt-get", ["update", "--quiet"], "/");
  run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...names], "/");
}

/** Puts the Node that runs this, and the npm that belongs to it, where the image has them. */
function addNode(root: string, aside: string): void {
  if (process.versions.node !== StackVersion.node) {
    throw new Error(`this is Node ${process.versions.node}, the image has ${StackVersion.node}`);
  }
  copyFileSync(process.execPath, join(root, "usr/local/bin/node"));
  const modules = join(root, "usr/local/lib/node_modules");
  mkdirSync(modules);
  run("npm", ["pack", "--silent", `npm@${StackVersion.npm}`], aside);
  run("tar", ["--extract", "--file", join(aside, `npm-${StackVersion.npm}.tgz`)], modules);
  renameSync(join(modules, "package"), join(modules, "npm"));
  for (const name of ["npm", "npx"]) {
    const target = `../lib/node_modules/npm/bin/${name}-cli.js`;
    symlinkSync(target, join(root, "usr/local/bin", name));
    run("chmod", ["755", join(modules, `npm/bin/${name}-cli.js`)], root);
  }
  run("chroot", [root, "groupadd", "--gid", USER.id, USER.name], root);
  const user = ["--uid", USER.id, "--gid", USER.id, "--create-home", USER.name];
  run("chroot", [root, "useradd", ...user], root);
}

/** The least that is Debian, with Node: what `node:…-bookworm-slim` is, made by ourselves. */
function buildNodeImage(): void {
  const aside = mkdtempSync(join(toolCache, "building-"));
  try {
    const root = join(aside, "root");
    run("debootstrap", ["--variant=minbase", "bookworm", root], aside);
    for (const left of ["var/cache/apt/archives", "var/lib/apt/lists"]) {
      rmSync(join(root, left), { recursive: true });
    }
    addNode(root, aside);
    if (existsSync(join("/", CERTIFICATES))) {
      mkdirSync(join(root, "etc/ssl/certs"), { recursive: true });
      copyFileSync(join("/", CERTIFICATES), join(root, CERTIFICATES));
    }
    const archive = join(aside, "image.tar");
    run("tar", ["--create", "--file", archive, "--directory", root, "."], aside);
    renameSync(archive, nodeImage);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

installPackages();
mkdirSync(toolCache, { recursive: true });
const found = existsSync(nodeImage);
if (!found) buildNodeImage();
process.stdout.write(`${nodeImage}: ${found ? "there already" : "built"}\n`);
