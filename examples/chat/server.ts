// A chat with a page. `npm run chat`, then open the address in two windows. With a directory, rooms are kept there:
// `npm run chat -- data`
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import { createSystem, openSqliteStore, stopOnSignals } from "limelight";
import { createGateway } from "limelight/gateway";
import { actors, definitions } from "./room.ts";

const PAGE = join(import.meta.dirname, "page");
const [directory] = process.argv.slice(2);

const { outputFiles } = await build({
  entryPoints: [join(PAGE, "page.ts")],
  bundle: true,
  format: "esm",
  target: "es2022",
  write: false,
});
const files = new Map([
  ["/", { type: "text/html; charset=utf-8", body: readFileSync(join(PAGE, "index.html")) }],
  ["/page.js", { type: "text/javascript; charset=utf-8", body: outputFiles[0]?.contents ?? "" }],
]);

const system = createSystem({
  actors: definitions,
  ...(directory === undefined ? {} : { store: await openSqliteStore({ directory }) }),
});
const gateway = await createGateway(system, { actors, basePath: "/api" });

const server = createServer((request, response) => {
  gateway.handler(request, response, () => {
    const file = files.get(new URL(request.url ?? "/", "http://localhost").pathname);
    if (file === undefined) response.writeHead(404).end("not found");
    else response.writeHead(200, { "content-type": file.type }).end(file.body);
  });
});
gateway.attach(server); // the WebSockets of /api/connect
server.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => {
  const { port } = server.address() as { port: number };
  console.log(`open http://127.0.0.1:${port}/ in two windows`);
});

stopOnSignals({
  async shutdown() {
    server.close();
    await system.shutdown(); // closes the gateway first: calls are answered, and sockets closed with 1001
    server.closeAllConnections();
  },
});
