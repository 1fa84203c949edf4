import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { parseAllowedSource } from "../../../../core/delivery/remote/allowed-source.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { ok } from "../../../../core/result.ts";
import { Uploads } from "../../../../workers/api/admission/uploads.ts";
import { openRemote } from "../../../../workers/api/remote/open-remote.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { headerOnlyPng } from "../../../journeys/pictures.ts";
import { oneRegion } from "../../../one-region.ts";
import { madeOf, openPlace, TenantOfPlaces, type Place } from "../deliver/places.ts";
import { stubRuntimeStreams } from "../upload/runtime-streams.ts";

const photo = new Uint8Array(headerOnlyPng(8, 8));
let place: Place;
let tenant: TenantOfPlaces;
/** What the origin says of the length of its pictures. */
let stated: Record<string, string>;
/** Each ends one answer that the origin has begun. */
let sending: (() => void)[];

beforeAll(async () => {
  place = await openPlace("EU");
});
beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const) {
    vi.spyOn(console, level).mockReturnValue();
  }
  stubRuntimeStreams();
  tenant = new TenantOfPlaces().enter(photo);
  sending = [];
  stated = { "Content-Length": String(photo.length) };
  vi.stubGlobal("fetch", async () => {
    const body = new ReadableStream({
      start: (controller) =>
        void sending.push(() => {
          controller.enqueue(photo);
          controller.close();
        }),
    });
    return new Response(body, { headers: { "Content-Type": "image/png", ...stated } });
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A page whose every picture is elsewhere, and nothing of them is known here. */
const page = (pictures: number) =>
  Array.from({ length: pictures }, async (_, number) => {
    const source = `https://cdn.example.com/${number}.png`;
    const answer = await tenant.ask(place, `/image/width=80,format=webp/${source}`);
    return `${answer.status} ${await answer.text()}`;
  });

test("a page of pictures elsewhere is fetched at once, however slowly they come", async () => {
  const answers = page(30);
  await vi.waitFor(() => expect(sending).toHaveLength(30));
  for (const send of sending) send();
  expect(new Set(await Promise.all(answers))).toEqual(new Set([`200 ${madeOf(photo, 80)}`]));
});

test("where nobody knows how long they are, those for which there is no room wait for it", async () => {
  stated = {};
  const answers = page(12);
  await vi.waitFor(() => expect(sending).toHaveLength(12));
  for (const send of sending) send();
  expect(new Set(await Promise.all(answers))).toEqual(new Set([`200 ${madeOf(photo, 80)}`]));
});

test("what visitors have fetched takes no room of the tenant's own uploads", async () => {
  stated = {};
  const uploads = new Uploads();
  const nothing = async () => null;
  const env = { FLEET: oneRegion(), PICTURES_LOCAL: { get: nothing, head: nothing } };
  const call = { env, uploads, ctx: { waitUntil: () => undefined } } as unknown as Call;
  const allowed = parseAllowedSource("cdn.example.com");
  const rules = { allowed: allowed.ok ? [allowed.value] : [], ownHosts: [] };
  const owner = { tenant: tenant.tenant, limits: limitsOf("custom"), home: null, rules };
  const fetching = Array.from({ length: 8 }, (_, number) =>
    openRemote(call, owner, new URL(`https://cdn.example.com/slow-${number}.png`)),
  );
  await vi.waitFor(() => expect(sending).toHaveLength(8));

  // A long form.
  const bytes = limits.headBytesMax + limits.overlayBytesMax + limits.uploadPartBytes;
  const own = await uploads.holding(owner.tenant, bytes, async () => ok("taken in"));
  expect(own).toEqual(ok("taken in"));
  for (const send of sending) send();
  await Promise.all(fetching);
});
