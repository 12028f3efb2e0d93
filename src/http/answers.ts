import type { IncomingMessage, ServerResponse } from "node:http";

/** A complete response body, before it is sent. */
export interface Content {
  readonly type: string;
  readonly body: string | Buffer;
}

/** Sends `content` unchanged. */
export function send(response: ServerResponse, status: number, { type, body }: Content): void {
  response.statusCode = status;
  response.setHeader("Content-Type", type);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body); // Node omits it from responses to HEAD
}

/** Returns `value` as JSON content. */
export function jsonContent(value: unknown): Content {
  return { type: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}

/** Returns one line of plain text as content. */
export function textContent(line: string): Content {
  return { type: "text/plain; charset=utf-8", body: `${line}\n` };
}

/** Parts of a {@link pageContent}. */
export interface PageParts {
  readonly title: string;
  /** Paragraphs below the title, as HTML. */
  readonly paragraphs: readonly string[];
  /** Address loaded at once, as a same-site request of the page. */
  readonly refresh?: string;
}

/** Returns a page without scripts and styles. */
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

/** Returns `text` escaped for HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (unit) => `&#${unit.charCodeAt(0)};`);
}

/**
 * Returns whether a browser displays the response: browsers ask for HTML when they open an address, scripts
 * do not.
 */
export function acceptsPage({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*text\/html\b/i.test(headers.accept ?? "");
}
