import type { AuditReport } from "../../core/billing/audit-report.ts";
import type { Statement } from "../../core/billing/statement.ts";
import type { DeliveryChange } from "../../core/delivery/settings.ts";
import type { Scope } from "../../core/identity/scopes.ts";
import type { CreateTenant } from "../../core/identity/tenant.ts";
import type { Problem } from "../../core/problem.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import type { OriginalDocument } from "../../workers/api/documents/original-document.ts";

/** A refusal by the service, in its own words. */
export class ServiceRefusal extends Error {
  readonly status: number;
  readonly problem: Problem | null;

  constructor(status: number, body: string) {
    const problem = parseProblem(body);
    super(problem ? `${problem.title}: ${problem.detail}` : `${status} ${body.slice(0, 300)}`);
    this.name = "ServiceRefusal";
    this.status = status;
    this.problem = problem;
  }
}

/** The service as its operator uses it. */
export class AdminClient {
  readonly #url: string;
  readonly token: string;

  constructor(url: string, operatorToken: string) {
    this.#url = url;
    this.token = operatorToken;
  }

  /** The first owner of a fresh service, whose deployment has this secret. */
  static async createFirstOwner(url: string, adminToken: string): Promise<AdminClient> {
    const deployer = new AdminClient(url, adminToken);
    const owner = { name: "Local owner", role: "owner" };
    const { token } = await deployer.#post<{ token: string }>("/admin/v1/first-owner", owner);
    return new AdminClient(url, token);
  }

  async createTenant(tenant: CreateTenant): Promise<string> {
    return (await this.#post<{ id: string }>("/admin/v1/tenants", tenant)).id;
  }

  /** The key's text, which the service shows this once. */
  async createKey(tenant: string, name: string, scopes?: readonly Scope[]): Promise<string> {
    const request = { name, ...(scopes && { scopes }) };
    return (await this.#post<{ key: string }>(`/admin/v1/tenants/${tenant}/keys`, request)).key;
  }

  /** Brings statements up to date, the open hour included as a preview. */
  async rollUp(): Promise<void> {
    await this.#post("/admin/v1/roll-up", {});
  }

  /** Looks at every tenant; what breaks an invariant is an error. */
  async audit(): Promise<void> {
    const report = await this.#post<AuditReport>("/admin/v1/invariants", {});
    const { breaches, unreachable } = report;
    if (breaches.length + unreachable.length > 0) throw new Error(JSON.stringify(report));
  }

  async #post<Answer>(path: string, body: unknown): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return readJson<Answer>(response);
  }
}

/** A request, as far as it is used here. */
export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** The part of an answer that is used here. */
export type Answer = Pick<Response, "ok" | "status" | "text" | "json" | "bytes">;

/** As `fetch` does. */
export type Send = (url: string, sent: Sent) => Promise<Answer>;

/** The service as one tenant uses it. */
export class TenantClient {
  readonly #url: string;
  readonly #key: string;
  readonly #send: Send;

  constructor(url: string, key: string, send: Send = fetch) {
    this.#url = url;
    this.#key = key;
    this.#send = send;
  }

  /** Sends a picture; the answer is the job as it stands after at most `waitSeconds`. */
  async submit(
    picture: Uint8Array<ArrayBuffer>,
    outputs: readonly string[],
    options: { waitSeconds?: number; idempotencyKey?: string } = {},
  ): Promise<JobDocument> {
    const query = new URLSearchParams(
      outputs.map((output): [string, string] => ["output", output]),
    );
    const response = await this.#fetch(`/v1/jobs?${query.toString()}`, {
      method: "POST",
      headers: {
        ...(options.waitSeconds && { Prefer: `wait=${options.waitSeconds}` }),
        ...(options.idempotencyKey && { "Idempotency-Key": options.idempotencyKey }),
      },
      body: picture,
    });
    return readJson<JobDocument>(response);
  }

  /** Sends a picture and gets its one rendition back in the same answer, which must come in time. */
  async render(
    picture: Uint8Array<ArrayBuffer>,
    options: string,
    accept: string,
  ): Promise<Uint8Array> {
    const response = await this.#fetch(`/v1/jobs?${options}`, {
      method: "POST",
      headers: { Prefer: "wait=25", Accept: accept },
      body: picture,
    });
    if (response.status !== 200) throw new ServiceRefusal(response.status, await response.text());
    return response.bytes();
  }

  async job(id: string): Promise<JobDocument> {
    return readJson<JobDocument>(await this.#fetch(`/v1/jobs/${id}`));
  }

  /** The job once it is done or failed. */
  async settled(job: JobDocument): Promise<JobDocument> {
    let latest = job;
    while (latest.settledAt === null) {
      await new Promise((wake) => setTimeout(wake, 250));
      latest = await this.job(latest.id);
    }
    return latest;
  }

  /** All jobs of the tenant, newest first. */
  async jobs(): Promise<JobDocument[]> {
    const all: JobDocument[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page: JobPage = await readJson(await this.#fetch(`/v1/jobs?limit=100${query}`));
      all.push(...page.jobs);
      cursor = page.cursor;
    }
    return all;
  }

  /** A rendition, once it is made if that is within `waitSeconds`. */
  async output(job: string, index: number, waitSeconds = 0): Promise<Uint8Array> {
    const headers = { Prefer: `wait=${waitSeconds}` };
    const response = await this.#fetch(`/v1/jobs/${job}/outputs/${index}`, { headers });
    if (!response.ok) throw new ServiceRefusal(response.status, await response.text());
    return response.bytes();
  }

  /** Stores a picture to be delivered at a URL. */
  async storeImage(picture: Uint8Array<ArrayBuffer>): Promise<OriginalDocument> {
    return readJson(await this.#fetch("/v1/images", { method: "POST", body: picture }));
  }

  async changeDelivery(change: DeliveryChange): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(change);
    await readJson(await this.#fetch("/v1/delivery", { method: "PATCH", headers, body }));
  }

  async createSigningKey(): Promise<{ readonly secret: string }> {
    return readJson(await this.#fetch("/v1/delivery/signing-keys", { method: "POST" }));
  }

  async usage(): Promise<UsageDocument> {
    return readJson<UsageDocument>(await this.#fetch("/v1/usage"));
  }

  async statement(month: string): Promise<Statement> {
    return readJson<Statement>(await this.#fetch(`/v1/statements/${month}`));
  }

  #fetch(path: string, init: Sent = {}): Promise<Answer> {
    return this.#send(`${this.#url}${path}`, {
      ...init,
      headers: { ...init.headers, Authorization: `Bearer ${this.#key}` },
    });
  }
}

interface JobPage {
  readonly jobs: JobDocument[];
  readonly cursor: string | null;
}

/** The part of `GET /v1/usage` that is read here. */
export interface UsageDocument {
  readonly asOf: string;
  readonly total: {
    readonly jobsDone: number;
    readonly jobsFailed: number;
    readonly outputs: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly megapixels: number;
    readonly computeUnits: number;
  };
}

async function readJson<Document>(response: Answer): Promise<Document> {
  if (!response.ok) throw new ServiceRefusal(response.status, await response.text());
  return (await response.json()) as Document;
}

function parseProblem(body: string): Problem | null {
  try {
    const value = JSON.parse(body) as Partial<Problem>;
    return value.title !== undefined && value.detail !== undefined ? (value as Problem) : null;
  } catch {
    return null;
  }
}
