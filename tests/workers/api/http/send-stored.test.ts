import { describe, expect, test, vi } from "vitest";
import { sendOpen, sendStored } from "../../../../workers/api/http/send-stored.ts";

/** Has a comma, as a tag may. */
const etag = `"a,b"`;
const content = "0123456789";
const ownHeaders = { "Cache-Control": "private", "X-Own": "1" };
const file = {
  key: "pictures/1",
  bytes: content.length,
  contentType: "image/png",
  headers: new Headers(ownHeaders),
};

interface Asked {
  readonly onlyIf: Headers;
  readonly range?: { readonly offset: number; readonly length: number };
}

/** One file in R2, which answers a condition that names its tag without a body. */
function bucketOf() {
  const asked: Asked[] = [];
  let isCancelled = false;
  const bucket = {
    head: async () => ({ httpEtag: etag }),
    get: async (key: string, options: Asked) => {
      asked.push(options);
      if (key !== file.key) return null;
      if (options.onlyIf.get("If-None-Match")?.includes(etag)) return { httpEtag: etag };
      const { offset = 0, length = content.length } = options.range ?? {};
      const source = new TextEncoder().encode(content.slice(offset, offset + length));
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(source),
        pull: (controller) => controller.close(),
        cancel: () => void (isCancelled = true),
      });
      return { httpEtag: etag, body };
    },
  };
  return { bucket, asked, isCancelled: () => isCancelled };
}

async function send(headers: Record<string, string> = {}, method = "GET", change: object = {}) {
  const stored = bucketOf();
  const bucket = { ...stored.bucket, ...change } as unknown as R2Bucket;
  const request = new Request("https://x.example/", { method, headers });
  const answer = await sendStored(request, bucket, file);
  if (!answer) throw new Error("it is there");
  return { ...stored, answer, text: await answer.text() };
}

test("a file is sent whole, with its tag, its length and what its caller says of it", async () => {
  const { answer, text } = await send();
  expect([answer.status, text]).toEqual([200, content]);
  expect(Object.fromEntries(answer.headers)).toEqual({
    "accept-ranges": "bytes",
    "cache-control": "private",
    "content-length": "10",
    "content-type": "image/png",
    etag,
    "x-own": "1",
  });
});

test("HEAD has the same headers and no body, whose bytes are not read", async () => {
  const { answer, text, isCancelled } = await send({ Range: "bytes=0-1" }, "HEAD");
  expect([answer.status, text, answer.headers.get("Content-Length")]).toEqual([200, "", "10"]);
  expect(isCancelled()).toBe(true);
});

test("what the client has already is not sent again", async () => {
  const { answer, text } = await send({ "If-None-Match": etag });
  expect([answer.status, text, answer.headers.get("ETag")]).toEqual([304, "", etag]);
  expect(answer.headers.get("X-Own")).toBe("1");
  expect(answer.headers.has("Content-Type")).toBe(false);
});

test("a range is asked of storage, and no more is read", async () => {
  const { answer, text, asked } = await send({ Range: "bytes=2-4" });
  expect([answer.status, text]).toEqual([206, "234"]);
  expect(asked[0]?.range).toEqual({ offset: 2, length: 3 });
  expect(answer.headers.get("Content-Range")).toBe("bytes 2-4/10");
  expect(answer.headers.get("Content-Length")).toBe("3");
});

test("a range counts only for the version that the client has a part of", async () => {
  const range = { Range: "bytes=2-4" };
  expect((await send({ ...range, "If-Range": etag })).answer.status).toBe(206);
  expect((await send({ ...range, "If-Range": `"other"` })).answer.status).toBe(200);
  const head = () => Promise.reject(new Error("away"));
  const unknown = await send({ ...range, "If-Range": etag }, "GET", { head });
  expect([unknown.answer.status, unknown.text]).toEqual([200, content]);
  const gone = await send({ ...range, "If-Range": etag }, "GET", { head: async () => null });
  expect(gone.answer.status).toBe(200);
});

test("a file that is not there is no answer, and storage that is away is a 503", async () => {
  const request = new Request("https://x.example/");
  const bucket = bucketOf().bucket as unknown as R2Bucket;
  expect(await sendStored(request, bucket, { ...file, key: "other" })).toBeNull();
  const away = await send({}, "GET", { get: () => Promise.reject(new Error("away")) });
  expect(away.answer.status).toBe(503);
  expect(away.answer.headers.get("Retry-After")).toBe("2");
  expect(away.text).toContain("unavailable");
});

const named = [
  etag,
  ` ${etag} `,
  `W/${etag}`,
  `"c", ${etag}`,
  `"c" ,W/${etag}`,
  `${etag}, "c"`,
  `W/"c",${etag}`,
  "*",
  " * ",
];
const notNamed = [
  "",
  `"c"`,
  `"a"`,
  "a,b",
  `${etag},`,
  `,${etag}`,
  `${etag} "c"`,
  `x${etag}`,
  `${etag}x`,
  `"c", ${etag}, x`,
  `W${etag}`,
  "*x",
  `"a b", ${etag}`,
  `*, ${etag}`,
];

describe("If-None-Match", () => {
  test.each(named)("%j names the file, in memory as in storage", async (value) => {
    const headers = { "If-None-Match": value };
    const request = new Request("https://x.example/", { headers });
    const open = { body: new Uint8Array(3), bytes: 3, etag };
    const answer = sendOpen(request, file, open);
    expect([answer.status, answer.headers.get("ETag"), await answer.text()]).toEqual([
      ...[304, etag, ""],
    ]);
    const { asked } = await send(headers);
    expect(asked[0]?.onlyIf.get("If-None-Match")).toBe(value.trim());
  });

  test.each(notNamed)("%j does not, and reaches storage only as a list of tags", async (value) => {
    const headers = { "If-None-Match": value };
    const request = new Request("https://x.example/", { headers });
    const answer = sendOpen(request, file, { body: new Uint8Array(3), bytes: 3, etag });
    expect(answer.status).toBe(200);
    const { asked } = await send(headers);
    const isList = value === `"c"` || value === `"a"`;
    expect(asked[0]?.onlyIf.get("If-None-Match")).toBe(isList ? value : null);
  });

  test("is compared with all of a tag but its mark of weakness", () => {
    const inner = `"aW/b"`;
    const statusOf = (value: string) => {
      const request = new Request("https://x.example/", { headers: { "If-None-Match": value } });
      return sendOpen(request, file, { body: new Uint8Array(), bytes: 0, etag: inner }).status;
    };
    expect([inner, `W/${inner}`, `"ab"`].map(statusOf)).toEqual([304, 304, 200]);
  });

  test("does not keep a new job's picture from whoever sent it", async () => {
    const init = { method: "POST", headers: { "If-None-Match": etag } };
    const request = new Request("https://x.example/", init);
    const answer = sendOpen(request, file, { body: new Uint8Array(3), bytes: 3, etag });
    expect([answer.status, answer.headers.get("Content-Length")]).toEqual([200, "3"]);
    expect((await send(init.headers, "POST")).answer.status).toBe(200);
  });
});

test("what is open already is sent whole, with its tag, its length and what its caller says of it", async () => {
  const cancel = vi.fn<() => void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(content)),
    pull: (controller) => controller.close(),
    cancel,
  });
  const open = { body, bytes: content.length, etag };
  const answer = sendOpen(new Request("https://x.example/"), file, open);
  const stored = await send();
  expect([answer.status, await answer.text()]).toEqual([200, content]);
  expect([...answer.headers]).toEqual([...stored.answer.headers]);
  expect(cancel).not.toHaveBeenCalled();
});

test("a stream that is not sent is cancelled", async () => {
  for (const init of [{ method: "HEAD" }, { headers: { "If-None-Match": etag } }]) {
    const cancel = vi.fn<() => void>();
    const body = new ReadableStream({ cancel });
    const answer = sendOpen(new Request("https://x.example/", init), file, {
      body,
      bytes: 3,
      etag,
    });
    expect(await answer.text()).toBe("");
    expect(cancel).toHaveBeenCalledOnce();
  }
});

test("a file that cannot be sent says what its caller says of failures", async () => {
  const bucket = {} as unknown as R2Bucket;
  const request = new Request("https://x.example/", { headers: { Range: "bytes=9-" } });
  const answer = await sendStored(request, bucket, {
    key: "a",
    bytes: 5,
    contentType: "image/png",
    headers: new Headers(),
    failureHeaders: (code) => ({ "Cf-Resized": code }),
  });
  expect(answer?.status).toBe(416);
  expect(answer?.headers.get("Cf-Resized")).toBe("range-not-satisfiable");
  expect(answer?.headers.get("Content-Range")).toBe("bytes */5");
  expect(answer?.headers.get("Content-Type")).toBe("application/problem+json");
});
