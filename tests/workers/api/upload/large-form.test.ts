import { describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { optionNames } from "../../../../core/transform/options.ts";
import { UploadFault } from "../../../../workers/api/http/body-problems.ts";
import { describeJob } from "../../../../workers/api/upload/describe-job.ts";
import type { Upload } from "../../../../workers/api/upload/picture.ts";
import { readUpload } from "../../../../workers/api/upload/upload.ts";
import { frameHeader, jpeg, scanHeader } from "../../../core/image/made-headers.ts";

type Part = readonly [name: string, value: string | Uint8Array<ArrayBuffer>];

const header = new Uint8Array(jpeg(frameHeader({ width: 30, height: 20 }), scanHeader()));

/** A picture of so many bytes, each of which tells its place. */
function photo(length: number): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from({ length }, (_, at) => at % 251);
  bytes.set(header);
  return bytes;
}

const large = photo(limits.heldBytesMax + 100_000);
const image: Part = ["image", large];

async function encoded(parts: readonly Part[]) {
  const form = new FormData();
  for (const [name, value] of parts)
    form.append(name, typeof value === "string" ? value : new File([value], "a.jpg"));
  const response = new Response(form);
  const type = response.headers.get("Content-Type") ?? "";
  return { type, body: new Uint8Array(await response.arrayBuffer()) };
}

/** Sends this form in pieces; `left` are the bytes of it that nobody has asked for yet. */
async function send(parts: readonly Part[], { until = Infinity } = {}) {
  const { type, body } = await encoded(parts);
  const given = { left: body.slice(0, until), isCancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (given.left.length === 0) return controller.close();
      controller.enqueue(given.left.slice(0, 65_536));
      given.left = given.left.slice(65_536);
    },
    cancel: () => void (given.isCancelled = true),
  });
  const headers = { "Content-Type": type, "Content-Length": String(body.length) };
  const init = { method: "POST", body: stream, headers, duplex: "half" };
  const request = new Request("http://minilab.test/v1/jobs", init);
  return { given, length: body.length, upload: await readUpload(request, new URL(request.url)) };
}

async function accepted(parts: readonly Part[], options?: { until: number }): Promise<Upload> {
  const { upload } = await send(parts, options);
  if (!upload.ok) throw new Error(upload.error.detail);
  return upload.value;
}

async function refused(parts: readonly Part[], options?: { until: number }): Promise<string> {
  const { upload } = await send(parts, options);
  return upload.ok ? "accepted" : upload.error.detail;
}

/** All bytes of the picture, or why it ends before its end. */
async function whole({ picture: { head, rest } }: Upload): Promise<Uint8Array | string> {
  const chunks: Uint8Array[] = [head];
  try {
    for (let next = await rest?.read(); next?.value; next = await rest?.read())
      chunks.push(next.value);
  } catch (cause) {
    return cause instanceof UploadFault ? cause.problem.detail : String(cause);
  }
  return Buffer.concat(chunks);
}

const oneFile = /^Send one file in the field `image`/;
const outputsFirst = /put the output fields and the overlay before the image/;
const unreadable = /^The form cannot be read/;

test("a form is held up to a size, and of a longer one the picture streams on, byte for byte", async () => {
  const about = (await encoded([["image", header]])).body.length - header.length;
  for (const more of [0, 1]) {
    const sent = photo(limits.heldBytesMax - about + more);
    const upload = await accepted([["image", sent]]);
    expect(upload.picture.rest === null).toBe(more === 0);
    expect(Buffer.compare((await whole(upload)) as Uint8Array, sent)).toBe(0);
  }
});

test("the largest overlay that may be comes whole", async () => {
  const overlay = photo(limits.overlayBytesMax);
  const upload = await accepted([["overlay", overlay], image]);
  expect(Buffer.compare(upload.overlay?.head ?? header, overlay)).toBe(0);
  expect(Buffer.compare((await whole(upload)) as Uint8Array, large)).toBe(0);
});

test("every option counts, however many there are", async () => {
  const fields = optionNames.map((name): Part => [name, "1"]);
  expect(fields.length).toBeGreaterThan(2 * limits.outputsMax);
  expect((await accepted([...fields, image])).options).toEqual(fields);
  const outputs = Array.from({ length: limits.outputsMax + 1 }, (): Part => ["output", "w=9"]);
  expect((await accepted([...outputs, image])).options).toEqual(outputs);
});

test("of options that are too long no more is held than shows it", async () => {
  const { optionsCharsMax } = limits;
  const fields = Array.from({ length: 50 }, (): Part => ["output", "x".repeat(1018)]);
  const upload = await accepted([...fields, image]);
  expect(upload.options).toHaveLength(optionsCharsMax / 1024 + 1);
  const long = await accepted([["output", "x".repeat(10 * optionsCharsMax)], image]);
  expect(long.options).toEqual([["output", "x".repeat(optionsCharsMax)]]);
  expect(describeJob(long, null)).toMatchObject({ error: { code: "invalid-option" } });
  const refusal = describeJob(upload, null);
  expect(refusal).toMatchObject({
    error: { code: "invalid-option", detail: expect.stringContaining("longer") as string },
  });
});

const tooMany = /^The form has more than \d+ fields/;

test("a form may have a number of fields, and one more is refused, however long its picture is", async () => {
  const fields = Array.from({ length: limits.formFieldsMax }, (): Part => ["w", ""]);
  for (const picture of [header, large]) {
    const upload = await accepted([...fields, ["image", picture]]);
    expect(upload.options).toEqual(fields);
    expect(await refused([...fields, ["w", ""], ["image", picture]])).toMatch(tooMany);
  }
});

describe("a form is refused", () => {
  test.each<[string, readonly Part[]]>([
    ["small, with a file in another field", [["picture", header]]],
    [
      "small, with another file besides",
      [
        ["image", header],
        ["more", header],
      ],
    ],
    ["with a file in another field", [["picture", large], image]],
    ["without a picture", [["overlay", large]]],
  ])("%s", async (_, parts) => {
    expect(await refused(parts)).toMatch(oneFile);
  });

  test("that ends before its picture", async () => {
    expect(await refused([["width", "9"], image], { until: 150 })).toMatch(unreadable);
  });

  test("whose overlay's header is cut off, as the overlay's fault", async () => {
    const cut: Part = ["overlay", header.slice(0, 12)];
    for (const picture of [header, large]) {
      expect(await refused([cut, ["image", picture]])).toMatch(/^The overlay cannot be drawn/);
    }
  });

  test("and read no further, where the picture has not begun", async () => {
    const { upload, given } = await send([["picture", large], image]);
    expect(upload.ok).toBe(false);
    await vi.waitFor(() => expect(given.isCancelled).toBe(true));
  });

  test("and read on, where its picture has begun, so that its sender gets the answer", async () => {
    const { upload, given } = await send([["overlay", new Uint8Array(700)], image]);
    expect(upload.ok).toBe(false);
    expect(given.left).toHaveLength(0);
  });
});

describe("what follows a large picture ends it", () => {
  test.each<[string, Part, RegExp]>([
    ["an output", ["output", "width=9"], outputsFirst],
    ["an overlay", ["overlay", header], outputsFirst],
    ["a second picture", ["image", header], oneFile],
    ["a file in another field", ["more", header], oneFile],
  ])("%s", async (_, part, reason) => {
    expect(await whole(await accepted([image, part]))).toMatch(reason);
  });

  test("the end of the body", async () => {
    const upload = await accepted([image], { until: limits.heldBytesMax });
    expect(await whole(upload)).toMatch(/unexpected end/);
  });

  test("another long file, which is read on, so that the sender gets the answer", async () => {
    const { upload, given } = await send([image, ["image", large], ["image", large]]);
    if (!upload.ok) throw new Error(upload.error.detail);
    expect(await whole(upload.value)).toMatch(oneFile);
    await vi.waitFor(() => expect(given.left).toHaveLength(0));
  });
});
