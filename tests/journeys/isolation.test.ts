import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hourName } from "../../core/books/transparency.ts";
import { scopes } from "../../core/identity/scopes.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { monthOf } from "../../core/ledger/usage.ts";
import type { Route } from "../../workers/api/route.ts";
import { routes } from "../../workers/api/routes/route-table.ts";
import { noisyJpeg } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import {
  answer,
  createKey,
  createTenant,
  jsonBody,
  startService,
  type Service,
  type Tenant,
} from "./service.ts";

let service: Service;
let owner: Tenant;
let stranger: Tenant;
let photo: Uint8Array;
let job: JobDocument;
/** A picture that the owner alone has stored. */
let image: string;

beforeAll(async () => {
  [service, photo] = await Promise.all([startService(), noisyJpeg(64, 48)]);
  [owner, stranger] = await Promise.all([
    createTenant(service, {}, scopes),
    createTenant(service, {}, scopes),
  ]);
  job = await owner.render("?width=32", photo, { "Idempotency-Key": "theirs" });
  const stored = await answer<{ id: string }>(
    owner.fetch("/v1/images", { method: "POST", body: (await noisyJpeg(48, 64)) as BodyInit }),
    201,
  );
  image = stored.id;
  await stranger.render("?width=16", photo);
  await answer(service.admin("/admin/v1/roll-up", { method: "POST" }), 200);
});
afterAll(() => service.close());

const tenantRoutes = routes.filter(({ caller }) => caller === "tenant");
const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const scopeOf = (route: Route) => (route.caller === "tenant" ? route.scope : null);
const naming =
  (parameter: string) =>
  ({ path }: Route) =>
    path.includes(`{${parameter}}`);

const ofImages = ({ path }: Route) => path.startsWith("/v1/images");
const theirs = (route: Route) => (ofImages(route) ? image : job.id);
const neverWas = (route: Route) =>
  ofImages(route) ? `img_${"0".repeat(64)}` : `job_local_0_${"0".repeat(26)}`;

/** The route's address when its job or image is `id`. A parameter unknown here needs its say in this test. */
function addressOf(route: Route, id = theirs(route), key = owner.keyId): string {
  const { path } = route;
  const segment = { region: "local", shard: "0", number: "1" };
  const values: Record<string, string> = {
    id,
    key,
    index: "0",
    month: monthOf(Date.now()),
    hour: hourName(Date.now() - 3_600_000),
    ...segment,
  };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`say what {${name}} of ${path} is for a stranger`);
    return value;
  });
}

/** As a client sees it, without what differs from request to request. */
async function seen(pending: Promise<Response>) {
  const { status, headers, ...rest } = await pending.then(async (response) => ({
    status: response.status,
    headers: [...response.headers],
    body: await response.text(),
  }));
  return {
    status,
    ...rest,
    headers: headers.filter(
      ([name]) => !["x-request-id", "traceparent", "server-timing", "date"].includes(name),
    ),
  };
}

const send = (who: Tenant, route: Route, address: string) => who.fetch(address, requestOf(route));

/** A request that the route takes: a picture, or JSON that says nothing. */
function requestOf({ method, path }: Route): RequestInit {
  if (method !== "POST") return { method };
  if (path === "/v1/jobs" || path === "/v1/images") return { method, body: photo as BodyInit };
  return jsonBody(path === "/v1/receipts/verify" ? { receipt: "no.receipt.here" } : {});
}

/** A job without its receipt, which changes when its record is sealed. */
const lasting = (job: JobDocument) => ({ ...job, receipt: null });

describe("another tenant's job or image", () => {
  test.each(tenantRoutes.filter(naming("id")).map((route) => [nameOf(route), route] as const))(
    "%s answers like for one that never was",
    async (_, route) => {
      const answered = await seen(send(stranger, route, addressOf(route)));
      const unknown = addressOf(route, neverWas(route));
      expect(answered).toEqual(await seen(send(stranger, route, unknown)));
      // Deleting an image is done once it is not there, whether or not it ever was.
      const deletesAnImage = ofImages(route) && route.method === "DELETE";
      expect(answered.status).toBe(deletesAnImage ? 204 : 404);
    },
  );

  test("is whole afterwards", async () => {
    expect(lasting(await owner.job(job.id))).toEqual(lasting(job));
    expect((await owner.fetch(`/v1/jobs/${job.id}/outputs/0`)).status).toBe(200);
    expect((await owner.fetch(`/v1/images/${image}/original`)).status).toBe(200);
  });
});

describe("another tenant's key", () => {
  const unknown = `key_${"0".repeat(26)}`;
  test.each(tenantRoutes.filter(naming("key")).map((route) => [nameOf(route), route] as const))(
    "%s answers like for a key that never was",
    async (_, route) => {
      const answered = await seen(send(stranger, route, addressOf(route, "", owner.keyId)));
      expect(answered).toEqual(await seen(send(stranger, route, addressOf(route, "", unknown))));
      expect(answered.status).toBe(404);
      expect((await owner.fetch("/v1/jobs")).status).toBe(200);
    },
  );
});

describe("every scope at every endpoint", () => {
  test.each(scopes)("a key for %s alone may do what the route table says", async (scope) => {
    const tenant = await createTenant(service, {}, [scope]);
    const refused: string[] = [];
    for (const route of tenantRoutes) {
      const response = await send(tenant, route, addressOf(route));
      const { code } = (await response.json().catch(() => ({}))) as { code?: string };
      if (code === "scope-missing") refused.push(nameOf(route));
    }
    expect(refused).toEqual(
      tenantRoutes.filter((route) => scopeOf(route) !== scope && scopeOf(route)).map(nameOf),
    );
  });
});

describe("what a tenant sees without naming a job", () => {
  const marks = () => [owner.id, owner.keyId, job.id, image];
  const own = tenantRoutes.filter((route) => !naming("id")(route) && !naming("key")(route));
  test.each(own.map((route) => [nameOf(route), route] as const))(
    "%s tells nothing of others",
    async (_, route) => {
      const { status, body, headers } = await seen(send(stranger, route, addressOf(route)));
      expect(status).toBeLessThan(300);
      for (const mark of marks()) expect(JSON.stringify([body, headers])).not.toContain(mark);
    },
  );

  test("usage and statement count its own work alone", async () => {
    const idle = await createTenant(service);
    await answer(service.admin("/admin/v1/roll-up", { method: "POST" }), 200);
    const statement = `/v1/statements/${monthOf(Date.now())}`;
    expect(await answer(idle.fetch("/v1/usage"), 200)).toMatchObject({
      hours: [],
      total: { jobsDone: 0, bytesIn: 0 },
    });
    expect(await answer(idle.fetch(statement), 200)).toMatchObject({
      tenant: idle.id,
      preview: { totalMicros: 0 },
    });
    expect(await answer(owner.fetch(statement), 200)).toMatchObject({
      tenant: owner.id,
      preview: { usage: { jobsDone: 1 } },
    });
  });

  test("an Idempotency-Key is its own, whoever else has used it", async () => {
    const mine = await stranger.render("?width=32", photo, { "Idempotency-Key": "theirs" });
    expect(mine.id).not.toBe(job.id);
  });
});

describe("without a key in force", () => {
  test.each(tenantRoutes.map((route) => [nameOf(route), route] as const))(
    "%s lets nobody in",
    async (_, route) => {
      const init = requestOf(route);
      await expectProblem(service.fetch(addressOf(route), init), "unauthenticated");
      await expectProblem(service.admin(addressOf(route), init), "unauthenticated");
    },
  );

  const adminRoutes = routes.filter(({ caller }) => caller === "operator");
  test.each(adminRoutes.map((route) => [nameOf(route), route] as const))(
    "%s takes no tenant's key",
    async (_, route) => {
      const address = route.path
        .replace("{tenant}", owner.id)
        .replace("{key}", owner.keyId)
        .replace("{operator}", "opr_0")
        .replace("{month}", monthOf(Date.now()))
        .replace("{reference}", "T-1");
      await expectProblem(owner.fetch(address, { method: route.method }), "admin-only");
    },
  );

  test("a revoked key opens no new work from that moment, and nothing as soon as caches allow", async () => {
    const tenant = await createTenant(service);
    const done = await tenant.render("?width=32", photo);
    const second = await createKey(service, tenant.id);
    const revoke = `/admin/v1/tenants/${tenant.id}/keys/${tenant.keyId}`;
    await answer(service.admin(revoke, { method: "DELETE" }), 200);
    await expectProblem(tenant.send("", photo), "key-revoked");

    await vi.waitFor(async () => expect((await tenant.fetch("/v1/jobs")).status).toBe(401), {
      timeout: 30_000,
      interval: 250,
    });
    for (const route of tenantRoutes) {
      await expectProblem(send(tenant, route, addressOf(route, done.id)), "key-revoked");
    }
    const other = { headers: { Authorization: `Bearer ${second.key}` } };
    const seenBySecond = await answer<JobDocument>(
      service.fetch(`/v1/jobs/${done.id}`, other),
      200,
    );
    expect(lasting(seenBySecond)).toEqual(lasting(done));
  });
});
