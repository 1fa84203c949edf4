import { expect, test } from "vitest";
import { needs } from "../../core/fleet/configuration.ts";
import { hostOf } from "../../durable-objects/host.ts";
import { oneRegion } from "../one-region.ts";

const ctx = { id: { name: "directory" }, storage: {} } as DurableObjectState;
const FLEET = oneRegion();
const names = [...needs.objects.bindings, ...FLEET.regions.flatMap(needs.objects.ofRegion)];
const whole = { FLEET, ...Object.fromEntries(names.map((name) => [name, {}])) };

test("an object of a whole configuration knows its name", () => {
  expect(hostOf(ctx, whole).name).toBe("directory");
});

test.each(["FLEET", ...names])("no object wakes without %s, and the error says so", (name) => {
  const { [name]: _, ...env } = whole as Record<string, unknown>;
  expect(() => hostOf(ctx, env)).toThrow(new RegExp(`^misconfigured: ${name} `));
});
