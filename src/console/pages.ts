import type { IncomingMessage } from "node:http";
import {
  acceptsPage,
  type Content,
  escapeHtml,
  jsonContent,
  pageContent,
} from "../http/answers.ts";
import type { ProblemAnswer } from "../http/refusal.ts";
import { ProblemCode } from "./problem.ts";

const HOW_TO_ENTER =
  "The console opens with the address the application printed when it started, which ends in <code>/?token=…</code>: paste that into the address bar. It is written to stderr, or returned by <code>createConsole</code> as <code>url</code>.";

/**
 * Returns the page that explains how to log in, for browsers without the cookie.
 *
 * @param comesFromLink reloads the page once: a browser that follows a link from another site sends a
 *   strict cookie only with a later request from the cookie's own site
 */
export function loginPage(comesFromLink: boolean): Content {
  return pageContent({
    title: "This is a limelight console",
    paragraphs: [
      HOW_TO_ENTER,
      'If this browser has been let in already, <a href="./">open the console here</a>.',
    ],
    ...(comesFromLink ? { refresh: "./" } : {}),
  });
}

/**
 * Returns the response to a refused request: a page for browsers, JSON for programs.
 *
 * @param request `undefined` when it could not be parsed; the response is then a page
 */
export function refusalContent(answer: ProblemAnswer, request?: IncomingMessage): Content {
  const { status, code, message } = answer;
  if (request !== undefined && !acceptsPage(request)) {
    return jsonContent({ error: { code, message } });
  }
  const isAboutEntering = code === ProblemCode.Token || code === ProblemCode.CrossSite;
  return pageContent({
    title: `limelight console: ${status} ${code}`,
    paragraphs: [escapeHtml(message), ...(isAboutEntering ? [HOW_TO_ENTER] : [])],
  });
}
