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

/** Posts `order` to the desk at `url`. */
export function order(url: string, body: unknown, question: Question = {}): Promise<Answer> {
  return ask(`${url}/orders`, {
    ...question,
    method: "POST",
    headers: { "content-type": "application/json", ...question.headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}
