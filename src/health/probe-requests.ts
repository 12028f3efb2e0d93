import type { IncomingMessage, ServerResponse } from "node:http";
import { type Content, jsonContent, send, textContent } from "../http/answers.ts";
import { answerFor, type HealthAnswer, verboseText } from "./health-report.ts";

/** The probes, by path. */
interface Answers {
  readonly livez: () => Promise<HealthAnswer>;
  readonly readyz: () => Promise<HealthAnswer>;
}

/** Continues with the next handler of a framework. */
export type NextFunction = (error?: unknown) => void;

/** A complete HTTP response. */
export interface ProbeResponse {
  readonly status: number;
  readonly content: Content;
  readonly allow?: string;
}

const PROBES = new Map<string, keyof Answers>([
  ["/livez", "livez"],
  ["/readyz", "readyz"],
]);
const ALLOWED = "GET, HEAD";
/** A probe is about now: an intermediate cache must not answer it. */
const NO_STORE = "no-store";
/** Of a base that only serves to read a path; a request names none that matters. */
const BASE = "http://localhost";
/** Sent where the probe itself failed. */
const BROKEN: ProbeResponse = { status: 500, content: textContent("the probe failed") };

/** Answers a request of `node:http`. */
export function answerNode(
  answers: Answers,
  request: IncomingMessage,
  response: ServerResponse,
  next: NextFunction | undefined,
): void {
  const { url: target = "/" } = request;
  // `//x/livez` is another path than `/livez`, and no host followed by a path.
  const url = target.startsWith("//") ? null : URL.parse(target, BASE);
  const probe = url === null ? undefined : PROBES.get(url.pathname);
  if (probe === undefined && next !== undefined) {
    next();
    return;
  }
  void answerProbe(answers, probe, request.method ?? "GET", url?.searchParams).then(
    (result) => sendProbe(response, result),
    // Checks report their errors. What is left is a system or a clock that throws.
    (error: unknown) => (next === undefined ? sendProbe(response, BROKEN) : next(error)),
  );
}

function sendProbe(response: ServerResponse, { status, content, allow }: ProbeResponse): void {
  // A middleware may have answered meanwhile, such as one that limits the time of a request.
  if (response.destroyed || response.headersSent) return;
  response.setHeader("Cache-Control", NO_STORE);
  if (allow !== undefined) response.setHeader("Allow", allow);
  send(response, status, content);
}

/** Answers a `Request` with a `Response`. */
export async function answerFetch(answers: Answers, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const result = await answerProbe(answers, PROBES.get(pathname), request.method, searchParams);
  const headers = new Headers({
    "Content-Type": result.content.type,
    "Cache-Control": NO_STORE,
  });
  if (result.allow !== undefined) headers.set("Allow", result.allow);
  const body = request.method === "HEAD" ? null : String(result.content.body);
  return new Response(body, { status: result.status, headers });
}

/** Answers one probe; `undefined` for a path that is none. */
export async function answerProbe(
  answers: Answers,
  probe: keyof Answers | undefined,
  method: string,
  query: URLSearchParams | undefined,
): Promise<ProbeResponse> {
  if (probe === undefined) {
    return { status: 404, content: textContent("there is /livez and /readyz") };
  }
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, content: textContent(`only ${ALLOWED}`), allow: ALLOWED };
  }
  const answer = without(await answers[probe](), query?.getAll("exclude") ?? []);
  const content =
    query?.has("verbose") === true
      ? textContent(verboseText(probe, answer))
      : jsonContent(answer.body);
  return { status: answer.status, content };
}

/** Returns the answer as it would be without the named checks, as Kubernetes' `?exclude=` does. */
function without(answer: HealthAnswer, excluded: readonly string[]): HealthAnswer {
  if (excluded.length === 0) return answer;
  const kept = Object.entries(answer.body.checks).filter(([name]) => !excluded.includes(name));
  return answerFor(Object.fromEntries(kept));
}
