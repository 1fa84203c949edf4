import { afterEach, expect, test, vi } from "vitest";
import { headerOnlyPng } from "../../../journeys/pictures.ts";
import { madeOf, openPlace, TenantOfPlaces } from "./places.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("what a renderer hands back is sent as it is: storage is asked for it once, before it is made", async () => {
  vi.spyOn(console, "log").mockReturnValue();
  const photo = new Uint8Array(headerOnlyPng(8, 8));
  const tenant = new TenantOfPlaces().enter(photo);
  const place = await openPlace("EU");
  const read = vi.spyOn(tenant.world.pictures, "get");
  const source = await tenant.store(photo);
  const response = await tenant.ask(place, `/image/width=80,format=webp/${source}`);
  expect(await response.text()).toBe(madeOf(photo, 80));
  const renditions = read.mock.calls.filter(([key]) => key.startsWith("renditions/"));
  expect(renditions).toHaveLength(1);
});
