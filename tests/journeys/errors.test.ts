import { afterAll, beforeAll, expect, test } from "vitest";
import type { Outcome } from "../../core/job/job.ts";
import { limits } from "../../core/limits.ts";
import { refusalProblem } from "../../core/image/refusal-problem.ts";
import { problemTable, type ProblemCode } from "../../core/problem.ts";
import { openApiDocument } from "../../workers/api/openapi.ts";
import { routes } from "../../workers/api/routes/route-table.ts";
import { headerOnlyPng, noisyJpeg } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { restartLedger } from "./restart-ledger.ts";
import {
  answer,
  createKey,
  createTenant,
  jsonBody,
  startService,
  type Service,
  type Tenant,
} from "./service.ts";

/** A request that meets this problem, and the operation whose description must name it. */
interface Reached {
  readonly operation: string | null;
  readonly ask: () => Promise<Response>;
}

/** Why no request of a test can meet it, and where it is tested instead. */
type Unreachable = string;

let service: Service;
let tenant: Tenant;
let photo: Uint8Array;

// No consumer: the test settles jobs itself.
beforeAll(async () => {
  [service, photo] = await Promise.all([startService({ consumer: false }), noisyJpeg(64, 48)]);
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const onJobs = (ask: () => Promise<Response>): Reached => ({ operation: "createJob", ask });
const onOutput = (ask: () => Promise<Response>): Reached => ({ operation: "getOutput", ask });
const onTenants = (ask: () => Promise<Response>): Reached => ({ operation: "createTenant", ask });

const problems: Record<ProblemCode, Reached | Unreachable> = {
  "bad-request": onTenants(() => service.admin("/admin/v1/tenants", jsonBody({ name: 7 }))),
  "invalid-option": onJobs(() => tenant.send("?widht=100", photo)),
  "invalid-idempotency-key": onJobs(() =>
    tenant.send("", photo, { "Idempotency-Key": "k".repeat(256) }),
  ),
  unauthenticated: { operation: "listJobs", ask: () => service.fetch("/v1/jobs") },
  "key-revoked": onJobs(async () => {
    const owner = await createTenant(service);
    const key = `/admin/v1/tenants/${owner.id}/keys/${owner.keyId}`;
    await answer(service.admin(key, { method: "DELETE" }), 200);
    return owner.send("", photo);
  }),
  "key-expired": onJobs(async () => {
    const keys = `/admin/v1/tenants/${tenant.id}/keys`;
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    const { key } = await answer<{ key: string }>(
      service.admin(keys, jsonBody({ expiresAt })),
      201,
    );
    return service.fetch("/v1/jobs", { headers: { Authorization: `Bearer ${key}` } });
  }),
  "tenant-suspended": onJobs(async () => {
    const owner = await createTenant(service);
    await answer(service.admin(`/admin/v1/tenants/${owner.id}/suspend`, { method: "POST" }), 200);
    return owner.send("", photo);
  }),
  "over-plan": onJobs(async () => {
    const owner = await createTenant(service, { sourcePixelsMax: 100 });
    return owner.send("", photo);
  }),
  "spend-cap-reached": onJobs(async () => {
    const owner = await createTenant(service, { spendMicrosPerMonth: 0 });
    return owner.send("", photo);
  }),
  "storage-limit-reached": {
    operation: "createImage",
    ask: async () => {
      const owner = await createTenant(service, { storedImagesMax: 0 });
      return owner.fetch("/v1/images", { method: "POST", body: photo as BodyInit });
    },
  },
  "scope-missing": {
    operation: "listMyKeys",
    ask: () => tenant.fetch("/v1/keys"),
  },
  "admin-only": { operation: "listTenants", ask: () => tenant.fetch("/admin/v1/tenants") },
  "role-missing": {
    operation: "createTenant",
    ask: async () => {
      const { token } = await answer<{ token: string }>(
        service.admin("/admin/v1/operators", jsonBody({ name: "Support", role: "support" })),
        201,
      );
      const headers = { Authorization: `Bearer ${token}` };
      return service.fetch("/admin/v1/tenants", { method: "POST", headers });
    },
  },
  "not-found": { operation: "getJob", ask: () => tenant.fetch("/v1/jobs/job_local_0_x") },
  "method-not-allowed": {
    operation: null,
    ask: () => tenant.fetch("/v1/jobs", { method: "PUT" }),
  },
  "upload-timeout":
    "An upload must take two minutes: tests/workers/api/upload/slow-upload.test.ts.",
  "length-required": onJobs(() => {
    const { body } = new Response(photo as BodyInit);
    return tenant.fetch("/v1/jobs", { method: "POST", body, duplex: "half" } as RequestInit);
  }),
  "body-too-large": onTenants(() =>
    service.admin("/admin/v1/tenants", jsonBody({ name: "x".repeat(limits.jsonBytesMax) })),
  ),
  "unsupported-encoding": onJobs(() => tenant.send("", photo, { "Content-Encoding": "gzip" })),
  "range-not-satisfiable": onOutput(async () => {
    const url = await outputOfJob({
      kind: "done",
      outputs: [{ index: 0, width: 64, height: 48, format: "jpeg", bytes: 1000 }],
      usage: { computeUnits: 1, bytesIn: 1, bytesOut: 1000, pixels: 1, renderMillis: 1 },
    });
    return tenant.fetch(url, { headers: { Range: "bytes=1000-" } });
  }),
  "idempotency-key-reused": onJobs(async () => {
    await answer(tenant.send("?width=10", photo, { "Idempotency-Key": "one" }), 202);
    return tenant.send("?width=20", photo, { "Idempotency-Key": "one" });
  }),
  "output-not-ready": onOutput(async () => tenant.fetch(`/v1/jobs/${await newJob()}/outputs/0`)),
  interrupted:
    "A request must end between two of its calls: tests/workers/api/render-upload.test.ts.",
  conflict: {
    operation: "createKey",
    async ask() {
      const owner = await createTenant(service);
      const others = Array.from({ length: limits.keysPerTenantMax - 1 });
      await Promise.all(others.map(() => createKey(service, owner.id)));
      return service.admin(`/admin/v1/tenants/${owner.id}/keys`, { method: "POST" });
    },
  },

  "empty-body": onJobs(() => tenant.send("", new Uint8Array())),
  "unsupported-format": onJobs(() => tenant.send("", Buffer.from("<svg></svg>"))),
  "corrupt-image": onJobs(() => tenant.send("", withBrokenChecksum(headerOnlyPng(8, 8)))),
  "truncated-image": onJobs(() => tenant.send("", photo.subarray(0, 100))),
  "image-too-large": onJobs(() => tenant.send("", headerOnlyPng(65_000, 65_000))),
  "over-memory-plan": onJobs(() =>
    tenant.send("?trim=border&width=100", headerOnlyPng(7000, 7000)),
  ),
  "output-too-large": onJobs(() => tenant.send("?width=12000&height=12000&fit=pad", photo)),
  "trimmed-away": onJobs(() => tenant.send("?trim=1000", photo)),
  "over-max-bytes": onOutput(async () =>
    tenant.fetch(
      await outputOfJob({
        kind: "failed",
        problem: refusalProblem({ reason: "over_max_bytes", bytes: 2000, bytesMax: 1000 }),
      }),
    ),
  ),
  "render-timeout": onOutput(async () =>
    tenant.fetch(
      await outputOfJob({
        kind: "failed",
        problem: refusalProblem({ reason: "render_timeout", millisMax: limits.renderMillisMax }),
      }),
    ),
  ),
  "render-crashed": onOutput(async () =>
    tenant.fetch(
      await outputOfJob({
        kind: "failed",
        problem: refusalProblem({ reason: "render_crashed", stage: "decode" }),
      }),
    ),
  ),

  "rate-limited": onJobs(async () => {
    const limited = await createTenant(service, { requestsPerSecond: 1, burst: 1 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => limited.send("", photo)));
    return answers.find(({ status }) => status === 429) ?? limited.send("", photo);
  }),
  "too-many-in-flight": onJobs(async () => {
    const limited = await createTenant(service, { jobsInFlight: 1 });
    await answer(limited.send("", photo), 202);
    return limited.send("", photo);
  }),
  "quota-exceeded": onJobs(async () =>
    (await createTenant(service, { jobsPerMonth: 0 })).send("", photo),
  ),

  "attempts-exhausted": onOutput(async () => {
    const job = await newJob();
    await rewriteJob("attempts", limits.attemptsMax, job);
    await claim(job);
    return tenant.fetch(`/v1/jobs/${job}/outputs/0`);
  }),
  "deadline-exceeded": onOutput(async () => {
    const job = await newJob();
    await rewriteJob("deadline", 0, job);
    await claim(job);
    return tenant.fetch(`/v1/jobs/${job}/outputs/0`);
  }),
  cancelled: "A deleted job is shown to nobody; only its row and its usage know the reason.",

  "signature-invalid": {
    operation: "deliverImage",
    ask: () => service.fetch(`/t/${tenant.id}/image/width=1/img_1?sig=0`),
  },
  "signature-expired": "Delivery's modes: tests/workers/api/deliver/read-asked.test.ts.",
  "preset-required": "The same.",
  "origin-not-allowed": "Upload addresses: tests/workers/api/originals/upload-address.test.ts.",
  "upload-address-ended": "The same.",
  "upload-address-used": "The same.",
  "source-not-allowed": "Sources elsewhere: tests/workers/api/remote/fetch-remote.test.ts.",
  "source-not-found": "The same.",
  "source-failed": "The same.",
  "source-timeout": "The same.",
  "source-loop": "The same.",

  overloaded: `The queue must hold ${limits.queueBacklogMax} messages: tests/core/ledger/.`,
  unavailable:
    "Storage or an object must fail: tests/workers/api/app.test.ts and identity/authenticate.test.ts.",
  misconfigured: "Only a service with a placeholder for a secret says so: identity.test.ts.",
  internal: "Only a fault of the service leads there: tests/workers/api/app.test.ts plants one.",
};

const document = openApiDocument(routes) as {
  paths: Record<string, Record<string, { operationId: string; responses: Responses }>>;
  components: { responses: Record<string, RefusalComponent> };
};
type Responses = Record<string, { $ref?: string }>;
interface RefusalComponent {
  content: { "application/problem+json": { examples: Record<string, object> } };
}

for (const [code, reached] of Object.entries(problems) as [ProblemCode, Reached | Unreachable][]) {
  if (typeof reached === "string") continue;
  test(`${code}: answered in full, leading to its page, and described`, async () => {
    const { type, title, status } = await expectProblem(reached.ask(), code);
    expect(await answer(service.fetch(type), 200)).toEqual({ type, code, title, status });
    const { operation } = reached;
    expect(operation === null ? [code] : describedProblems(operation)).toContain(code);
  });
}

test("every problem of the table has a case or a reason", () => {
  expect(Object.keys(problems).toSorted()).toEqual(Object.keys(problemTable).toSorted());
});

function describedProblems(operationId: string): string[] {
  const operation = Object.values(document.paths)
    .flatMap((path) => Object.values(path))
    .find((each) => each.operationId === operationId);
  return Object.values(operation?.responses ?? {}).flatMap(({ $ref = "" }) => {
    const component = document.components.responses[$ref.split("/").at(-1) ?? ""];
    return Object.keys(component?.content["application/problem+json"].examples ?? {});
  });
}

async function newJob(): Promise<string> {
  return (await answer<{ id: string }>(tenant.send("", photo), 202)).id;
}

/** As if the column had been written so; the object reads it when it starts again. */
async function rewriteJob(column: "attempts" | "deadline", value: number, job: string) {
  const object = { name: tenant.ledger };
  const storage = await service.objects.getDurableObjectStorage("TenantLedger", object);
  await storage.exec(`UPDATE jobs SET ${column} = ? WHERE id = ?`, value, job);
  await restartLedger(await ledger());
  // It gives nothing up before it has looked whether its records know more.
  await (await ledger()).seal();
}

async function ledger() {
  return (await service.objects.getEnv()).LEDGER.getByName(tenant.ledger);
}

/** A consumer takes the job and dies. */
async function claim(job: string): Promise<void> {
  await (await ledger()).claim([{ job, redelivered: true }], true);
}

/** The first output of a job that a consumer has ended so. */
async function outputOfJob(outcome: Outcome): Promise<string> {
  const job = await newJob();
  await (await ledger()).settle([{ job, outcome }]);
  return `/v1/jobs/${job}/outputs/0`;
}

function withBrokenChecksum(picture: Uint8Array): Uint8Array {
  const broken = picture.slice();
  broken[32] = (broken[32] ?? 0) ^ 1;
  return broken;
}
