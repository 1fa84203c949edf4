import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { readUpload } from "../../../../workers/api/upload/upload.ts";
import { frameHeader, jpeg, scanHeader } from "../../../core/image/made-headers.ts";

const photo = jpeg(frameHeader({ width: 30, height: 20 }), scanHeader(), new Uint8Array(50));

function read(body: BodyInit | null, headers: Record<string, string>, query = "") {
  const url = new URL(`http://minilab.test/v1/jobs${query}`);
  const init = { method: "POST", headers, body, duplex: "half" };
  return readUpload(new Request(url, init), url);
}
const lengthOf = (bytes: number) => ({ "Content-Length": String(bytes) });

test("a body is a picture, and the query its options in their order", async () => {
  const upload = await read(photo, lengthOf(photo.length), "?width=9&format=webp&width=8");
  expect(upload).toMatchObject({
    ok: true,
    value: {
      picture: { bytes: photo.length, rest: null, info: { width: 30, height: 20 } },
      options: [
        ["width", "9"],
        ["format", "webp"],
        ["width", "8"],
      ],
    },
  });
});

test("a type that only mentions a form is a picture's", async () => {
  const type = { "Content-Type": "image/jpeg; not=multipart/form-data" };
  const upload = await read(photo, { ...lengthOf(photo.length), ...type });
  expect(upload).toMatchObject({ ok: true, value: { picture: { bytes: photo.length } } });
});

test("the largest body that is held is held whole", async () => {
  const body = new Uint8Array(limits.heldBytesMax);
  body.set(photo);
  const upload = await read(body, lengthOf(body.length));
  expect(upload.ok && upload.value.picture.head.length).toBe(body.length);
  expect(upload.ok && upload.value.picture.rest).toBeNull();
});

test("a longer one is not held: its header is read, and the rest follows", async () => {
  const bytes = limits.heldBytesMax + 1;
  const body = new Uint8Array(bytes);
  body.set(photo);
  const upload = await read(body, lengthOf(bytes));
  if (!upload.ok) throw new Error(upload.error.detail);
  expect(upload.value.picture).toMatchObject({ bytes, bytesMax: bytes });
  expect(upload.value.picture.head.length).toBeLessThan(bytes);
  let length = upload.value.picture.head.length;
  for (let next = await upload.value.picture.rest?.read(); next?.value;) {
    length += next.value.length;
    next = await upload.value.picture.rest?.read();
  }
  expect(length).toBe(bytes);
});

test.each([
  ["no length", photo, {}, "length-required"],
  ["a length that is none", photo, { "Content-Length": "1e3" }, "length-required"],
  ["a negative length", photo, { "Content-Length": "-1" }, "length-required"],
  ["no body", null, lengthOf(5), "empty-body"],
  ["an empty body", new Uint8Array(0), lengthOf(0), "empty-body"],
  [
    "an empty form",
    new Uint8Array(0),
    { ...lengthOf(0), "Content-Type": "multipart/form-data; boundary=x" },
    "empty-body",
  ],
  ["more than is read", photo, lengthOf(limits.sourceBytesMax + 1), "body-too-large"],
  ["what is no picture", new Uint8Array(50), lengthOf(50), "unsupported-format"],
  [
    "a form without a boundary",
    photo,
    { ...lengthOf(9), "Content-Type": "multipart/form-data" },
    "bad-request",
  ],
] as [string, Uint8Array | null, Record<string, string>, string][])(
  "%s is refused by its reason",
  async (_, body, headers, code) => {
    const refused = await read(body as BodyInit | null, headers);
    expect(refused).toMatchObject({ ok: false, error: { code } });
  },
);

test("the largest body that is read is not refused for its size", async () => {
  const refused = await read(new Uint8Array(50), lengthOf(limits.sourceBytesMax));
  expect(refused).toMatchObject({ ok: false, error: { code: "unsupported-format" } });
});

test("a body that breaks off is the sender's to send again", async () => {
  const body = new ReadableStream({ start: (controller) => controller.error(new Error("reset")) });
  const refused = await read(body, lengthOf(50));
  expect(refused).toMatchObject({ ok: false, error: { code: "bad-request" } });
});
