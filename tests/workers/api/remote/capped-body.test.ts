import { getEventListeners } from "node:events";
import { expect, test, vi } from "vitest";
import { cappedBody } from "../../../../workers/api/remote/capped-body.ts";

test("a body that comes in many parts leaves nothing behind that listens to its signal", async () => {
  const { signal } = new AbortController();
  const done = vi.fn<() => void>();
  const parts = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (let part = 0; part < 20; part++) controller.enqueue(new Uint8Array(5));
      controller.close();
    },
  });
  const bytes = await new Response(
    cappedBody(parts, { bytesMax: 100, signal, done }),
  ).arrayBuffer();
  expect(bytes.byteLength).toBe(100);
  expect(done).toHaveBeenCalledOnce();
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
