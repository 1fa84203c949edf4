import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { problem } from "../../../../core/problem.ts";
import { escapeHtml } from "../../../../workers/api/pages/page.ts";
import { problemPage } from "../../../../workers/api/pages/problem-page.ts";
import { ask } from "../ask.ts";
import { DeliveringWorld } from "../deliver/delivering-world.ts";

/** As browsers send it for an address that is opened, and for a picture in a page. */
const opened =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const embedded = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";

test("the address of the service shows a browser what it is, and nothing to others", async () => {
  const home = await ask("/", { headers: { Accept: opened } });
  expect([home.status, home.headers.get("Content-Type")]).toEqual([
    200,
    "text/html; charset=utf-8",
  ]);
  expect(home.headers.get("Vary")).toBe("Accept");
  expect(await home.text()).toContain("curl http://minilab.test/v1/images");
  for (const accept of ["", "*/*", "application/json", embedded]) {
    const other = await ask("/", { headers: { Accept: accept } });
    expect([other.status, other.headers.get("Content-Type")]).toEqual([
      404,
      "application/problem+json",
    ]);
  }
});

test("its page loads nothing and runs nothing, and its style is the one that the policy names", async () => {
  const home = await ask("/", { headers: { Accept: opened } });
  const html = await home.text();
  const policy = home.headers.get("Content-Security-Policy") ?? "";
  const [, style = ""] = /<style>(.*?)<\/style>/s.exec(html) ?? [];
  const hash = createHash("sha256").update(style).digest("base64");
  expect(policy).toContain(`style-src 'sha256-${hash}'`);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  expect(home.headers.get("Referrer-Policy")).toBe("no-referrer");
  expect(html).not.toMatch(/<script|<link|style=|\son\w+=|url\(|@import/);
  for (const [, source = ""] of html.matchAll(/<img[^>]*\ssrc="([^"]*)"/g)) {
    expect(source).toMatch(/^data:image\/avif;base64,/);
  }
});

test("what cannot be delivered is a page where it was opened, and a document where it was embedded", async () => {
  const world = new DeliveringWorld().enter();
  const url = "/t/nobody/image/width=9/img_1";
  const page = await world.get(url, { Accept: opened });
  const document = await world.get(url, { Accept: embedded });
  expect([page.status, document.status]).toEqual([404, 404]);
  expect(page.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  expect(document.headers.get("Content-Type")).toBe("application/problem+json");
  expect(page.headers.get("Cf-Resized")).toBe(document.headers.get("Cf-Resized"));
  const { detail } = (await document.json()) as { detail: string };
  expect(await page.text()).toContain(escapeHtml(detail));
});

test("a page shows what a client wrote, and never runs it", async () => {
  const hostile = `<img src=x onerror=alert(1)>"'&`;
  const failure = problem("invalid-option", `There is no option ${hostile}.`, { option: hostile });
  const answer = new Response(null, { headers: { "Retry-After": "3" } });
  const page = problemPage(failure, answer);
  expect([page.status, page.headers.get("Retry-After")]).toEqual([400, "3"]);
  const html = await page.text();
  expect(html).not.toContain("<img");
  expect(html).toContain("&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;");
});
