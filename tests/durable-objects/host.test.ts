import { expect, test } from "vitest";
import { needs } from "../../core/fleet/configuration.ts";
import { hostOf } from "../../durable-objects/host.ts";
import { oneRegion } from "../one-region.ts";

const kept = new Map<string, unknown>();
const called: string[] = [];
const reachedBy = (id: { readonly name?: string }) =>
  ({
    id,
    storage: {
      kv: {
        get: (key: string) => kept.get(key),
        put: (key: string, value: unknown) => {
          called.push(`put ${key}`);
          kept.set(key, value);
        },
      },
    },
    waitUntil: (work: Promise<string>) => void work.then((name) => called.push(`waited ${name}`)),
    abort: (reason: string) => void called.push(`aborted ${reason}`),
  }) as unknown as DurableObjectState;
const ctx = reachedBy({ name: "directory" });
const FLEET = oneRegion();
const names = [...needs.objects.bindings, ...FLEET.regions.flatMap(needs.objects.ofRegion)];
const whole = { FLEET, ...Object.fromEntries(names.map((name) => [name, {}])) };

test("an object of a whole configuration knows its name", () => {
  expect(hostOf(ctx, whole).name).toBe("directory");
});

test("an object that is reached by its id knows its name from before, and is refused where it was never told", () => {
  kept.clear();
  expect(() => hostOf(reachedBy({}), whole)).toThrow("these objects are reached by name only");
  hostOf(ctx, whole);
  expect(hostOf(reachedBy({}), whole).name).toBe("directory");
});

test("an object writes its name down once, however often it starts", () => {
  kept.clear();
  called.length = 0;
  for (let starts = 0; starts < 3; starts++) hostOf(ctx, whole);
  expect(called).toEqual(["put name"]);
});

test("the platform waits for an object's work in the background, and drops the object when that asks for it", async () => {
  const host = hostOf(ctx, whole);
  called.length = 0;
  host.background(Promise.resolve("work"));
  await expect.poll(() => called).toEqual(["waited work"]);
  host.abort("it is lost");
  expect(called).toEqual(["waited work", "aborted it is lost"]);
});

test.each(["FLEET", ...names])("no object wakes without %s, and the error says so", (name) => {
  const { [name]: _, ...env } = whole as Record<string, unknown>;
  expect(() => hostOf(ctx, env)).toThrow(new RegExp(`^misconfigured: ${name} `));
});
