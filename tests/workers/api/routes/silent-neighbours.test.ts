import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { scopes } from "../../../../core/identity/scopes.ts";
import { limits } from "../../../../core/limits.ts";
import type { Route } from "../../../../workers/api/route.ts";
import { routes } from "../../../../workers/api/routes/route-table.ts";
import { noisyJpeg } from "../../../journeys/pictures.ts";
import { ApiWorld } from "./api-world.ts";

/** Whatever is asked of it, it does not answer. */
const silent: Record<string, never> = new Proxy(
  {},
  { get: (_, name) => (name === "then" ? undefined : () => new Promise(() => undefined)) },
);

const anImage = `img_${"0".repeat(64)}`;
const aJob = `job_local_0_${"0".repeat(26)}`;
const values: Readonly<Record<string, string>> = {
  ...{ index: "0", source: anImage, options: "width=16" },
  ...{ month: "2026-01", hour: "2026-01-31T13", region: "local", shard: "0", number: "1" },
  ...{ key: `key_${"0".repeat(26)}`, operator: `opr_${"0".repeat(26)}`, code: "internal" },
  ...{ host: "pictures.example", reference: "note-1" },
};
const creditNote = "/admin/v1/tenants/{tenant}/statements/{month}/credit-notes/{reference}";
const bodies: Readonly<Record<string, object>> = {
  "/v1/images/{id}/tags": { tags: [] },
  "/admin/v1/tenants": { name: "Shop" },
  "/admin/v1/tenants/{tenant}/shards": { shards: 2 },
  [creditNote]: { amountMicros: 1, reason: "It was slow." },
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("caches", silent);
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const named = routes.map((route) => [`${route.method} ${route.path}`, route] as const);

test.each(named)("%s answers though all but the Directory is silent", async (_, route) => {
  const world = new ApiWorld();
  world.books = silent;
  world.ledger = () => silent;
  world.env = { PICTURES_LOCAL: silent, EXPRESS: silent };
  expect(await millisUntilAnswered(world, route)).toBeLessThanOrEqual(limits.booksRunMillisMax);
});

test.each(named)("%s answers though the Directory is silent", async (_, route) => {
  const world = new ApiWorld();
  const silence = () => (world.env = { DIRECTORY: { getByName: () => silent } });
  const millis = await millisUntilAnswered(world, route, silence);
  expect(millis).toBeLessThanOrEqual(limits.booksRunMillisMax);
});

/** By the virtual clock; more than the longest deadline where it does not. */
async function millisUntilAnswered(
  world: ApiWorld,
  route: Route,
  silence: () => void = () => {},
): Promise<number> {
  const [operator, tenant] = [await world.operator("owner"), await world.tenant([...scopes])];
  const { token } = route.caller === "operator" ? operator : tenant;
  const { path, ...init } = await requestOf(route, tenant.tenant);
  silence();
  const headers = { ...init.headers, Authorization: `Bearer ${token}` };
  const end = vi.fn<() => void>();
  const answered = world.ask(path, { ...init, headers });
  void answered.then(end, end);
  let millis = 0;
  for (; end.mock.calls.length === 0 && millis <= limits.booksRunMillisMax; millis += 1000) {
    await vi.advanceTimersByTimeAsync(1000);
    // Digests are computed on other threads, in order: one that the request waits for is there before this one.
    await crypto.subtle.digest("SHA-256", new Uint8Array(1));
    await new Promise(setImmediate);
  }
  if (end.mock.calls.length > 0) await answered;
  return millis;
}

/** One that gets as far as the route's neighbours. */
async function requestOf({ method, path: pattern, requestBody }: Route, tenant: string) {
  const id = pattern.startsWith("/v1/images") ? anImage : aJob;
  const known: Record<string, string> = { ...values, id, tenant };
  const filled = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`say what {${name}} of ${pattern} is`);
    return value;
  });
  const path = pattern === "/v1/usage" ? `${filled}?groupBy=key` : filled;
  if (requestBody === undefined) return { path, method, headers: {} };
  const { content } = requestBody as { content: object };
  if (!("image/jpeg" in content)) {
    return { path, method, headers: {}, body: JSON.stringify(bodies[pattern] ?? {}) };
  }
  const body = await noisyJpeg(64, 48);
  const headers = { "Content-Length": String(body.length), Prefer: "wait=25" };
  return { path, method, headers, body: body as BodyInit };
}
