import { expect, test } from "vitest";
import { oneRegion } from "../../../one-region.ts";
import { answering, ApiWorld, refusal } from "./api-world.ts";

async function shop() {
  const world = new ApiWorld();
  const caller = await world.tenant(["usage:read"]);
  const sealed = new TextEncoder().encode(`{"v":3}\n`);
  const segment = answering<Uint8Array | null>(sealed);
  world.books = { segment };
  return { world, caller, segment };
}

test("a sealed record is sent byte for byte, of the tenant's own ledger, and may be kept", async () => {
  const { caller, segment } = await shop();
  const sent = await caller.get("/v1/segments/local/12/34");
  expect([sent.status, sent.body]).toEqual([200, `{"v":3}\n`]);
  expect(segment.mock.calls).toEqual([[`${caller.tenant}/local/12`, 34]]);
  expect(sent.headers.get("Content-Type")).toBe("application/x-ndjson");
  expect(sent.headers.get("Cache-Control")).toContain("immutable");
  expect(sent.headers.get("Vary")).toContain("Authorization");
});

test("a record of any of the fleet's regions is sent", async () => {
  const { world, caller } = await shop();
  const regions = [
    { name: "local", continents: ["EU", "AF", "AN"], queues: 1 },
    { name: "far", continents: ["AS", "NA", "OC", "SA"], queues: 1 },
  ];
  world.env = { FLEET: { ...oneRegion(), regions }, PICTURES_FAR: {} };
  for (const name of ["local", "far"]) {
    expect((await caller.get(`/v1/segments/${name}/0/1`)).status).toBe(200);
  }
});

test.each([
  ["an unknown region", "mars/0/1"],
  ["a shard that is no number", "local/x/1"],
  ["a shard beyond all", "local/00001/1"],
  ["a shard with something after it", "local/1x/1"],
  ["number 0", "local/0/0"],
  ["a number that is none", "local/0/x1"],
  ["a number with something after it", "local/0/1x"],
  ["a number beyond all", "local/0/12345678901"],
])("%s is not found, and the books are not asked", async (_, place) => {
  const { caller, segment } = await shop();
  expect(refusal(await caller.get(`/v1/segments/${place}`))).toBe("404 not-found");
  expect(segment).not.toHaveBeenCalled();
});

test("one that is not there is not found, and books that are away are a 503", async () => {
  const { caller, segment } = await shop();
  segment.mockResolvedValue(null);
  expect(refusal(await caller.get("/v1/segments/local/0/1"))).toBe("404 not-found");
  segment.mockRejectedValue(new Error("away"));
  const away = await caller.get("/v1/segments/local/0/1");
  expect(refusal(away)).toBe("503 unavailable");
  expect(away.headers.get("Retry-After")).toBe("2");
});
