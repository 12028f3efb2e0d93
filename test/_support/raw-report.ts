import {
  defineKeyedActor,
  type KeyedDefinition,
  type KeyedRef,
  type MessageHandlers,
  PublicError,
} from "../../src/index.ts";

/** What an actor remembers of a request, as its handlers tell it to tests in other processes. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isAborted: boolean;
}

/** What the actors of this process have seen and given. */
class Notes {
  requests: Request[] = [];
  pulledBytes = 0;
  cancelled = 0;
  failedBodies = 0;
  /** Bytes of the body of `/slow-reader` that were read. */
  readBytes = 0;
  #proceed: () => void = () => {};

  /** Resolves at the next {@link Notes.proceed}. */
  readonly paused = (): Promise<void> =>
    new Promise((resolve) => {
      this.#proceed = resolve;
    });

  proceed(): void {
    this.#proceed();
  }

  forget(): void {
    this.requests = [];
    this.pulledBytes = 0;
    this.readBytes = 0;
    this.cancelled = 0;
    this.failedBodies = 0;
  }
}
const notes = new Notes();

export const CHUNK = 65_536;

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull(controller) {
        notes.pulledBytes += CHUNK;
        controller.enqueue(Buffer.alloc(CHUNK, "x"));
      },
      cancel() {
        notes.cancelled += 1;
      },
    },
    { highWaterMark: 0 },
  );
}

/** One chunk, and then what `after` says. */
function begun(
  after: (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>,
): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream(
    {
      async pull(controller) {
        if (isFirst) controller.enqueue(Buffer.from("begun"));
        else await after(controller);
        isFirst = false;
      },
      cancel() {
        notes.cancelled += 1;
      },
    },
    { highWaterMark: 0 },
  );
}

/** A body that is made from that of the request, which is read beside other messages. */
function later(read: () => Promise<string>): Response {
  return new Response(
    new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from("reads "));
        controller.enqueue(Buffer.from(await read()));
        controller.close();
      },
    }),
  );
}

async function slowlyRead({ body }: Request): Promise<string> {
  const reader = body?.getReader();
  const first = await reader?.read();
  notes.readBytes += first?.value?.byteLength ?? 0;
  await notes.paused();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return String(notes.readBytes);
    notes.readBytes += value.byteLength;
  }
}

async function readInVain(request: Request): Promise<string> {
  try {
    return await request.text();
  } catch {
    notes.failedBodies += 1;
    return "failed";
  }
}

async function untilAborted({ signal }: Request): Promise<Response> {
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  return new Response("nobody reads this");
}

async function locked(): Promise<Response> {
  const response = new Response("locked");
  response.body?.getReader();
  return response;
}

async function used(): Promise<Response> {
  const response = new Response("used");
  await response.text();
  return response;
}

const HEADERS = {
  "cache-control": "max-age=60",
  connection: "x-hop",
  "x-hop": "1",
  "x-request-id": "forged",
  "set-cookie": "a=b",
  "content-length": "9",
  "access-control-allow-origin": "*",
  "x-own": "1",
};
const COOKIES = new Headers([
  ["set-cookie", "a=1"],
  ["set-cookie", "b=2"],
  ["set-cookie", "c=3"],
]);

async function respond(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  switch (pathname) {
    case "/echo":
      return new Response(request.body, { status: 201 });
    case "/text":
      return new Response(await request.text());
    case "/unread":
      return new Response("unread");
    case "/cancels-body":
      await request.body?.cancel();
      return new Response("cancelled");
    case "/slow-reader":
      return later(() => slowlyRead(request));
    case "/body-fails":
      return later(() => readInVain(request));
    case "/until-aborted":
      return await untilAborted(request);
    case "/endless":
      return new Response(endless());
    case "/waits":
      return new Response(begun(() => notes.paused()));
    case "/cut":
      return new Response(begun((controller) => controller.error(new Error("inner"))));
    case "/breaks":
      return new Response(new ReadableStream({ pull: () => Promise.reject(new Error("inner")) }));
    case "/no-bytes":
      return new Response(begun((controller) => controller.enqueue("text" as never)));
    case "/throws":
      throw new Error("inner");
    case "/denies":
      throw new PublicError("not now", { code: "CLOSED", status: 409, data: { until: 5 } });
    case "/error":
      return Response.error();
    case "/nothing":
      return undefined as never;
    case "/used":
      return await used();
    case "/locked":
      return await locked();
    case "/status/204":
      return new Response(null, { status: 204 });
    case "/status/304":
      return new Response(null, { status: 304, headers: { etag: '"1"' } });
    case "/status/599":
      return new Response("odd", { status: 599, statusText: "Odd" });
    case "/headers":
      return new Response("a", { headers: HEADERS });
    case "/cookies":
      return new Response("a", { headers: COOKIES });
    case "/huge":
      return new Response("a", { headers: { "x-huge": "h".repeat(20_000) } });
    case "/never":
      return await new Promise(() => {});
    default:
      return new Response(pathname);
  }
}

/** What the actors of this process have given and read so far. */
interface Figures {
  readonly pulledBytes: number;
  readonly readBytes: number;
  readonly cancelled: number;
  readonly failedBodies: number;
}

type ReportMessages = {
  /** How many requests the actor has taken. */
  asked(): number;
  /** Why it is awake. */
  reasons(): string[];
  /** The system that it is in. */
  where(): string;
  /** All requests to actors of this process. */
  seen(): SeenRequest[];
  figures(): Figures;
  /** Begins anew with both. */
  forget(): void;
  /** Lets what is paused go on. */
  proceed(): void;
  sleep(): void;
};

/** Answers requests in every way. */
export const report: KeyedDefinition<
  "report",
  undefined,
  MessageHandlers<ReportMessages>
> = defineKeyedActor("report", {
  messages: {} as ReportMessages,
  state: (): { asked: number } => ({ asked: 0 }),
  handlers: {
    asked: (c) => c.state.asked,
    reasons: (c) => c.awakeReasons().map(({ reason }) => reason as string),
    where: (c) => c.system.name,
    seen: () =>
      notes.requests.map(({ method, url, headers, signal }) => ({
        method,
        url,
        headers: Object.fromEntries(headers),
        isAborted: signal.aborted,
      })),
    figures: () => {
      const { pulledBytes, readBytes, cancelled, failedBodies } = notes;
      return { pulledBytes, readBytes, cancelled, failedBodies };
    },
    forget: () => notes.forget(),
    proceed: () => notes.proceed(),
    sleep: (c) => c.sleep(),
  },
  async onRequest(c, request) {
    c.state.asked += 1;
    notes.requests.push(request);
    return await respond(request);
  },
});

export type ReportRef = KeyedRef<MessageHandlers<ReportMessages>>;

/** Answers none. */
export const quiet: KeyedDefinition<"quiet", undefined, object> = defineKeyedActor("quiet", {
  state: () => 0,
  handlers: {},
});
