import { expect, test } from "vitest";
import { roles, type Role } from "../../../../../core/identity/operator.ts";
import { limitsOf } from "../../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../../core/limits.ts";
import { threeRegions } from "../../../../three-regions.ts";
import { ApiWorld, refusal, type Caller } from "../api-world.ts";

const path = "/admin/v1/tenants";

async function created(owner: Caller, more: object = {}) {
  const { status, body } = await owner.ask("POST", path, { name: "Shop", ...more });
  expect(status).toBe(201);
  return body;
}

test("a tenant that is created can be read, and shows its plan's limits", async () => {
  const owner = await new ApiWorld().operator("owner");
  const tenant = await created(owner, { plan: "pro" });
  expect(tenant).toMatchObject({
    name: "Shop",
    plan: "pro",
    limits: limitsOf("pro"),
    status: "active",
    home: null,
    stays: "anywhere",
    shards: 1,
  });
  expect(await owner.get(`${path}/${tenant.id}`)).toMatchObject({ status: 200, body: tenant });
});

test("who creates a tenant and from where stands in the audit trail", async () => {
  const owner = await new ApiWorld().operator("owner");
  const headers = { "CF-Connecting-IP": "192.0.2.7" };
  const { body } = await owner.ask("POST", path, { name: "Shop" }, headers);
  const trail = await owner.get("/admin/v1/audit");
  expect(trail.body.entries.at(-1)).toMatchObject({
    action: "tenant.create",
    actor: owner.id,
    subject: body.id,
    from: "192.0.2.7",
  });
});

test("a home must be a region, and a jurisdiction one that the home is in", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const make = (more: object) => owner.ask("POST", path, { name: "Shop", ...more });
  expect(refusal(await make({ home: "mars" }))).toBe("400 invalid-option home");
  expect(refusal(await make({ stays: "jurisdiction" }))).toBe("400 invalid-option stays");
  expect(await make({ home: "local", stays: "home" })).toMatchObject({
    status: 201,
    body: { home: "local", stays: "home" },
  });
  world.env = {
    FLEET: {
      ...threeRegions,
      regions: threeRegions.regions.map((region) =>
        region.name === "eu" ? { ...region, jurisdiction: "eu" } : region,
      ),
    },
    ...{ PICTURES_NA: {}, PICTURES_EU: {}, PICTURES_AP: {} },
  };
  const nowhere = await make({ home: "mars" });
  expect(nowhere.body.detail).toBe("home must be one of na, eu, ap.");
  expect(await make({ home: "eu", stays: "jurisdiction" })).toMatchObject({ status: 201 });
  expect(refusal(await make({ home: "na", stays: "jurisdiction" }))).toBe(
    "400 invalid-option stays",
  );
});

test("a rate that one ledger cannot serve is refused, on creation and on a change", async () => {
  const owner = await new ApiWorld().operator("owner");
  const fast = { requestsPerSecond: limits.ledgerRequestsPerSecondMax + 1 };
  const refused = "400 invalid-option limits";
  expect(refusal(await owner.ask("POST", path, { name: "Shop", plan: "pro", limits: fast }))).toBe(
    refused,
  );
  const { id } = await created(owner);
  expect(refusal(await owner.ask("PATCH", `${path}/${id}`, { limits: fast }))).toBe(refused);
});

test("a body that is not as described is refused by its field, and no tenant comes of it", async () => {
  const owner = await new ApiWorld().operator("owner");
  const refused = await owner.ask("POST", path, { name: 7 });
  expect(refused).toMatchObject({ status: 400, body: { code: "bad-request" } });
  expect(refused.body.detail).toContain("name");
  const { id } = await created(owner);
  expect(await owner.ask("PATCH", `${path}/${id}`, { size: 1 })).toMatchObject({
    status: 400,
    body: { code: "bad-request" },
  });
  const { body } = await owner.get(path);
  expect(body).toMatchObject({ tenants: [{ id, name: "Shop" }], cursor: null });
});

test("tenants are listed oldest first, a page at a time", async () => {
  const owner = await new ApiWorld().operator("owner");
  const ids: string[] = [];
  for (const name of ["One", "Two", "Three"]) ids.push((await created(owner, { name })).id);
  const first = await owner.get(`${path}?limit=2`);
  expect(first.body.tenants.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
  const second = await owner.get(`${path}?limit=2&cursor=${first.body.cursor}`);
  expect(second.body.tenants.map(({ id }: { id: string }) => id)).toEqual(ids.slice(2));
  expect(refusal(await owner.get(`${path}?limit=0`))).toBe("400 invalid-option limit");
});

test("name, plan and limits are changed, and a deleted tenant stays deleted", async () => {
  const owner = await new ApiWorld().operator("owner");
  const { id } = await created(owner);
  const one = `${path}/${id}`;
  const change = { name: "Store", plan: "pro", limits: { jobsInFlight: 3 } };
  const changed = await owner.ask("PATCH", one, change);
  expect(changed).toMatchObject({ status: 200, body: { id, ...change } });
  expect(await owner.ask("POST", `${one}/suspend`)).toMatchObject({
    ...{ status: 200, body: { id, status: "suspended" } },
  });
  expect(await owner.ask("POST", `${one}/resume`)).toMatchObject({
    ...{ status: 200, body: { id, status: "active" } },
  });
  expect(await owner.ask("DELETE", one)).toMatchObject({
    ...{ status: 200, body: { id, status: "deleted" } },
  });
  const gone = [
    owner.ask("PATCH", one, { name: "Again" }),
    owner.ask("POST", `${one}/suspend`),
    owner.ask("POST", `${one}/resume`),
  ];
  for (const answer of await Promise.all(gone)) {
    expect(answer).toMatchObject({ status: 409, body: { code: "conflict" } });
  }
  expect(await owner.get(one)).toMatchObject({ body: { name: "Store", status: "deleted" } });
});

test("a tenant that never was is not found", async () => {
  const owner = await new ApiWorld().operator("owner");
  const none = `${path}/tnt_none`;
  const answers = await Promise.all([
    owner.get(none),
    owner.ask("PATCH", none, { name: "x" }),
    owner.ask("DELETE", none),
    owner.ask("POST", `${none}/suspend`),
    owner.ask("POST", `${none}/resume`),
    owner.get(`${none}/shards`),
    owner.ask("PUT", `${none}/shards`, { shards: 2 }),
    owner.get(`${none}/keys`),
    owner.ask("POST", `${none}/keys`),
    owner.ask("DELETE", `${none}/keys/key_none`),
    owner.ask("POST", `${none}/keys/key_none/rotate`),
    owner.ask("PUT", `${none}/hosts/shop`),
    owner.get(`${none}/statements/2026-01`),
  ]);
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 404, body: { code: "not-found" } });
  }
});

/** Who may do what: with a role that may not, nothing is looked up. */
const permitted: [string, string, readonly Role[]][] = [
  ["POST", path, ["owner"]],
  ["GET", path, ["owner", "support", "billing"]],
  ["GET", `${path}/tnt_none`, ["owner", "support", "billing"]],
  ["PATCH", `${path}/tnt_none`, ["owner", "billing"]],
  ["DELETE", `${path}/tnt_none`, ["owner"]],
  ["POST", `${path}/tnt_none/suspend`, ["owner"]],
  ["POST", `${path}/tnt_none/resume`, ["owner"]],
  ["GET", `${path}/tnt_none/shards`, ["owner", "support", "billing"]],
  ["PUT", `${path}/tnt_none/shards`, ["owner"]],
  ["GET", `${path}/tnt_none/hosts`, ["owner", "support"]],
  ["PUT", `${path}/tnt_none/hosts/shop`, ["owner"]],
  ["DELETE", `${path}/tnt_none/hosts/shop`, ["owner"]],
  ["GET", `${path}/tnt_none/keys`, ["owner", "support"]],
  ["POST", `${path}/tnt_none/keys`, ["owner"]],
  ["DELETE", `${path}/tnt_none/keys/key_none`, ["owner"]],
  ["POST", `${path}/tnt_none/keys/key_none/rotate`, ["owner"]],
  ["GET", `${path}/tnt_none/statements/2026-01`, ["owner", "billing"]],
  ["PUT", `${path}/tnt_none/statements/2026-01/credit-notes/a`, ["owner", "billing"]],
  ["GET", "/admin/v1/operators", ["owner", "support"]],
  ["POST", "/admin/v1/operators", ["owner"]],
  ["DELETE", "/admin/v1/operators/opr_none", ["owner"]],
  ["GET", "/admin/v1/audit", ["owner", "support"]],
  ["POST", "/admin/v1/identity/repair", ["owner"]],
  ["POST", "/admin/v1/roll-up", ["owner", "billing"]],
  ["GET", "/admin/v1/invariants", ["owner", "billing"]],
  ["POST", "/admin/v1/invariants", ["owner", "billing"]],
  ["GET", "/admin/v1/metrics", ["owner", "support"]],
];

/** Made once: an isolate looks up only so many operators that it has not known before. */
const permittedTo = Promise.all(
  roles.map(async (role) => ({ role, operator: await audited().operator(role) })),
);

test.each(permitted)("%s %s is for %j", async (method, url, may) => {
  const refused = await Promise.all(
    (await permittedTo).map(async ({ role, operator }) => {
      const answer = await operator.ask(method as "GET", url);
      return answer.body.code === "role-missing" ? [role] : [];
    }),
  );
  expect(refused.flat()).toEqual(roles.filter((role) => !may.includes(role)));
});

function audited(): ApiWorld {
  const world = new ApiWorld();
  world.books = {
    audits: () => ({ last: null, standing: [] }),
    audit: () => null,
    rollUp: () => null,
    metrics: async () => "",
  };
  return world;
}
