import type { Problem } from "../../../core/problem.ts";
import { preferredType } from "../http/accept.ts";
import { escapeHtml, page } from "./page.ts";

/** A browser that opens an address names HTML in `Accept`; an `<img>` or a program does not. */
export const wantsPage = ({ headers }: Request): boolean =>
  preferredType(headers.get("Accept"), ["application/problem+json", "text/html"]) === "text/html";

/** The same answer for a person, with the same status and fields. */
export function problemPage(problem: Problem, answer: Response): Response {
  const { status, title, detail, code, type } = problem;
  const body = `<p class="status">${status}</p>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(detail)}</p>
<p class="quiet">Code <a href="${escapeHtml(type)}"><code>${escapeHtml(code)}</code></a>. <a href="/">What is this?</a></p>`;
  return page({ title: `${status} ${title}`, body }, { status, headers: answer.headers });
}
