/** The least that can answer with a picture's bytes: what a cached hit is measured against. */
import { Hono } from "hono";

let picture = new Uint8Array(0);

const app = new Hono();
app.get("/healthz", (context) => context.text("ok"));
app.put("/picture", async (context) => {
  picture = new Uint8Array(await context.req.arrayBuffer());
  return context.body(null, 204);
});
app.get("/picture", () => new Response(picture, { headers: { "Content-Type": "image/jpeg" } }));

export default app;
