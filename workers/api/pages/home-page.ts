import { limits } from "../../../core/limits.ts";
import { escapeHtml, page } from "./page.ts";
import { scene } from "./scene.ts";

/** What this service is, for people who open its address. `origin`: its address. */
export function homePage(origin: string): Response {
  const here = escapeHtml(origin);
  const body = `<h1>Minilab</h1>
<p class="lead">Pictures in the size and format that each page needs, at a URL, and a bill that you can check.</p>
<figure>
<img src="${scene}" width="560" height="280" alt="A mountain lake between spruces, with snow on the peaks">
<figcaption>Rendered here with <code>width=560,height=280,fit=cover,format=avif,max_bytes=4500</code>: 4 kB of a picture of 64 kB.</figcaption>
</figure>
<h2>Store a picture once</h2>
<pre><code>KEY=ml_live_…
curl ${here}/v1/images \\
  -H "Authorization: Bearer $KEY" --data-binary @photo.jpg</code></pre>
<h2>Show it anywhere</h2>
<p>The answer has the picture’s address. Whatever stands between <code>/image/</code> and its id is what browsers get. The first request makes the rendition and is billed; every other one is not.</p>
<pre><code>&lt;img src="${here}/t/tnt_…/image/width=800,format=auto/img_…"&gt;</code></pre>
<h2>Or get one rendition back</h2>
<pre><code>curl "${here}/v1/jobs?width=800&amp;format=webp" \\
  -H "Authorization: Bearer $KEY" \\
  -H "Prefer: wait=20" -H "Accept: image/*" \\
  --data-binary @photo.jpg --output photo.webp</code></pre>
<h2>More</h2>
<ul>
<li><a href="/openapi.json">openapi.json</a>: every request, option and answer, for people and for generators</li>
<li><a href="/.well-known/jwks.json">jwks.json</a>: the keys that sign what was counted, so that anybody can check a bill</li>
<li><a href="/healthz">healthz</a>: whether it answers, and from where</li>
</ul>`;
  return page(
    { title: "Minilab: pictures at a URL", body },
    { headers: { "Cache-Control": `public, max-age=${limits.publicSeconds}`, Vary: "Accept" } },
  );
}
