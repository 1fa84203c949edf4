import { createHash } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { overStored } from "../../../../core/ledger/stored.ts";
import { frameHeader, jpeg, scanHeader } from "../../../core/image/made-headers.ts";
import { UploadWorld } from "./upload-world.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const photo = jpeg(frameHeader({ width: 30, height: 20 }), scanHeader(), new Uint8Array(100));
const hash = createHash("sha256").update(photo).digest("hex");
const store = (world: UploadWorld) =>
  world.call("/v1/images", {
    method: "POST",
    body: photo as BodyInit,
    headers: { "Content-Length": String(photo.length) },
  });
const full = overStored({ storedImagesMax: 2, storedBytesMax: 9 }, { images: 2, bytes: 9 }, 1);

test("a picture is counted before it is put, and the ledger hears when it is", async () => {
  const world = new UploadWorld();
  world.bucket.beforePut = async () => void world.told.push("put");
  expect((await store(world)).status).toBe(201);
  expect(world.told).toEqual([`reserve ${hash}`, "put", `settle ${hash} 7`]);
});

test("a picture for which there is no room is refused with the limit, and not put", async () => {
  const world = new UploadWorld();
  world.full = full;
  const response = await store(world);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({
    code: "storage-limit-reached",
    limit: { name: "storedImagesMax", value: 2, used: 2 },
  });
  expect(world.bucket.keys("originals/")).toEqual([]);
});

test("nobody passes the limit by way of an upload address, which takes the same picture once there is room", async () => {
  const world = new UploadWorld();
  const address = await world.address();
  world.full = full;
  expect((await world.send(address, photo)).status).toBe(403);
  expect(world.bucket.keys("originals/")).toEqual([]);
  world.full = null;
  expect((await world.send(address, photo)).status).toBe(201);
});

test("a picture that could not be put is left for the ledger to look at", async () => {
  const world = new UploadWorld();
  vi.spyOn(console, "error").mockReturnValue();
  world.bucket.beforePut = async () => {
    throw new Error("storage is away");
  };
  expect((await store(world)).status).toBe(503);
  expect(world.told).toEqual([`reserve ${hash}`]);
});

test("a ledger that cannot be told that a picture is stored does not fail the request", async () => {
  const world = new UploadWorld();
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  world.ledger.settleOriginal = async () => {
    throw new Error("away");
  };
  expect((await store(world)).status).toBe(201);
  expect(JSON.stringify(warned.mock.calls)).toContain("original-not-settled");
});

test("a picture is deleted by way of the ledger, and what was made of it with it", async () => {
  const world = new UploadWorld();
  await store(world);
  await world.bucket.put(`renditions/${world.tenant}/${hash}/1`, "made");
  expect((await world.call(`/v1/images/img_${hash}`, { method: "DELETE" })).status).toBe(204);
  expect(world.bucket.keys("")).toEqual([]);
});
