import { expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { frameHeader, jpeg, scanHeader } from "../../../core/image/made-headers.ts";
import { UploadWorld } from "./upload-world.ts";

const photo = jpeg(frameHeader({ width: 30, height: 20 }), scanHeader());

async function stored(world: UploadWorld): Promise<string> {
  const sent = await world.send(await world.address(), photo);
  return (await sent.json<{ id: string }>()).id;
}

const set = (world: UploadWorld, id: string, body: unknown) => {
  const text = JSON.stringify(body);
  return world.call(`/v1/images/${id}/tags`, {
    method: "PUT",
    body: text,
    headers: { "Content-Length": String(text.length) },
  });
};
const tags = async (world: UploadWorld, id: string) =>
  (await (await world.call(`/v1/images/${id}/tags`)).json<{ tags: string[] }>()).tags;

test("a picture's tags are a set, replaced as a whole, and go with it", async () => {
  const world = new UploadWorld();
  const id = await stored(world);
  expect(await tags(world, id)).toEqual([]);
  const answer = await set(world, id, { tags: ["b", "a", "b"] });
  expect([answer.status, await answer.json()]).toEqual([200, { tags: ["a", "b"] }]);
  expect(await tags(world, id)).toEqual(["a", "b"]);
  await set(world, id, { tags: ["c"] });
  expect(await tags(world, id)).toEqual(["c"]);
  await set(world, id, { tags: [] });
  expect(world.bucket.keys("tags/")).toEqual([]);
  await set(world, id, { tags: ["d"] });
  await world.call(`/v1/images/${id}`, { method: "DELETE" });
  expect(world.bucket.keys("tags/")).toEqual([]);
});

test("tags of a picture that is deleted while they are set do not stay", async () => {
  const world = new UploadWorld();
  const id = await stored(world);
  const put = vi.spyOn(world.bucket, "put").mockImplementationOnce(async (...given) => {
    await world.call(`/v1/images/${id}`, { method: "DELETE" });
    return world.bucket.put(...given);
  });
  expect((await set(world, id, { tags: ["late"] })).status).toBe(404);
  expect(put).toHaveBeenCalledTimes(2);
  expect(world.bucket.keys("tags/")).toEqual([]);
});

test("what cannot be a tag is refused, and so is a picture of nobody's or another tenant's", async () => {
  const [world, other] = [new UploadWorld(), new UploadWorld()];
  const id = await stored(world);
  const many = Array.from({ length: limits.imageTagsMax + 1 }, (_, index) => `tag${index}`);
  for (const bad of [
    {},
    { tags: ["a b"] },
    { tags: [""] },
    { tags: ["a/b"] },
    { tags: many },
    { tags: ["x".repeat(65)] },
  ]) {
    expect((await set(world, id, bad)).status).toBe(400);
  }
  expect((await set(world, id, { tags: many.slice(1) })).status).toBe(200);
  for (const id of [`img_${"0".repeat(64)}`, "none"]) {
    expect((await set(world, id, { tags: ["a"] })).status).toBe(404);
  }
  expect((await set(other, id, { tags: ["a"] })).status).toBe(404);
});
