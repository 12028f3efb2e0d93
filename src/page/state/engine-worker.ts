import type { ViewQuery } from "../../viewer/console-view.ts";
import { ConsoleEngine } from "../../viewer/engine.ts";
import { FrameStream } from "./frame-stream.ts";
import { Connection, type FromWorker, type ToWorker } from "./worker-messages.ts";

/** The part of a worker's global scope that is used. */
export interface WorkerScope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}

/**
 * Runs the engine in a worker, so that parsing, merging and sorting thousands of rows four times a second do
 * not block the page. The page only receives what is visible, and only after it has drawn the previous view.
 */
export function serveEngine(scope: WorkerScope): void {
  const server = new EngineServer(scope);
  scope.onmessage = ({ data }) => server.take(data);
}

class EngineServer {
  readonly #scope: WorkerScope;
  readonly #engine = new ConsoleEngine();
  readonly #stream: FrameStream;
  #query: ViewQuery | undefined;
  #drawing = false;
  #news = false;

  constructor(scope: WorkerScope) {
    this.#scope = scope;
    this.#stream = new FrameStream({
      frame: (frame) => {
        const complete = this.#engine.apply(frame);
        this.#show();
        return complete;
      },
      connection: (connection) => scope.postMessage({ kind: "connection", connection }),
    });
  }

  take(message: ToWorker): void {
    switch (message.kind) {
      case "query":
        this.#query = message.query;
        this.#show();
        break;
      case "drawn":
        this.#drawing = false;
        if (this.#news) this.#show();
        break;
      case "connect":
        this.#stream.open();
        break;
      case "sleep":
        this.#stream.close();
        this.#scope.postMessage({ kind: "connection", connection: Connection.Asleep });
        break;
      case "load":
        this.#stream.close();
        this.#engine.reset();
        this.#engine.apply(message.frame);
        this.#scope.postMessage({ kind: "connection", connection: Connection.File });
        this.#show();
        break;
      case "export":
        this.#scope.postMessage({ kind: "exported", frame: this.#engine.fullFrame(message.query) });
    }
  }

  #show(): void {
    if (this.#query === undefined) return;
    this.#news = this.#drawing;
    if (this.#drawing) return;
    const view = this.#engine.view(this.#query);
    this.#drawing = true;
    this.#scope.postMessage({ kind: "view", view });
  }
}
