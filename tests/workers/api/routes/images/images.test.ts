import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { ok } from "../../../../../core/result.ts";
import { limits } from "../../../../../core/limits.ts";
import { tagsKey } from "../../../../../core/delivery/tags/image-tags.ts";
import { renditionsPrefix } from "../../../../../core/delivery/storage-prefixes.ts";
import { originalKey } from "../../../../../core/delivery/original.ts";
import { frameHeader, jpeg, scanHeader } from "../../../../core/image/made-headers.ts";
import { ConditionalBucket } from "../../originals/upload-world.ts";
import { answering, ApiWorld, refusal, type Answer, type Caller } from "../api-world.ts";

const photo = (content: number) =>
  jpeg(frameHeader({ width: 30, height: 20 }), scanHeader(), new Uint8Array(9).fill(content));
const hashOf = (picture: Uint8Array) => createHash("sha256").update(picture).digest("hex");

/** A tenant whose ledger counts what is stored. */
async function shop() {
  const world = new ApiWorld();
  const bucket = new ConditionalBucket();
  const caller = await world.tenant(["jobs:read", "jobs:write"]);
  const { tenant } = caller;
  const ledger = {
    reserveOriginal: answering(ok({ doubt: 1 })),
    settleOriginal: answering(undefined),
    removeOriginal: async (hash: string) => bucket.delete(originalKey(tenant, `img_${hash}`)),
  };
  const asked: string[] = [];
  world.ledger = (name) => {
    asked.push(name);
    return ledger;
  };
  world.env = { PICTURES_LOCAL: bucket };
  const send = (picture: Uint8Array, path = "/v1/images"): Promise<Answer> =>
    world.ask(path, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${caller.token}`,
        "Content-Length": String(picture.length),
      },
      body: picture as BodyInit,
    });
  return { world, bucket, caller, ledger, asked, send };
}

test("a picture is stored once, counted by the tenant's ledger, and shown with its address", async () => {
  const { caller, send, ledger, asked } = await shop();
  const id = `img_${hashOf(photo(1))}`;
  const stored = await send(photo(1));
  const shown = {
    ...{ id, bytes: photo(1).length, width: 30, height: 20, format: "jpeg", frames: 1 },
    url: `http://minilab.test/t/${caller.tenant}/image/format=auto/${id}`,
  };
  expect(stored).toMatchObject({ status: 201, body: shown });
  expect(stored.headers.get("Location")).toBe(`http://minilab.test/v1/images/${id}`);
  expect(await send(photo(1))).toMatchObject({ status: 200, body: shown });
  expect(await caller.get(`/v1/images/${id}`)).toMatchObject({ status: 200, body: shown });
  expect(ledger.reserveOriginal.mock.calls[0]).toMatchObject([
    { hash: hashOf(photo(1)), bytes: photo(1).length },
  ]);
  expect(ledger.settleOriginal.mock.calls[0]).toEqual([hashOf(photo(1)), 1]);
  expect(new Set(asked)).toEqual(new Set([`${caller.tenant}/local/0`]));
});

test("options do not belong to a stored picture, and bytes that are none are refused", async () => {
  const { bucket, send } = await shop();
  expect(refusal(await send(photo(1), "/v1/images?width=9"))).toBe("400 invalid-option width");
  expect(refusal(await send(new Uint8Array(50).fill(1)))).toBe("415 unsupported-format");
  expect(bucket.keys("originals/")).toEqual([]);
});

test("JSON says where a picture is, and nothing else does", async () => {
  const { caller } = await shop();
  const elsewhere = { url: "https://cdn.example.com/p.jpg" };
  const send = async (type: string) =>
    refusal(await caller.ask("POST", "/v1/images", elsewhere, { "Content-Type": type }));
  expect(await send("application/json; charset=utf-8")).toBe("403 source-not-allowed source");
  expect(await send("text/application/json")).toBe("415 unsupported-format");
});

test("pictures are listed in the order of their ids, a page at a time", async () => {
  const { caller, send } = await shop();
  for (const content of [1, 2, 3]) await send(photo(content));
  const ids = [1, 2, 3].map((content) => `img_${hashOf(photo(content))}`).toSorted();
  const first = await caller.get("/v1/images?limit=2");
  const idsOf = ({ body }: Answer) => body.images.map(({ id }: { id: string }) => id);
  expect(idsOf(first)).toEqual(ids.slice(0, 2));
  const second = await caller.get(`/v1/images?limit=2&cursor=${first.body.cursor}`);
  expect([idsOf(second), second.body.cursor]).toEqual([ids.slice(2), null]);
  expect(refusal(await caller.get("/v1/images?limit=0"))).toBe("400 invalid-option limit");
});

test("its bytes are sent as they came", async () => {
  const { caller, send } = await shop();
  const { body } = await send(photo(1));
  const sent = await caller.get(`/v1/images/${body.id}/original`);
  expect(sent.status).toBe(200);
  expect(sent.headers.get("Content-Type")).toBe("image/jpeg");
  expect(sent.headers.get("Content-Length")).toBe(String(photo(1).length));
  expect(sent.headers.get("Cache-Control")).toContain("private");
});

test("tags are set in place of those there were, and go with the picture", async () => {
  const { caller, send, bucket } = await shop();
  const { body } = await send(photo(1));
  const path = `/v1/images/${body.id}/tags`;
  expect(await caller.get(path)).toMatchObject({ status: 200, body: { tags: [] } });
  const set = await caller.ask("PUT", path, { tags: ["summer", "shoes"] });
  expect(set).toMatchObject({ status: 200, body: { tags: ["shoes", "summer"] } });
  expect((await caller.get(path)).body).toEqual({ tags: ["shoes", "summer"] });
  expect(refusal(await caller.ask("PUT", path, { tags: [1] }))).toBe("400 bad-request");
  const none = await caller.ask("PUT", path, { tags: [] });
  expect(none.body).toEqual({ tags: [] });
  expect(bucket.keys(tagsKey(caller.tenant, hashOf(photo(1))))).toEqual([]);
});

test("tags that are set while their picture is deleted go with it", async () => {
  const { caller, send, bucket } = await shop();
  const { body } = await send(photo(1));
  const path = `/v1/images/${body.id}/tags`;
  const put = bucket.put.bind(bucket);
  vi.spyOn(bucket, "put").mockImplementationOnce(async (...given) => {
    await bucket.delete(originalKey(caller.tenant, body.id));
    return put(...given);
  });
  expect(refusal(await caller.ask("PUT", path, { tags: ["summer"] }))).toBe("404 not-found");
  expect(bucket.keys("")).toEqual([]);
});

test("a picture is deleted with what was made of it, and deleting it again changes nothing", async () => {
  const { caller, send, bucket } = await shop();
  const { body } = await send(photo(1));
  await send(photo(2));
  const rendition = (content: number, end: string) =>
    `${renditionsPrefix(caller.tenant, hashOf(photo(content)))}${end}`;
  for (const key of [rendition(1, "a"), rendition(1, "b"), rendition(2, "a")])
    await bucket.put(key, "x");
  await caller.ask("PUT", `/v1/images/${body.id}/tags`, { tags: ["summer"] });
  for (let times = 0; times < 2; times++) {
    const deleted = await caller.ask("DELETE", `/v1/images/${body.id}`);
    expect([deleted.status, deleted.body]).toEqual([204, ""]);
  }
  expect(bucket.keys("").toSorted()).toEqual(
    [originalKey(caller.tenant, `img_${hashOf(photo(2))}`), rendition(2, "a")].toSorted(),
  );
});

test("what is not there, or no id at all, is not found", async () => {
  const { caller } = await shop();
  const ask = (one: Caller, id: string) => [
    one.get(`/v1/images/${id}`),
    one.get(`/v1/images/${id}/original`),
    one.get(`/v1/images/${id}/tags`),
    one.ask("PUT", `/v1/images/${id}/tags`, { tags: [] }),
  ];
  const answers = [...ask(caller, `img_${"a".repeat(64)}`), ...ask(caller, "x")];
  answers.push(caller.ask("DELETE", "/v1/images/x"));
  for (const answer of await Promise.all(answers)) {
    expect(refusal(answer)).toBe("404 not-found");
  }
});

test("an upload address takes what its maker allowed, within the plan's own bounds", async () => {
  const { caller } = await shop();
  const before = Date.now();
  const whole = await caller.ask("POST", "/v1/images/uploads", {});
  expect(whole.status).toBe(201);
  const ends = Date.parse(whole.body.expiresAt) - before;
  expect(ends / 1000).toBeGreaterThanOrEqual(limits.uploadAddressSecondsDefault);
  expect(ends / 1000).toBeLessThan(limits.uploadAddressSecondsDefault + 60);
  expect(whole.body.formats).toContain("png");
  const path = new RegExp(`^http://minilab.test/t/${caller.tenant}/uploads[?]token=upl_`);
  expect(whole.body.url).toMatch(path);
  const asked = { expiresInSeconds: 60, bytesMax: 1000, formats: ["jpeg"] };
  const small = await caller.ask("POST", "/v1/images/uploads", asked);
  expect(small.body).toMatchObject({ bytesMax: 1000, formats: ["jpeg"] });
  const large = await caller.ask("POST", "/v1/images/uploads", {
    bytesMax: limits.sourceBytesMax,
  });
  expect(large.body.bytesMax).toBe(whole.body.bytesMax);
  expect(refusal(await caller.ask("POST", "/v1/images/uploads", { formats: ["exe"] }))).toBe(
    "400 bad-request",
  );
});

test("what is sent to an upload address is created, whether it was there before or not", async () => {
  const { world, caller } = await shop();
  for (let time = 0; time < 2; time++) {
    const { body } = await caller.ask("POST", "/v1/images/uploads", {});
    const { pathname, search } = new URL(body.url);
    const picture = photo(1);
    const sent = await world.ask(`${pathname}${search}`, {
      ...{ method: "PUT", body: picture as BodyInit },
      headers: { "Content-Length": String(picture.length) },
    });
    expect(sent).toMatchObject({ status: 201, body: { id: `img_${hashOf(picture)}` } });
  }
});

test("reading needs jobs:read, and writing jobs:write", async () => {
  const { world } = await shop();
  const [reader, writer] = [await world.tenant(["jobs:read"]), await world.tenant(["jobs:write"])];
  const refused = [
    writer.get("/v1/images"),
    writer.get("/v1/images/x"),
    writer.get("/v1/images/x/original"),
    writer.get("/v1/images/x/tags"),
    reader.ask("PUT", "/v1/images/x/tags", { tags: [] }),
    reader.ask("DELETE", "/v1/images/x"),
    reader.ask("POST", "/v1/images", {}),
    reader.ask("POST", "/v1/images/uploads", {}),
    reader.ask("DELETE", "/v1/renditions"),
    reader.ask("POST", "/v1/jobs", {}),
  ];
  for (const answer of await Promise.all(refused)) {
    expect(refusal(answer)).toBe("403 scope-missing");
  }
});
