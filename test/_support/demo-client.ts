import { type Agent, type IncomingHttpHeaders, type RequestOptions, request } from "node:http";

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
  readonly json: any;
}

/** A request whose headers, body and connection are all up to the test. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: Agent;
}

/** Asks `url`; rejects when no complete answer comes. */
export function ask(url: string, question: Question = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body, agent } = question;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options: RequestOptions = { method, headers: { ...headers } };
  if (agent !== undefined) options.agent = agent;
  const sent = request(url, options, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    response.on("error", reject).on("end", () => {
      const json = text === "" ? undefined : (JSON.parse(text) as unknown);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
    });
  });
  sent.on("error", reject).end(body);
  return promise;
}

/** Posts `body` to the desk at `url`: an order, or a text as it is. */
export function order(url: string, body: unknown, question: Question = {}): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify([body]);
  return post(`${url}/actors/desk/main/ask/place`, text, question);
}

/** Asks the order `id` of the shop at `url` to show itself. */
export function show(url: string, id: string, question: Question = {}): Promise<Answer> {
  return post(`${url}/actors/order/${id}/ask/show`, "[]", question);
}

/** The trace in which a request was answered. */
export function traceIdOf({ headers }: Answer): string {
  const [, traceId = ""] =
    /^00-([0-9a-f]{32})-[0-9a-f]{16}-0\d$/.exec(String(headers["traceresponse"])) ?? [];
  return traceId;
}

function post(url: string, body: string, question: Question): Promise<Answer> {
  const headers = { "content-type": "application/json", ...question.headers };
  return ask(url, { ...question, method: "POST", headers, body });
}
