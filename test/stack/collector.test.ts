import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { Tool } from "../../tools/stack/tool-paths.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { runTool } from "../_support/stack-program.ts";

const folder = join(import.meta.dirname, "../../collector");
const config = (name: string): string => `--config=file:${join(folder, name)}`;

/** Types of the components that a configuration file names. */
function components(name: string): string[] {
  const file = parse(readFileSync(join(folder, name), "utf8")) as Record<string, object>;
  const kinds = ["extensions", "receivers", "processors", "connectors", "exporters"];
  return kinds.flatMap((kind) =>
    Object.keys(file[kind] ?? {}).map((id) => id.split("/", 1)[0] ?? ""),
  );
}

describe("the collector's configuration", () => {
  for (const overlays of [[], ["tail-sampling.yaml"]]) {
    const names = ["config.yaml", ...overlays];
    it(`is valid and up to date: ${names.join(" + ")}`, async () => {
      const { code, output } = await runTool(Tool.Collector, ["validate", ...names.map(config)]);

      assert.deepEqual([code, output], [0, ""]);
    });
  }

  it("is refused when it names what there is not, or wires it wrongly", async () => {
    const wrong = [
      "yaml:exporters::debug: {}",
      "yaml:service::pipelines::logs::exporters: [otlp_http/nowhere]",
    ];
    for (const overlay of wrong) {
      const { code } = await runTool(Tool.Collector, [
        "validate",
        config("config.yaml"),
        `--config=${overlay}`,
      ]);

      assert.notEqual(code, 0, overlay);
    }
  });

  it("names every component of the collector that is built for it, and no other", async () => {
    const { output } = await runTool(Tool.Collector, ["components"]);
    const built = parse(output) as Record<string, readonly { readonly name: string }[]>;
    const kinds = ["extensions", "receivers", "processors", "connectors", "exporters"];
    const used = ["config.yaml", "tail-sampling.yaml"].flatMap(components);

    assert.deepEqual(
      [...new Set(used)].sort(),
      kinds.flatMap((kind) => (built[kind] ?? []).map(({ name }) => name)).sort(),
    );
  });

  it("is built in the version that the compose file runs", () => {
    const manifest = readFileSync(join(folder, "builder.yaml"), "utf8");
    const modules = [...manifest.matchAll(/gomod: \S+\/(\w+) v(0\.\S+)$/gm)];
    const others = modules.filter(([, , version]) => version !== StackVersion.collector);

    assert.ok(modules.length > others.length);
    assert.deepEqual(
      others.map(([, name]) => name),
      ["servicegraphconnector"],
    );
  });
});
