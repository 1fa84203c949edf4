import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import type { ProblemCode } from "../../core/problem.ts";
import { expectNoTrace } from "./no-trace.ts";
import { headerOnlyJpeg, headerOnlyPng } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";

let service: Service;
let tenant: Tenant;

// What is refused never reaches a consumer, so there is none.
beforeAll(async () => {
  service = await startService({ consumer: false });
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const picture = headerOnlyPng(8, 8);

describe("a form", () => {
  const long = new Uint8Array(limits.heldBytesMax + 1000);
  const large = Buffer.concat([picture, long]);
  const image = (bytes: Uint8Array, name = "image") =>
    part(`name="${name}"; filename="a.png"`, bytes);
  const field = (name: string, value: string | Uint8Array) =>
    part(`name="${name}"`, Buffer.from(value));
  const whole = (...parts: Uint8Array[]) => Buffer.concat([...parts, Buffer.from("--limit--\r\n")]);
  const boundary = "multipart/form-data; boundary=limit";

  test.each<[string, ProblemCode, Uint8Array, string?]>([
    ["without a boundary", "bad-request", whole(image(picture)), "multipart/form-data"],
    [
      "with another boundary",
      "bad-request",
      whole(image(picture)),
      "multipart/form-data; boundary=other",
    ],
    ["without parts", "bad-request", whole()],
    ["that does not end", "bad-request", image(picture)],
    ["without a picture", "bad-request", whole(field("output", "width=10"))],
    ["with two pictures", "bad-request", whole(image(picture), image(picture))],
    ["with its picture under another name", "bad-request", whole(image(picture, "photo"))],
    ["with its picture as text", "bad-request", whole(field("image", picture))],
    ["with an empty picture", "empty-body", whole(image(new Uint8Array()))],
    [
      "with an unknown option",
      "invalid-option",
      whole(field("output", "widht=10"), image(picture)),
    ],
    [
      "with a field called __proto__",
      "invalid-option",
      whole(field("__proto__", "10"), image(picture)),
    ],
    ["large, without a boundary", "bad-request", whole(image(large)), "multipart/form-data"],
    [
      "large, with another boundary",
      "bad-request",
      whole(image(large)),
      "multipart/form-data; boundary=other",
    ],
    ["large, that does not end", "bad-request", image(large)],
    ["large, with two pictures", "bad-request", whole(image(large), image(picture))],
    ["large, with its picture under another name", "bad-request", whole(image(large, "photo"))],
    ["large, with its picture as text", "bad-request", whole(field("image", large))],
    [
      "large, with an empty picture",
      "empty-body",
      whole(image(new Uint8Array()), field("rest", long)),
    ],
    [
      "large, with outputs behind the picture",
      "bad-request",
      whole(image(large), field("output", "width=10")),
    ],
    [
      "large, with an unknown option",
      "invalid-option",
      whole(field("output", "widht=10"), image(large)),
    ],
    [
      "large, with more outputs than a job has",
      "invalid-option",
      whole(...Array.from({ length: 100 }, () => field("output", "width=10")), image(large)),
    ],
    [
      "large, with hundreds of fields",
      "bad-request",
      whole(...Array.from({ length: 500 }, () => field("output", "width=10")), image(large)),
    ],
    [
      "large, with a drawing",
      "unsupported-format",
      whole(image(Buffer.concat([Buffer.from("<svg>"), long]))),
    ],
  ])("%s", async (_, code, body, type = boundary) => {
    await expectProblem(tenant.send("", body, { "Content-Type": type }), code);
  });

  test("large, with its picture last, is accepted", async () => {
    const other = await createTenant(service);
    const body = whole(field("output", "width=4"), field("output", "width=2"), image(large));
    expect(await answer(other.send("", body, { "Content-Type": boundary }), 202)).toMatchObject({
      source: { bytes: large.length, width: 8, height: 8, format: "png" },
    });
  });

  function part(disposition: string, bytes: Uint8Array): Uint8Array {
    const head = `--limit\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), bytes, Buffer.from("\r\n")]);
  }
});

describe("bytes that call themselves a PNG", () => {
  test.each<[string, ProblemCode, Uint8Array | string]>([
    ["nothing", "empty-body", ""],
    ["text", "unsupported-format", "Just a letter."],
    ["HTML", "unsupported-format", "<!doctype html><script>alert(1)</script>"],
    ["SVG", "unsupported-format", '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ["ZIP", "unsupported-format", "PK\x03\x04\x14\0\0\0"],
    ["a PNG of 100 000 × 100 000 pixels", "image-too-large", headerOnlyPng(100_000, 100_000)],
    ["a JPEG of 65 500 × 65 500 pixels", "image-too-large", headerOnlyJpeg(65_500, 65_500)],
    [
      "a large file with such a header",
      "image-too-large",
      Buffer.concat([headerOnlyPng(100_000, 100_000), new Uint8Array(2 * limits.heldBytesMax)]),
    ],
    ["a PNG without width", "corrupt-image", headerOnlyPng(0, 8)],
    ["half a header", "truncated-image", picture.subarray(0, 20)],
  ])("%s", async (_, code, body) => {
    await expectProblem(
      tenant.send("?width=10", Buffer.from(body), { "Content-Type": "image/png" }),
      code,
    );
  });
});

test("all of that left nothing behind", () => expectNoTrace(service, tenant));
