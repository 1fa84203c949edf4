import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { frameHeader, jpeg, scanHeader } from "../../../core/image/made-headers.ts";
import { UploadWorld } from "./upload-world.ts";

/** One of many pictures with the same header. */
const photo = (content: number) =>
  jpeg(frameHeader({ width: 30, height: 20 }), scanHeader(), new Uint8Array(100).fill(content));

test.each([
  ["to upload addresses", (world: UploadWorld) => world.address()],
  ["with the tenant's key", async () => "/v1/images"],
])("a page's pictures are all taken, though it sends them in forms at once, %s", async (_, to) => {
  const world = new UploadWorld();
  const addresses = await Promise.all(Array.from({ length: 12 }, () => to(world)));
  const { promise: all, resolve: store } = Promise.withResolvers<void>();
  world.bucket.beforePut = (key) => (key.startsWith("originals/") ? all : Promise.resolve());
  const answers = addresses.map((address, number) => {
    const body = new FormData();
    body.set("image", new Blob([new Uint8Array(photo(number))]));
    // Long ones, of which an isolate takes five at once.
    const headers = { "Content-Length": String(2 * limits.heldBytesMax) };
    return world.call(address, { method: "POST", body, headers });
  });
  await new Promise(setImmediate);
  store();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([201]));
});
