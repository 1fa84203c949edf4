import { afterAll, beforeAll, expect, test } from "vitest";
import { monthOf } from "../../core/ledger/usage.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { openApiDocument } from "../../workers/api/openapi.ts";
import { routes } from "../../workers/api/routes/route-table.ts";
import { logThisHour } from "./log-this-hour.ts";
import { expectDescribed, type Document, type Operation } from "./described-answer.ts";
import { creditRequests } from "./credit-requests.ts";
import { pictureRequests } from "./picture-requests.ts";
import { noisyJpeg } from "./pictures.ts";
import {
  adminToken,
  answer,
  createKey,
  createTenant,
  jsonBody,
  startService,
  type Service,
  type Tenant,
} from "./service.ts";
import { scopes } from "../../core/identity/scopes.ts";

let service: Service;
let tenant: Tenant;
let photo: Uint8Array;
let job: JobDocument;
let hour: string;
let image: string;
let document: Document;

beforeAll(async () => {
  [service, photo] = await Promise.all([startService(), noisyJpeg(64, 48)]);
  tenant = await createTenant(service, {}, scopes);
  job = await tenant.render("?output=width=20&output=width=10&output=format=json", photo);
  const sent = tenant.fetch("/v1/images", { method: "POST", body: photo as BodyInit });
  image = (await answer<{ id: string }>(sent, 201)).id;
  await delivered("width=20", {});
  await answer(service.admin("/admin/v1/roll-up", { method: "POST" }), 200);
  hour = await logThisHour(service);
  document = await answer(service.fetch("/openapi.json"), 200);
});
afterAll(() => service.close());

const output = (headers: Record<string, string>) =>
  tenant.fetch(`/v1/jobs/${job.id}/outputs/0`, { headers });
const delivered = (options: string, headers: Record<string, string>) =>
  service.fetch(`/t/${tenant.id}/image/${options}/${image}`, { headers });
const hostsPath = () => `/admin/v1/tenants/${tenant.id}/hosts`;
const keys = () => `/admin/v1/tenants/${tenant.id}/keys`;

const changed = (verb: "suspend" | "resume") =>
  createTenant(service).then(({ id }) =>
    service.admin(`/admin/v1/tenants/${id}/${verb}`, { method: "POST" }),
  );

/** Of a service that has had none; here there is one, who made the tenants. */
async function firstOwner(): Promise<Response> {
  const fresh = await startService({ consumer: false });
  try {
    const request = jsonBody({ name: "First", role: "owner" });
    const headers = new Headers(request.headers);
    headers.set("Authorization", `Bearer ${adminToken}`);
    const response = await fresh.fetch("/admin/v1/first-owner", { ...request, headers });
    const { status } = response;
    return new Response(await response.text(), { status, headers: response.headers });
  } finally {
    await fresh.close();
  }
}

/** Requests that are answered in every way the operation has, and in a few it refuses. */
const requests: Record<string, () => Promise<Response>[]> = {
  createJob: () => [
    tenant.send("?width=10", photo),
    tenant.send("?width=10", photo, { Prefer: "wait=25" }),
    tenant.send("?width=10", photo, { Prefer: "wait=25", Accept: "image/*" }),
    tenant.send("?width=10", photo, { "Idempotency-Key": "described", Prefer: "wait=25" }),
    tenant.send("", photo.slice(0, 1500), { Prefer: "wait=25", Accept: "image/*" }),
    tenant.send("?width=0", photo),
  ],
  listJobs: () => [tenant.fetch("/v1/jobs"), tenant.fetch("/v1/jobs?limit=0")],
  getJob: () => [tenant.fetch(`/v1/jobs/${job.id}`), tenant.fetch("/v1/jobs/none")],
  deleteJob: () => [
    tenant.fetch(`/v1/jobs/${job.id}`, { method: "DELETE" }),
    service.fetch("/v1/jobs/x", { method: "DELETE" }),
  ],
  getOutput: () => [
    output({}),
    output({ Range: "bytes=0-9" }),
    output({ "If-None-Match": "*" }),
    output({ Range: "bytes=99999999-" }),
    tenant.fetch(`/v1/jobs/${job.id}/outputs/2`),
  ],
  ...pictureRequests(() => ({ service, tenant, photo, image })),
  ...creditRequests(() => ({ service, tenant })),
  getMetrics: () => [tenant.fetch("/v1/metrics"), tenant.fetch("/v1/metrics?from=never")],
  getUsage: () => [
    tenant.fetch("/v1/usage"),
    tenant.fetch("/v1/usage?granularity=day"),
    tenant.fetch("/v1/usage?from=never"),
  ],
  getStatement: () => [
    tenant.fetch(`/v1/statements/${monthOf(Date.now())}`),
    tenant.fetch("/v1/statements/2020-01"),
    ...["text/csv", "text/csv; profile=focus-1.2"].map((type) =>
      tenant.fetch(`/v1/statements/${monthOf(Date.now())}`, { headers: { Accept: type } }),
    ),
  ],
  getHeads: () => [tenant.fetch("/v1/heads"), service.fetch("/v1/heads")],
  getLoggedHeads: () => [
    tenant.fetch(`/v1/transparency/${hour}/heads`),
    tenant.fetch("/v1/transparency/never/heads"),
  ],
  getTransparency: () => [
    service.fetch(`/v1/transparency?month=${hour.slice(0, 7)}`),
    service.fetch("/v1/transparency?month=2020-01"),
    service.fetch("/v1/transparency?month=never"),
  ],
  getTransparencyHour: () => [
    service.fetch(`/v1/transparency/${hour}?since=${hour}`),
    service.fetch("/v1/transparency/2020-01-31T13"),
    service.fetch("/v1/transparency/2020-02-31T24"),
    service.fetch("/v1/transparency/2020-01-31T13?since=never"),
  ],
  verifyReceipt: () => [
    tenant.fetch("/v1/receipts/verify", jsonBody({ receipt: "no.receipt.here" })),
    tenant.fetch("/v1/receipts/verify", jsonBody({})),
  ],
  getPriceLists: () => [service.fetch("/v1/price-lists")],
  getJwks: () => [service.fetch("/.well-known/jwks.json")],
  getSegment: () => [
    tenant.fetch("/v1/segments/local/0/1"),
    tenant.fetch("/v1/segments/local/0/99"),
  ],
  getMe: () => [tenant.fetch("/v1/me")],
  createMyKey: () => [
    tenant.fetch("/v1/keys", jsonBody({ name: "Mine" })),
    tenant.fetch("/v1/keys", jsonBody({ scopes: [] })),
  ],
  listMyKeys: () => [tenant.fetch("/v1/keys")],
  revokeMyKey: () => [
    createKey(service, tenant.id).then(({ id }) =>
      tenant.fetch(`/v1/keys/${id}`, { method: "DELETE" }),
    ),
    tenant.fetch("/v1/keys/x", { method: "DELETE" }),
  ],
  rotateMyKey: () => [
    createKey(service, tenant.id).then(({ id }) =>
      tenant.fetch(`/v1/keys/${id}/rotate`, jsonBody({ overlapSeconds: 5 })),
    ),
  ],
  getMyAudit: () => [tenant.fetch("/v1/audit"), tenant.fetch("/v1/audit?limit=0")],
  createFirstOwner: () => [firstOwner()],
  createOperator: () => [
    service.admin("/admin/v1/operators", jsonBody({ name: "Help", role: "support" })),
    service.admin("/admin/v1/operators", jsonBody({ name: "Help", role: "king" })),
  ],
  listOperators: () => [service.admin("/admin/v1/operators")],
  revokeOperator: () => [
    answer<{ id: string }>(
      service.admin("/admin/v1/operators", jsonBody({ name: "Gone", role: "billing" })),
      201,
    ).then(({ id }) => service.admin(`/admin/v1/operators/${id}`, { method: "DELETE" })),
  ],
  getTenant: () => [
    service.admin(`/admin/v1/tenants/${tenant.id}`),
    service.admin("/admin/v1/tenants/none"),
  ],
  changeTenant: () => [
    service.admin(`/admin/v1/tenants/${tenant.id}`, {
      ...jsonBody({ name: "Renamed" }),
      method: "PATCH",
    }),
  ],
  getShards: () => [
    service.admin(`/admin/v1/tenants/${tenant.id}/shards`),
    service.admin("/admin/v1/tenants/none/shards"),
  ],
  raiseShards: () =>
    [2, 1, 0].map((shards) =>
      service.admin(`/admin/v1/tenants/${tenant.id}/shards`, {
        ...jsonBody({ shards }),
        method: "PUT",
      }),
    ),
  listHosts: () => [service.admin(hostsPath())],
  setHost: () => [
    service.admin(`${hostsPath()}/described`, { method: "PUT" }),
    service.admin(`${hostsPath()}/-`, { method: "PUT" }),
    service.admin("/admin/v1/tenants/none/hosts/none", { method: "PUT" }),
  ],
  removeHost: () => [
    service
      .admin(`${hostsPath()}/removed`, { method: "PUT" })
      .then(() => service.admin(`${hostsPath()}/removed`, { method: "DELETE" })),
    service.admin(`${hostsPath()}/none`, { method: "DELETE" }),
  ],
  suspendTenant: () => [changed("suspend")],
  resumeTenant: () => [changed("resume")],
  deleteTenant: () => [
    createTenant(service).then(({ id }) =>
      service.admin(`/admin/v1/tenants/${id}`, { method: "DELETE" }),
    ),
  ],
  rotateKey: () => [
    createKey(service, tenant.id).then(({ id }) =>
      service.admin(`${keys()}/${id}/rotate`, { method: "POST" }),
    ),
  ],
  getAudit: () => [service.admin("/admin/v1/audit?limit=3")],
  repairIdentities: () => [service.admin("/admin/v1/identity/repair", { method: "POST" })],
  createTenant: () => [
    service.admin("/admin/v1/tenants", jsonBody({ name: "Another" })),
    service.admin("/admin/v1/tenants", jsonBody({})),
  ],
  listTenants: () => [service.admin("/admin/v1/tenants"), tenant.fetch("/admin/v1/tenants")],
  createKey: () => [
    service.admin(keys(), jsonBody({ name: "Second" })),
    service.admin("/admin/v1/tenants/x/keys", jsonBody({})),
  ],
  listKeys: () => [service.admin(keys())],
  revokeKey: () => [
    createKey(service, tenant.id).then(({ id }) =>
      service.admin(`${keys()}/${id}`, { method: "DELETE" }),
    ),
  ],
  getServiceMetrics: () => [service.admin("/admin/v1/metrics")],
  getInvariants: () => [service.admin("/admin/v1/invariants")],
  runAudit: () => [
    service.admin("/admin/v1/invariants", { method: "POST" }),
    service.admin(`/admin/v1/invariants?tenant=${tenant.id}`, { method: "POST" }),
    service.admin("/admin/v1/invariants?tenant=tnt_00000000000000000000000000", { method: "POST" }),
    service.admin("/admin/v1/invariants?cursor=x", { method: "POST" }),
  ],
  rollUp: () => [service.admin("/admin/v1/roll-up", { method: "POST" })],
  getOpenApi: () => [service.fetch("/openapi.json")],
  getProblem: () => [service.fetch("/problems/not-found"), service.fetch("/problems/none")],
  getHome: () => [service.fetch("/", { headers: { Accept: "text/html" } }), service.fetch("/")],
  getHealth: () => [service.fetch("/healthz")],
};

test("the document that is served is the one made of the routes", () => {
  expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument(routes))));
});

// Deleting comes last: the others need the job.
const operations = routes
  .map(({ operationId }) => operationId)
  .toSorted((left, right) => Number(left === "deleteJob") - Number(right === "deleteJob"));
test.each(operations)("%s answers as it is described", async (operationId) => {
  const operation = operationOf(operationId);
  const statuses = new Set<number>();
  // Each is read as soon as it is there: a body that waits for others may be collected with what the harness made it of.
  const described = (requests[operationId]?.() ?? []).map(async (pending) => {
    const response = await pending;
    statuses.add(response.status);
    await expectDescribed(response, operation, document);
  });
  await Promise.all(described);
  // Every success that is described was seen.
  const successes = Object.keys(operation.responses)
    .map(Number)
    .filter((status) => status < 400);
  expect([...statuses]).toEqual(expect.arrayContaining(successes));
});

function operationOf(operationId: string): Operation {
  const found = Object.values(document.paths)
    .flatMap((path) => Object.values(path))
    .find((each) => each.operationId === operationId);
  if (!found) throw new Error(`${operationId} is not described`);
  return found;
}
