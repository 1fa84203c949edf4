import { vi } from "vitest";
import type { Role } from "../../../../core/identity/operator.ts";
import type { CreateKey } from "../../../../core/identity/key.ts";
import type { Scope } from "../../../../core/identity/scopes.ts";
import type { CreateTenant } from "../../../../core/identity/tenant.ts";
import type { By } from "../../../../durable-objects/directory/trail.ts";
import { openApiDocument } from "../../../../workers/api/openapi.ts";
import type { Route } from "../../../../workers/api/route.ts";
import { routes } from "../../../../workers/api/routes/route-table.ts";
import { DirectoryWorld } from "../../../durable-objects/directory/directory-world.ts";
import { expectDescribed, type Document } from "../../../journeys/described-answer.ts";
import { ask } from "../ask.ts";

type Fake = Readonly<Record<string, (...given: never[]) => unknown>>;

/** The whole API before a real Directory; ledgers and books are the test's. */
export class ApiWorld {
  readonly directory = new DirectoryWorld();
  /** What the books answer. */
  books: Fake = {};
  /** What a ledger answers, by its name. */
  ledger: (name: string) => Fake = () => ({});
  /** Further bindings and settings. */
  env: object = {};

  constructor() {
    // What the API remembers of one world must not be true of another.
    this.directory.now += crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    this.directory.randomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));
  }

  /** One who asks as a new operator of this role. */
  async operator(role: Role): Promise<Caller> {
    const created = await this.directory.registry.createOperator(
      { name: `A ${role}`, role },
      byTest,
    );
    if (!created.ok) throw new Error(created.error);
    return new Caller(this, created.value.token, created.value.id);
  }

  /** One who asks with a new key of a new tenant. */
  async tenant(scopes: Scope[], request: Partial<CreateTenant> = {}): Promise<Caller> {
    const { registry } = this.directory;
    const { id } = await registry.createTenant({ name: "Shop", ...request }, byTest);
    return this.keyOf(id, scopes);
  }

  /** One who asks with a new key of this tenant. */
  async keyOf(tenant: string, scopes: Scope[], more: CreateKey = {}): Promise<Caller> {
    const request = { ...more, scopes };
    const created = await this.directory.registry.createKey(tenant, request, null, byTest);
    if (!created.ok) throw new Error(created.error);
    return new Caller(this, created.value.key, created.value.id, tenant);
  }

  /** Every answer is one that the OpenAPI document describes. */
  async ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const method = init.method ?? "GET";
    const headers = new Headers(init.headers);
    if (typeof init.body === "string") headers.set("Content-Length", String(init.body.length));
    const response = await ask(path, { ...init, method, headers }, this.#bindings());
    await expectDescribed(response.clone(), operationOf(method, path), document);
    const text = await response.text();
    const isJson = /[/+]json$/.test(response.headers.get("Content-Type") ?? "");
    const body = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  }

  #bindings(): object {
    return {
      IDENTITY: { get: async (key: string) => this.directory.kv.get(key) ?? null },
      DIRECTORY: { getByName: () => callsOf(this.directory) },
      LEDGER: { getByName: (name: string) => this.ledger(name) },
      BOOKS: this.books,
      VERSION: { id: "v1" },
      ...this.env,
    };
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** Somebody with a token. */
export class Caller {
  readonly id: string;
  readonly token: string;
  readonly tenant: string;
  readonly #world: ApiWorld;

  constructor(world: ApiWorld, token: string, id: string, tenant = "") {
    this.#world = world;
    this.token = token;
    this.id = id;
    this.tenant = tenant;
  }

  /** With a JSON body where there is one. */
  ask(
    method: Route["method"],
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.#world.ask(path, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask("GET", path, undefined, headers);
  }
}

export const byTest: By = { actor: "opr_test", from: null };

/** `404 not-found`, `400 invalid-option width` */
export const refusal = ({ status, body }: Answer): string =>
  [status, body.code, body.option].filter((part) => part !== undefined).join(" ");

/** The Directory's calls, as the platform's object offers them. */
function callsOf({ registry }: DirectoryWorld): object {
  const { delivery, trail } = registry;
  const others: Fake = {
    trail: (...given: Parameters<typeof trail.page>) => trail.page(...given),
    delivery: (tenant: string) => delivery.view(tenant),
    deliveryProfile: (tenant: string) => delivery.profile(tenant),
    changeDelivery: (...given: Parameters<typeof delivery.change>) => delivery.change(...given),
    createSigningKey: (...given: Parameters<typeof delivery.createKey>) =>
      delivery.createKey(...given),
    revokeSigningKey: (...given: Parameters<typeof delivery.revokeKey>) =>
      delivery.revokeKey(...given),
    host: (name: string) => delivery.hosts.find(name),
    hostsOf: (tenant: string) => delivery.hosts.of(tenant),
    setHost: (...given: Parameters<typeof delivery.hosts.set>) => delivery.hosts.set(...given),
    removeHost: (...given: Parameters<typeof delivery.hosts.remove>) =>
      delivery.hosts.remove(...given),
  };
  return new Proxy(registry, {
    get: (calls, name) => {
      const call = others[String(name)] ?? (Reflect.get(calls, name) as Fake[string] | undefined);
      return call && (async (...given: never[]) => call.apply(calls, given));
    },
  });
}

// As a client reads it.
const document = JSON.parse(JSON.stringify(openApiDocument(routes))) as Document;

function operationOf(method: string, path: string) {
  const pathname = path.replace(/\?.*/, "");
  const fits = ({ path: pattern }: Route) =>
    new RegExp(`^${pattern.replaceAll(".", String.raw`\.`).replaceAll(/\{\w+\}/g, "[^/]*")}$`).test(
      pathname,
    );
  const [route] = routes
    .filter((each) => each.method === method && fits(each))
    .toSorted((one, other) => one.path.split("{").length - other.path.split("{").length);
  const operation = document.paths[route?.path ?? ""]?.[method.toLowerCase()];
  if (!operation) throw new Error(`${method} ${path} is not in the document`);
  return operation;
}

/** A call of the books or a ledger whose arguments a test looks at. */
export const answering = <Value>(value: Value) =>
  vi.fn<(...given: unknown[]) => Promise<Value>>(async () => value);
