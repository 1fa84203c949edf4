import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { style } from "./style.ts";

/** Text as it stands in HTML, between tags and in quoted attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * A page for people. It runs nothing, loads nothing and sends nothing: the policy allows its own style, by hash, and
 * pictures that are part of it.
 */
export function page(
  { title, body }: { readonly title: string; readonly body: string },
  init: { readonly status?: number; readonly headers?: HeadersInit } = {},
): Response {
  const headers = new Headers(init.headers);
  headers.set("Content-Type", "text/html; charset=utf-8");
  headers.set("Content-Security-Policy", policy);
  headers.set("Referrer-Policy", "no-referrer");
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<main>
${body}
</main>
</html>
`;
  return new Response(html, { status: init.status ?? 200, headers });
}

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${base64(sha256(utf8ToBytes(style)))}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
