import { existsSync } from "node:fs";
import { basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { ErrorCode, StoreError } from "../errors.ts";

/**
 * Returns the address of a file of the package that a thread or process runs. It is next to the module that starts it,
 * and has its extension: `.ts` in the sources, `.js` in the package.
 *
 * @param moduleUrl `import.meta.url` of the module; `undefined` in a CommonJS bundle
 * @param what what cannot work without the file, in the plural
 * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE` when the module is part of a bundle
 */
export function ownFile(name: string, moduleUrl: string | undefined, what: string): URL {
  const url = moduleUrl && new URL(`./${name}${extname(moduleUrl)}`, moduleUrl);
  if (url && existsSync(url)) return url;
  const found = url ? `${basename(fileURLToPath(url))} is not next to the bundle` : "it is bundled";
  throw new StoreError(
    `${what} run a file of limelight, and ${found}: ` +
      "keep limelight out of the bundle (esbuild: `--external:limelight`) and deploy `node_modules`",
    { code: ErrorCode.StoreUnavailable },
  );
}
