import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { headerOnlyPng } from "../../../journeys/pictures.ts";
import { madeOf, openPlace, TenantOfPlaces, type Place } from "./places.ts";

const requests = 200;
const photo = new Uint8Array(headerOnlyPng(8, 8));

/** In Europe and Asia, which the tenant's home serves, and in America, which another region does. */
let places: readonly Place[];
let tenant: TenantOfPlaces;
let now = Date.now();

beforeAll(async () => {
  places = [await openPlace("EU"), await openPlace("AS"), await openPlace("NA")];
});
beforeEach(() => {
  // A place that did not hear from a renderer lets the queue have what comes next, for a while.
  vi.useFakeTimers({ toFake: ["Date"], now: (now += 2 * limits.expressFailedMillis) });
  for (const level of ["log", "warn", "error"] as const) {
    vi.spyOn(console, level).mockReturnValue();
  }
  tenant = new TenantOfPlaces().enter(photo);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const sources = [
  ["an original that is stored", () => tenant.store(photo)],
  ["a picture elsewhere", async () => "https://cdn.example.com/photo.png"],
] as const;

/** Status and body of every answer; the requests go to the places in turn. */
const askAll = (
  source: string,
  mayCome: (number: number) => Promise<void> = async () => undefined,
) =>
  Array.from({ length: requests }, async (_, number) => {
    await mayCome(number);
    const place = places[number % places.length] as Place;
    const response = await tenant.ask(place, `/image/width=80,format=webp/${source}`);
    return `${response.status} ${await response.text()}`;
  });

async function expectAllAlike(answers: readonly Promise<string>[]): Promise<void> {
  expect(answers.length).toBeGreaterThan(0);
  expect(new Set(await Promise.all(answers))).toEqual(new Set([`200 ${madeOf(photo, 80)}`]));
}

/** Until then whatever else goes on has its turns. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate);
}

async function turns(count: number): Promise<void> {
  let passed = 0;
  await until(() => passed++ >= count);
}

const allHaveAsked = () => until(() => tenant.asked.get("accept") === places.length);
const billedOnce = { jobs: 1, renditions: 1 };

describe.each(sources)(
  "200 requests at three places for one new rendition of %s",
  (_, sourceOf) => {
    test("that come at once have it rendered once and billed once", async () => {
      tenant.duringRender = allHaveAsked;
      await expectAllAlike(askAll(await sourceOf()));
      expect(tenant.renders).toBe(1);
      expect(tenant.billed()).toEqual(billedOnce);
      // One for each place, whose other requests share it.
      expect(Object.fromEntries(tenant.asked)).toEqual({ accept: 3, settle: 1, wait: 2 });
      expect(tenant.fetches).toBeLessThanOrEqual(3);
    });

    test("that come when they will have it rendered once and billed once", async () => {
      const moments = fc.array(fc.nat(40), { minLength: requests, maxLength: requests });
      const property = fc.asyncProperty(moments, fc.nat(40), async (comeAt, lasts) => {
        tenant = new TenantOfPlaces().enter(photo);
        tenant.duringRender = () => turns(lasts);
        await expectAllAlike(askAll(await sourceOf(), (number) => turns(comeAt[number] ?? 0)));
        expect(tenant.renders).toBe(1);
        expect(tenant.billed()).toEqual(billedOnce);
      });
      await fc.assert(property, { numRuns: 2 });
    });

    test("whose renderer ends in the middle have it rendered again and billed once", async () => {
      const { answers, lose } = await beginAll(await sourceOf());
      lose();
      await deliverAlone();
      await expectAllAlike(answers);
      expect(tenant.renders).toBe(2);
      expect(tenant.billed()).toEqual(billedOnce);
    });

    test("whose renderer is not heard of any more get it when its time is over, billed once", async () => {
      const { answers, end } = await beginAll(await sourceOf());
      expect(tenant.world.solo.sent).toEqual([]);
      await tenant.world.ring(limits.leaseMillis + limits.redispatchMillis);
      await deliverAlone();
      await expectAllAlike(answers.filter((_, number) => number % 3 !== 0));
      expect([tenant.renders, tenant.billed()]).toEqual([2, billedOnce]);

      // It was only late: those who waited for it get what there is, and so does everybody after them.
      end();
      await expectAllAlike(answers);
      await expectAllAlike(askAll(await sourceOf()));
      expect([tenant.renders, tenant.billed()]).toEqual([2, billedOnce]);
    });
  },
);

test("whoever ends between storing and settling it leaves it to the ledger: it is rendered again and billed once", async () => {
  const asked = Promise.withResolvers<void>();
  vi.spyOn(tenant.world.ledger, "settle").mockImplementationOnce(() => {
    asked.resolve();
    return new Promise<never>(() => undefined) as never;
  });
  const [first, ...others] = askAll(await tenant.store(photo), async (number) =>
    number % 3 === 0 ? undefined : asked.promise,
  );
  first?.catch(() => undefined);
  // Others find it in storage meanwhile.
  await expectAllAlike(others.filter((_, number) => number % 3 !== 2));
  expect(tenant.billed()).toEqual({ jobs: 0, renditions: 0 });
  await tenant.world.ring(limits.leaseMillis + limits.redispatchMillis);
  await deliverAlone();
  expect([tenant.renders, tenant.billed()]).toEqual([2, billedOnce]);
});

test("one whose original is deleted while it is rendered, its source read before, does not stay", async () => {
  const id = await tenant.store(photo);
  const { pictures } = tenant.world;
  const [original] = pictures.keys();
  tenant.duringRender = () => pictures.delete([original ?? ""]);
  await Promise.all(askAll(id));
  await turns(10);
  expect(pictures.keys()).toEqual([]);
  expect(tenant.renders).toBe(1);
  expect(tenant.billed().jobs).toBeLessThanOrEqual(1);
});

test("a tenant that is set apart has it rendered alone, and the lane of others is not asked", async () => {
  const crashed = { kind: "failed", problem: { code: "render-crashed" } as never } as const;
  const { world } = tenant;
  for (let times = 0; times < limits.troubleApart; times++) world.finish(world.accept(), crashed);
  tenant.binding = () => Promise.reject(new Error("the lane was asked"));
  const answers = askAll(await tenant.store(photo));
  await deliverAlone();
  await expectAllAlike(answers);
  expect([tenant.renders, tenant.billed()]).toEqual([1, billedOnce]);
  expect(Object.fromEntries(tenant.asked)).toMatchObject({ accept: 3, claim: 1, begin: 1 });
  expect(tenant.asked.get("dispatch")).toBeUndefined();
});

/** The ledger has sent the job to where it is rendered alone, and it arrives there. */
async function deliverAlone(): Promise<void> {
  await until(() => tenant.world.solo.sent.length > 0);
  await tenant.deliverAlone();
}

/** Everybody waits for a render that the first place has begun, and which does not end. */
async function beginAll(source: string) {
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  tenant.binding = (ask) => Promise.race([tenant.render(ask), lost.promise]);
  tenant.duringRender = () => {
    tenant.duringRender = async () => undefined;
    begun.resolve();
    return ended.promise;
  };
  const answers = askAll(source, async (number) => (number % 3 === 0 ? undefined : begun.promise));
  await allHaveAsked();
  const lose = () => lost.reject(new Error("the consumer's isolate has ended"));
  return { answers, lose, end: ended.resolve };
}
