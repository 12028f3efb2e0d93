import type { IncomingMessage, ServerResponse } from "node:http";

/** A whole answer, before it is sent. */
export interface Content {
  readonly type: string;
  readonly body: string | Buffer;
}

/** Answers with `content` as it is. */
export function send(response: ServerResponse, status: number, { type, body }: Content): void {
  response.statusCode = status;
  response.setHeader("Content-Type", type);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body); // Node omits it from answers to HEAD
}

/** `value` as JSON. */
export function jsonContent(value: unknown): Content {
  return { type: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}

/** One line for people and logs. */
export function textContent(line: string): Content {
  return { type: "text/plain; charset=utf-8", body: `${line}\n` };
}

/** What a {@link pageContent} shows. */
export interface PageParts {
  readonly title: string;
  /** Paragraphs below the title, as HTML. */
  readonly paragraphs: readonly string[];
  /** Loads this address at once, as a request of the page's own site. */
  readonly refresh?: string;
}

/** A page without scripts and styles. */
export function pageContent({ title, paragraphs, refresh }: PageParts): Content {
  const lead =
    refresh === undefined
      ? ""
      : `<meta http-equiv="refresh" content="0; url=${escapeHtml(refresh)}">\n`;
  const text = paragraphs.map((paragraph) => `<p>${paragraph}</p>\n`).join("");
  const body = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
${lead}<title>${escapeHtml(title)}</title>
<h1>${escapeHtml(title)}</h1>
${text}`;
  return { type: "text/html; charset=utf-8", body };
}

/** `text` where HTML is expected. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (unit) => `&#${unit.charCodeAt(0)};`);
}

/** Whether a person sees the answer: browsers ask for HTML when they open an address, scripts do not. */
export function acceptsPage({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*text\/html\b/i.test(headers.accept ?? "");
}
