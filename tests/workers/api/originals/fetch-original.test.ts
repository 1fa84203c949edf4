import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { jsonSchema } from "../../../../workers/api/documents/openapi-parts.ts";
import { fetchImageSchema } from "../../../../workers/api/originals/fetch-original.ts";
import { bytes, frameHeader, jpeg, scanHeader } from "../../../core/image/made-headers.ts";
import { stubRuntimeStreams } from "../upload/runtime-streams.ts";
import { UploadWorld } from "./upload-world.ts";

const photo = jpeg(frameHeader({ width: 30, height: 20 }), scanHeader(), new Uint8Array(100));
const url = "https://cdn.example.com/p.jpg";

/** What the origin has there. */
let origin: () => Response;

beforeEach(() => {
  stubRuntimeStreams();
  vi.stubGlobal("fetch", async () => origin());
  origin = () =>
    new Response(photo as BodyInit, { headers: { "Content-Length": String(photo.length) } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function fetched(world: UploadWorld, body: object = { url }) {
  const text = JSON.stringify(body);
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": String(text.length),
  };
  const response = await world.call("/v1/images", { method: "POST", body: text, headers });
  return { status: response.status, body: await response.json<{ id?: string; code?: string }>() };
}

const allowing = { sources: ["cdn.example.com"] };

test("a picture is stored from an address that the tenant's sources allow, once", async () => {
  const world = new UploadWorld(allowing);
  const id = `img_${createHash("sha256").update(photo).digest("hex")}`;
  expect(await fetched(world)).toMatchObject({ status: 201, body: { id } });
  expect(await fetched(world)).toMatchObject({ status: 200, body: { id } });
  expect(world.bucket.keys("originals/")).toHaveLength(1);
});

test("from no other address, and not from what is none", async () => {
  const world = new UploadWorld(allowing);
  const elsewhere = { url: "https://cdn.example.org/p.jpg" };
  expect(await fetched(world, elsewhere)).toMatchObject({ body: { code: "source-not-allowed" } });
  const long = `${url}?${"x".repeat(limits.remoteUrlCharsMax)}`;
  for (const body of [{}, { url: "p.jpg" }, { url: long }, { url, more: 1 }]) {
    expect(await fetched(world, body)).toMatchObject({ status: 400 });
  }
  expect(world.told).toEqual([]);
});

test("the description of the address says which addresses are allowed, and where the list is", () => {
  expect(jsonSchema(fetchImageSchema)).toMatchObject({
    properties: { url: { description: expect.stringContaining("PATCH /v1/delivery") as string } },
  });
});

test("what the origin says is passed on", async () => {
  origin = () => new Response(null, { status: 404 });
  const missing = await fetched(new UploadWorld(allowing));
  expect(missing).toMatchObject({ body: { code: "source-not-found" } });
});

/** The origin sends the first of a long picture, and then whatever `more` does. */
function sending(more: (controller: ReadableStreamDefaultController<Uint8Array>) => void) {
  const cancel = vi.fn<() => void>();
  let begun = false;
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (begun) return more(controller);
    begun = true;
    controller.enqueue(bytes(photo, new Uint8Array(1000)));
  };
  const headers = { "Content-Length": String(2 * limits.heldBytesMax) };
  origin = () => new Response(new ReadableStream({ pull, cancel }), { headers });
  return cancel;
}

test("of a picture that its header forbids no more is taken from the origin", async () => {
  const cancel = sending((controller) => controller.enqueue(new Uint8Array(1000)));
  const world = new UploadWorld(allowing, { sourcePixelsMax: 599 });
  expect(await fetched(world)).toMatchObject({ body: { code: "over-plan" } });
  expect(cancel).toHaveBeenCalledOnce();
});

test("an origin that breaks off is named as what failed, and nothing of its picture stays", async () => {
  sending((controller) => controller.error(new Error("gone")));
  const world = new UploadWorld(allowing);
  expect(await fetched(world)).toMatchObject({ body: { code: "source-failed" } });
  expect(world.bucket.keys("")).toEqual([]);
});
