import { getEventListeners } from "node:events";
import { expect, test, vi } from "vitest";
import { UploadFault } from "../../../../workers/api/http/body-problems.ts";
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

test("a body that its fetch ends first when time is up was late, and did not break off", async () => {
  const faultOf = async (isLate: boolean) => {
    const time = new AbortController();
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        time.signal.addEventListener("abort", (event) => event.stopImmediatePropagation());
        if (isLate) time.abort();
        controller.error(new Error("aborted"));
      },
    });
    const capped = cappedBody(body, { bytesMax: 9, signal: time.signal, done: () => undefined });
    const fault: unknown = await new Response(capped).arrayBuffer().catch((cause) => cause);
    return fault instanceof UploadFault ? fault.problem.code : fault;
  };
  expect(await faultOf(true)).toBe("source-timeout");
  expect(await faultOf(false)).toBe("source-failed");
});
