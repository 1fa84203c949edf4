import { expect, test } from "vitest";
import * as z from "zod/mini";
import { limits } from "../../../../core/limits.ts";
import { readJson } from "../../../../workers/api/http/json-body.ts";

const schema = z.strictObject({
  name: z.optional(z.string()),
  presets: z.optional(z.record(z.string(), z.string())),
  size: z.optional(z.object({ width: z.int() })),
});

function read(body: string | null, length = body === null ? null : String(body.length)) {
  const headers = new Headers(length === null ? {} : { "Content-Length": length });
  const init = { method: "POST", headers, body };
  return readJson(new Request("https://x.example/", init), schema);
}

test("a body that fits is read, and no body is an empty object", async () => {
  expect(await read(`{"name":"a","size":{"width":1}}`)).toEqual({
    ...{ ok: true, value: { name: "a", size: { width: 1 } } },
  });
  for (const body of [null, ""]) expect(await read(body)).toEqual({ ok: true, value: {} });
});

test.each([
  ["a field of the wrong type", `{"size":{"width":"1"}}`, "size.width: "],
  ["a field that is missing", `{"size":{}}`, "size.width: This field is required"],
  ["a field that there is not", `{"colour":1}`, `the body: Unrecognized key: "colour"`],
  ["no object", `7`, "the body: Invalid input: expected object"],
  ["a name that no object can keep", `{"presets":{"__proto__":"a"}}`, "named __proto__"],
  ["no JSON", `{"name":`, "not JSON"],
  ["arrays in arrays beyond what is parsed", `${"[".repeat(5000)}${"]".repeat(5000)}`, "too deep"],
])("%s is refused by its place, in English", async (_, body, words) => {
  const refused = await read(body);
  expect(refused).toMatchObject({ ok: false, error: { code: "bad-request" } });
  expect(!refused.ok && refused.error.detail).toContain(words);
});

test.each(["This is wrong", "This is wrong.", "Is this wrong?"])(
  "the detail ends with one mark: %s",
  async (message) => {
    const wrong = z.strictObject({ name: z.string().check(z.refine(() => false, message)) });
    const init = { method: "POST", headers: { "Content-Length": "12" }, body: `{"name":"a"}` };
    const refused = await readJson(new Request("https://x.example/", init), wrong);
    expect(!refused.ok && refused.error.detail).toMatch(/^name: [^.?]+[.?]$/);
  },
);

test("a body needs a length, and a short one", async () => {
  expect(await read(`{}`, null)).toMatchObject({ error: { code: "length-required" } });
  expect(await read(`{}`, String(limits.jsonBytesMax + 1))).toMatchObject({
    ...{ error: { code: "body-too-large" } },
  });
  expect(await read(`{}`, String(limits.jsonBytesMax))).toMatchObject({ ok: true });
});

test("a body that breaks off is the client's to send again", async () => {
  const body = new ReadableStream({ start: (controller) => controller.error(new Error("gone")) });
  const headers = { "Content-Length": "9" };
  const init = { method: "POST", headers, body, duplex: "half" };
  const refused = await readJson(new Request("https://x.example/", init as RequestInit), schema);
  expect(refused).toMatchObject({ ok: false, error: { code: "bad-request" } });
  expect(!refused.ok && refused.error.detail).toContain("ended early");
});
