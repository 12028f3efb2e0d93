import { registerHooks } from "node:module";

/*
 * Loaded before everything else, with `--import`: makes the build under test that of the next minor release. It reads version 2
 * of the protocol besides version 1, which it writes, and adds fields, of calls too, and a header that this release does not know. It
 * reads those, so that it notices a record that an older release has written again without them.
 */

const CHANGES = [
  {
    file: "cluster/protocol/versions.ts",
    find: "{ min: PROTOCOL_VERSION, max: PROTOCOL_VERSION }",
    replace: "{ min: PROTOCOL_VERSION, max: PROTOCOL_VERSION + 1 }",
  },
  {
    file: "cluster/codec/json.ts",
    find: "Buffer.from(JSON.stringify(value)",
    replace: "Buffer.from(JSON.stringify(withLaterFields(value))",
  },
  {
    file: "cluster/codec/json.ts",
    find: "/** Names that change",
    replace: `
const NESTED = ["checkpoint", "events", "outbox", "protocol", "types"];
function withLaterFields(value) {
  if (Array.isArray(value)) return value.map(withLaterFields);
  if (typeof value !== "object" || value === null) return value;
  const nested = NESTED.filter((name) => name in value);
  const parts = nested.map((name) => [name, withLaterFields(value[name])]);
  return { addedLater: { since: 2 }, ...value, ...Object.fromEntries(parts) };
}
/** Names that change`,
  },
  {
    file: "cluster/codec/headers.ts",
    find: "[HeaderName.Kind]: kind,",
    replace: '[HeaderName.Kind]: kind, "Ll-Later": "1",',
  },
  {
    file: "cluster/calls/call-body.ts",
    find: '`{"v":',
    replace: '`{"addedLater":{"since":2},"v":',
  },
  {
    file: "cluster/codec/shape.ts",
    find: "const result: Record<string, unknown> = {};",
    replace:
      "const result: Record<string, unknown> = {}; if ('addedLater' in given) result['addedLater'] = given['addedLater'];",
  },
];

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    let source: string | undefined;
    for (const { file, find, replace } of CHANGES) {
      if (!url.endsWith(`/src/${file}`)) continue;
      source ??= String(loaded.source);
      if (source.split(find).length !== 2) throw new Error(`${file} has not once: ${find}`);
      source = source.replace(find, () => replace);
    }
    return source === undefined ? loaded : { ...loaded, source };
  },
});
