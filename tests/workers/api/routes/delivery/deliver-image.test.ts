import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { originalId, originalKey } from "../../../../../core/delivery/original.ts";
import { renditionOf } from "../../../../../core/delivery/rendition.ts";
import { ok } from "../../../../../core/result.ts";
import { parseOptionList } from "../../../../../core/transform/grammar.ts";
import { frameHeader, jpeg, scanHeader } from "../../../../core/image/made-headers.ts";
import { ConditionalBucket } from "../../originals/upload-world.ts";
import { answering, ApiWorld, refusal, type Answer } from "../api-world.ts";

const photo = jpeg(frameHeader({ width: 30, height: 20 }), scanHeader(), new Uint8Array(9).fill(7));
const hash = createHash("sha256").update(photo).digest("hex");
const id = originalId(hash);

beforeEach(() => {
  const copies = new Map<string, Response>();
  const cache = {
    match: async (key: string) => copies.get(key)?.clone(),
    put: async (key: string, copy: Response) => void copies.set(key, copy),
    delete: async (key: string) => copies.delete(key),
  };
  vi.stubGlobal("caches", { open: async () => cache });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A tenant with a stored picture, of which there is a rendition. */
async function shop() {
  const world = new ApiWorld();
  const caller = await world.tenant(["jobs:read", "jobs:write"]);
  const { tenant } = caller;
  const bucket = new ConditionalBucket();
  world.env = { PICTURES_LOCAL: bucket };
  world.ledger = () => ({
    reserveOriginal: answering(ok({ doubt: 1 })),
    settleOriginal: answering(undefined),
    removeOriginal: async () => bucket.delete(originalKey(tenant, id)),
  });
  const sent = await world.ask("/v1/images", {
    method: "POST",
    headers: { Authorization: `Bearer ${caller.token}`, "Content-Length": String(photo.length) },
    body: photo as BodyInit,
  });
  expect(sent.status).toBe(201);
  const options = parseOptionList("width=9");
  if (!options.ok) throw new Error("options");
  const { key } = renditionOf(tenant, hash, { ...options.value, format: "webp" });
  await bucket.put(key, "RIFF");
  const get = (path: string): Promise<Answer> => world.ask(`/t/${tenant}${path}`);
  return { caller, bucket, get };
}

test("a stored picture's rendition is sent to anyone, and its header is not looked for first", async () => {
  const { caller, bucket, get } = await shop();
  const head = vi.spyOn(bucket, "head");
  const shown = await get(`/image/width=9,format=webp/${id}`);
  expect([shown.status, shown.body]).toEqual([200, "RIFF"]);
  expect(head).not.toHaveBeenCalledWith(originalKey(caller.tenant, id));
});

test("what is wrong with a URL is told, with Cloudflare's code for it", async () => {
  const { get } = await shop();
  const wide = await get(`/image/width=wide/${id}`);
  expect(refusal(wide)).toBe("400 invalid-option width");
  expect(wide.headers.get("Cf-Resized")).toMatch(/^err=\d+$/);
  expect(refusal(await get(`/image/width=9/${originalId("0".repeat(64))}`))).toBe("404 not-found");
});

test("an escape in a tenant's id names no tenant, and shifts nothing of what follows", async () => {
  const { caller } = await shop();
  const tenant = caller.tenant.replace("_", "%5F");
  const path = `/image/width=9,format=webp/${id}`;
  const { status, body } = await caller.get(`/t/${tenant}${path}`);
  expect([status, body.detail]).toEqual([404, expect.stringContaining("no such tenant")]);
});

test("a picture that is deleted is not sent from its location's copy either", async () => {
  const { caller, get } = await shop();
  const url = `/image/width=9,format=webp/${id}`;
  for (let time = 0; time < 2; time++) expect((await get(url)).status).toBe(200);
  expect((await caller.ask("DELETE", `/v1/images/${id}`)).status).toBe(204);
  expect((await get(url)).status).toBe(404);
});
