import { parseOptionList } from "../core/transform/grammar.ts";
import { prepare } from "../engine/prepare.ts";
import { createEngine } from "../engine/render.ts";
import { engineModules } from "../engine/modules-worker.ts";

/**
 * `POST /?renders=N&output=<options>` renders the body N times, one after another, and answers with
 * the last rendition's length and the engine's memory; without a body, the body before. 0 renders cost
 * what a request costs. `GET /rendition` answers with the last one. `GET /healthz`: it is there.
 *
 * The least that a service could do: `POST /job?output=<options>` renders the body once, stores the rendition and answers
 * with it; `GET /job?source=<key>&output=<options>` does so with what `PUT /source?key=<key>` has stored.
 */
export default {
  async fetch(request, { PICTURES }) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    if (pathname === "/rendition") return new Response(rendition as Uint8Array<ArrayBuffer>);
    if (pathname === "/source") {
      await PICTURES.put(searchParams.get("key") ?? "", await request.arrayBuffer());
      return new Response(null, { status: 204 });
    }
    const parsed = parseOptionList(searchParams.get("output") ?? "");
    if (!parsed.ok) return new Response(parsed.error.detail, { status: 400 });
    const { format } = parsed.value;
    if (format === "auto") return new Response("Name the format.", { status: 400 });
    if (pathname === "/job") {
      const key = searchParams.get("source");
      const sent = await (key === null ? request : await PICTURES.get(key))?.arrayBuffer();
      const made = await engine.render(new Uint8Array(sent ?? []), [{ ...parsed.value, format }]);
      const bytes = made.ok ? made.value.renditions[0]?.bytes : undefined;
      if (!bytes) return new Response("It could not be rendered.", { status: 422 });
      await PICTURES.put(crypto.randomUUID(), bytes);
      return new Response(bytes as Uint8Array<ArrayBuffer>);
    }

    const sent = request.arrayBuffer();
    // As the consumer does while its first picture is on its way.
    void prepare(engine);
    const body = new Uint8Array(await sent);
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
} satisfies ExportedHandler<{ readonly PICTURES: R2Bucket }>;

/** Reused from request to request, as the consumer reuses its own. */
const engine = createEngine(engineModules);

let source: Uint8Array = new Uint8Array();
let rendition: Uint8Array = new Uint8Array();
