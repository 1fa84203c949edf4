import photon from "@cf-wasm/photon/photon.wasm";
import { parseOptionList } from "../core/transform/grammar.ts";
import { createEngine } from "../engine/render.ts";

/**
 * `POST /?renders=N&output=<options>` renders the body N times, one after another, and answers with
 * the bytes of the last rendition's length. `GET /healthz` says that it is there.
 */
export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    const parsed = parseOptionList(searchParams.get("output") ?? "");
    if (!parsed.ok) return new Response(parsed.error.detail, { status: 400 });
    const { format } = parsed.value;
    if (format === "auto") return new Response("Name the format.", { status: 400 });

    const source = new Uint8Array(await request.arrayBuffer());
    let bytes = 0;
    for (let left = Number(searchParams.get("renders") ?? 1); left > 0; left--) {
      const rendered = await engine.render(source, [{ ...parsed.value, format }]);
      if (!rendered.ok) return Response.json(rendered.error, { status: 422 });
      bytes = rendered.value.renditions[0]?.bytes.length ?? 0;
    }
    return Response.json({ bytes });
  },
} satisfies ExportedHandler;

/** Reused from request to request, as the consumer reuses its own. */
const engine = createEngine({ photon });
