import type { Vector } from "./attack.ts";
import { fetchSource, type Outcome } from "./victim.ts";

/** The service's reading and fetching of sources on the real runtime. */
export default {
  async fetch(request: Request): Promise<Response> {
    const outcomes: Outcome[] = [];
    for (const vector of await request.json<Vector[]>()) {
      outcomes.push(await fetchSource(vector, globalThis));
    }
    return Response.json(outcomes);
  },
};
