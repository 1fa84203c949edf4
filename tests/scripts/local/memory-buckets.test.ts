import type { Server } from "node:http";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openMemoryBuckets } from "../../../scripts/local/memory-buckets.ts";
import { bindElsewhere } from "../../../scripts/local/storage-elsewhere.ts";

/** Does the same with a bucket of either kind, and says what came of it. */
const script = `
const about = (object) => object && {
  key: object.key, size: object.size, etag: object.etag, range: object.range,
  http: object.httpMetadata, custom: object.customMetadata, md5: object.checksums.toJSON().md5,
};
const read = async (object) => object && { ...about(object), text: object.text ? await object.text() : null };
const failing = (work) => work().then(() => "fine", ({ message }) => message);
async function steps(bucket) {
  const seen = [];
  const see = (value) => void seen.push(value ?? null);
  see(about(await bucket.put("a/1", "first of all", { httpMetadata: { contentType: "image/jpeg" }, customMetadata: { info: "{}" } })));
  see(await read(await bucket.get("a/1")));
  see(about(await bucket.head("a/1")));
  see(await bucket.get("none"));
  see(await bucket.head("none"));
  see(await read(await bucket.get("a/1", { range: { offset: 2, length: 4 } })));
  see(await read(await bucket.get("a/1", { range: { offset: 6, length: 100 } })));
  see(await read(await bucket.get("a/1", { range: { suffix: 3 } })));
  see(await failing(() => bucket.get("a/1", { range: { offset: 100, length: 1 } })));
  const { etag, httpEtag } = await bucket.head("a/1");
  see(await read(await bucket.get("a/1", { onlyIf: new Headers({ "If-None-Match": httpEtag }) })));
  see(await read(await bucket.get("a/1", { onlyIf: { etagDoesNotMatch: "other" } })));
  see(await bucket.put("a/1", "again", { onlyIf: { etagDoesNotMatch: "*" } }));
  see(await bucket.put("a/1", "again", { onlyIf: { etagMatches: "other" } }));
  see(await bucket.put("a/2", "new", { onlyIf: { etagMatches: "other" } }));
  see(about(await bucket.put("a/1", "again", { onlyIf: { etagMatches: etag } })));
  see(about(await bucket.put("a/2", new Uint8Array(0))));
  see(await read(await bucket.get("a/2")));
  for (const key of ["a/é", "b/3", "b/1", "b/2"]) await bucket.put(key, key, { customMetadata: { key } });
  let cursor;
  do {
    const page = await bucket.list({ prefix: "b/", limit: 2, cursor, include: ["customMetadata"] });
    cursor = page.cursor;
    see([page.truncated, page.objects.map(about)]);
  } while (cursor);
  see((await bucket.list({ startAfter: "a/2" })).objects.map(about));
  await bucket.delete("b/1");
  await bucket.delete(["b/2", "none", "b/3"]);
  see((await bucket.list()).objects.map(({ key }) => key));
  const upload = await bucket.createMultipartUpload("c", { httpMetadata: { contentType: "image/png" } });
  const part = new Uint8Array(5 * 1024 * 1024).fill(7);
  const parts = [await upload.uploadPart(1, part), await upload.uploadPart(2, "end")];
  const whole = await upload.complete(parts);
  see([whole.key, whole.size, whole.etag]);
  see((await (await bucket.get("c", { range: { suffix: 5 } })).text()));
  const other = await bucket.createMultipartUpload("d");
  await other.uploadPart(1, "gone");
  await other.abort();
  see(await bucket.head("d"));
  return seen;
}
export default { async fetch(request, { FILES, MEMORY, OTHER }) {
  if (new URL(request.url).pathname === "/other") return Response.json(await OTHER.head("a/1"));
  return Response.json([await steps(FILES), await steps(MEMORY)]);
} };`;

let runtime: Miniflare;
let buckets: Server;

beforeAll(async () => {
  buckets = await openMemoryBuckets();
  const address = buckets.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const ports = { r2Buckets: port, kvNamespaces: port };
  const elsewhere = bindElsewhere(
    { r2Buckets: { MEMORY: "kept", OTHER: "other" } },
    ["r2Buckets"],
    ports,
  );
  runtime = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      workers: [
        {
          ...elsewhere,
          name: "test",
          modules: true,
          script,
          compatibilityDate: "2026-10-23",
          r2Buckets: { FILES: "kept" },
        },
      ] as never,
    }),
  );
  await runtime.ready;
});
afterAll(async () => {
  await runtime.dispose();
  buckets.closeAllConnections();
  buckets.close();
});

test("a bucket in memory answers as miniflare's does", async () => {
  const answer = await runtime.dispatchFetch("http://minilab.test/");
  const [files, memory] = (await answer.json()) as [unknown[], unknown[]];
  expect(files.length).toBeGreaterThan(20);
  expect(memory).toEqual(files);
});

test("two buckets share nothing", async () => {
  const answer = await runtime.dispatchFetch("http://minilab.test/other");
  expect(await answer.json()).toBeNull();
});
