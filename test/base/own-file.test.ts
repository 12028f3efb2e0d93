import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ownFile } from "../../src/base/node/own-file.ts";

describe("a file of the package that a thread or process runs", () => {
  it("is next to the module, with the same extension", () => {
    const url = ownFile("own-file.test", import.meta.url, "tests");

    assert.equal(url.href, import.meta.url);
  });

  it("is missed with a code and the remedy in an ES bundle", () => {
    const bundle = new URL("./bundle.mjs", import.meta.url).href;

    assert.throws(() => ownFile("store-worker", bundle, "stores on disk"), {
      code: "ERR_STORE_UNAVAILABLE",
      message:
        "stores on disk run a file of limelight, and store-worker.mjs is not next to the bundle: " +
        "keep limelight out of the bundle (esbuild: `--external:limelight`) and deploy `node_modules`",
    });
  });

  it("is missed with a code and the remedy in a CommonJS bundle", () => {
    assert.throws(() => ownFile("store-worker", undefined, "stores on disk"), {
      code: "ERR_STORE_UNAVAILABLE",
      message: /and it is bundled: keep limelight out of the bundle/,
    });
  });
});
