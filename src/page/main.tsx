import { render } from "preact";
import { App } from "./app.tsx";
import { ConsoleController } from "./state/controller.ts";
import { serveEngine, type WorkerScope } from "./state/engine-worker.ts";

// The same file runs as page and as worker, so that only one script has to be served.
if (typeof document === "undefined") {
  serveEngine(globalThis as unknown as WorkerScope);
} else {
  const place = document.getElementById("console");
  const worker = new Worker(import.meta.url, { type: "module", name: "limelight" });
  if (place !== null) render(<App controller={new ConsoleController(worker)} />, place);
}
