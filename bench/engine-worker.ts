import { parseOptionList } from "../core/transform/grammar.ts";
import { createEngine } from "../engine/render.ts";
import { engineModules } from "../engine/modules-worker.ts";

/**
 * `POST /?renders=N&output=<options>` renders the body N times, one after another, and answers with
 * the last rendition's length and the engine's memory; without a body, the body before. 0 renders cost
 * what a request costs. `GET /rendition` answers with the last one. `GET /healthz`: it is there.
 */
export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    if (pathname === "/rendition") return new Response(rendition as Uint8Array<ArrayBuffer>);
    const parsed = parseOptionList(searchParams.get("output") ?? "");
    if (!parsed.ok) return new Response(parsed.error.detail, { status: 400 });
    const { format } = parsed.value;
    if (format === "auto") return new Response("Name the format.", { status: 400 });

    const body = new Uint8Array(await request.arrayBuffer());
    if (body.length > 0) source = body;
    // The runtime restarts, and forgets, when a file of the engine changes.
    if (source.length === 0) return new Response("Send a picture first.", { status: 409 });
    let peakWasmBytes = 0;
    for (let left = Number(searchParams.get("renders") ?? 1); left > 0; left--) {
      const rendered = await engine.render(source, [{ ...parsed.value, format }]);
      if (!rendered.ok) return Response.json(rendered.error, { status: 422 });
      rendition = rendered.value.renditions[0]?.bytes ?? rendition;
      peakWasmBytes = Math.max(peakWasmBytes, rendered.value.peakWasmBytes);
    }
    return Response.json({ bytes: rendition.length, peakWasmBytes });
  },
} satisfies ExportedHandler;

/** Reused from request to request, as the consumer reuses its own. */
const engine = createEngine(engineModules);

let source: Uint8Array = new Uint8Array();
let rendition: Uint8Array = new Uint8Array();
