import { afterEach, expect, test, vi } from "vitest";
import { frameHeader, jpeg, scanHeader } from "../../../core/image/made-headers.ts";
import { UploadWorld } from "./upload-world.ts";

afterEach(() => void vi.useRealTimers());

const photo = jpeg(frameHeader({ width: 30, height: 20 }), scanHeader(), new Uint8Array(9));

async function store(world: UploadWorld) {
  const headers = { "Content-Length": String(photo.length) };
  const init = { method: "POST", headers, body: photo as BodyInit };
  const response = await world.call("/v1/images", init);
  return { status: response.status, body: await response.json<{ storedAt: string }>() };
}

test("bytes that are there are not written again, and are as old as they were", async () => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1), toFake: ["Date"] });
  const world = new UploadWorld();
  const first = await store(world);
  expect([first.status, first.body.storedAt]).toEqual([201, "2030-01-01T00:00:00.000Z"]);
  const [stored] = [...world.bucket.objects.values()];
  vi.setSystemTime(Date.UTC(2030, 0, 2));
  const second = await store(world);
  expect(second).toEqual({ status: 200, body: first.body });
  expect([...world.bucket.objects.values()]).toEqual([stored]);
});

test("what somebody else has just stored is stored, though storage takes no second put of it so soon", async () => {
  const world = new UploadWorld();
  const first = await store(world);
  world.bucket.beforePut = () => Promise.reject(new Error("429: one write a second"));
  expect(await store(world)).toEqual({ status: 200, body: first.body });
});

test("what storage does not take is said to be sent again, and is not there", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const world = new UploadWorld();
  world.bucket.beforePut = () => Promise.reject(new Error("storage down"));
  expect(await store(world)).toMatchObject({ status: 503, body: { code: "unavailable" } });
  expect(world.bucket.keys("")).toEqual([]);
});
