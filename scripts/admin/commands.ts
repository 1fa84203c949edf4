import { everyStay } from "../../core/fleet/routing.ts";
import { planNames } from "../../core/identity/tenant-limits.ts";
import { roles } from "../../core/identity/operator.ts";
import { scopes } from "../../core/identity/scopes.ts";
import { wholeNumber } from "../terminal.ts";

/** What a command was given, checked for what it needs. */
export interface Given {
  /** The words after the verb, by the names in `words`. */
  readonly word: Readonly<Record<string, string>>;
  readonly option: Readonly<Record<string, string | undefined>>;
}

/** One command of `npm run admin`: how it is written, which request it makes, how its answer is shown. */
export interface Command {
  readonly about: string;
  /** Names of the words that must follow. */
  readonly words?: readonly string[];
  /** Options by name, each with what it takes. */
  readonly options?: Readonly<Record<string, string>>;
  readonly request: (given: Given) => {
    readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    readonly path: string;
    readonly body?: object;
  };
  /** The field that holds the rows; without it the answer itself is one. */
  readonly rows?: string;
  readonly columns: readonly string[];
}

const tenantColumns = ["id", "name", "plan", "status", "home", "stays", "shards", "createdAt"];
const shardColumns = ["tenant", "shards", "epochs"];
const hostColumns = ["name", "host"];
const keyColumns = ["id", "name", "hint", "scopes", "expiresAt", "revokedAt"];
const operatorColumns = ["id", "name", "role", "email", "revokedAt"];
const statementColumns = [
  ...["tenant", "month", "status", "totalMicros", "creditedMicros", "payableMicros"],
  "creditNotes",
];
const paging = { limit: "entries on a page", cursor: "where the page before ended" };

const tenantOptions = {
  plan: planNames.join(" | "),
  limits: 'JSON such as {"jobsInFlight": 50}',
};

const page = (path: string, { option }: Given) => {
  const query = new URLSearchParams(
    ["limit", "cursor"].flatMap((name) => (option[name] ? [[name, option[name]]] : [])),
  );
  return { method: "GET", path: query.size > 0 ? `${path}?${query.toString()}` : path } as const;
};
const tenant = ({ word }: Given) => `/admin/v1/tenants/${encodeURIComponent(word["tenant"] ?? "")}`;
const key = (given: Given) =>
  `${tenant(given)}/keys/${encodeURIComponent(given.word["key"] ?? "")}`;
const statement = (given: Given) =>
  `${tenant(given)}/statements/${encodeURIComponent(given.word["month"] ?? "")}`;
const host = (given: Given) =>
  `${tenant(given)}/hosts/${encodeURIComponent(given.word["host"] ?? "")}`;

/** Every command, by noun and verb. */
export const commands: Readonly<Record<string, Readonly<Record<string, Command>>>> = {
  tenants: {
    list: {
      about: "all tenants, oldest first",
      options: paging,
      request: (given) => page("/admin/v1/tenants", given),
      rows: "tenants",
      columns: tenantColumns,
    },
    show: {
      about: "one tenant with its limits",
      words: ["tenant"],
      request: (given) => ({ method: "GET", path: tenant(given) }),
      columns: [...tenantColumns, "limits"],
    },
    create: {
      about: "a new tenant",
      words: ["name"],
      options: {
        ...tenantOptions,
        home: "region of its stored pictures and of work under an idempotency key or a monthly cap",
        stays: everyStay.join(" | "),
      },
      request: ({ word, option: { home, stays, ...option } }) => ({
        method: "POST",
        path: "/admin/v1/tenants",
        body: {
          name: word["name"],
          ...chosen(option),
          ...(home !== undefined && { home }),
          ...(stays !== undefined && { stays }),
        },
      }),
      columns: tenantColumns,
    },
    change: {
      about: "its name, plan or limits; applies at once",
      words: ["tenant"],
      options: { ...tenantOptions, name: "a new name" },
      request: (given) => ({
        method: "PATCH",
        path: tenant(given),
        body: {
          ...(given.option["name"] && { name: given.option["name"] }),
          ...chosen(given.option),
        },
      }),
      columns: [...tenantColumns, "limits"],
    },
    suspend: {
      about: "refuse its new jobs at once, its reads soon",
      words: ["tenant"],
      request: (given) => ({ method: "POST", path: `${tenant(given)}/suspend` }),
      columns: tenantColumns,
    },
    resume: {
      about: "end a suspension",
      words: ["tenant"],
      request: (given) => ({ method: "POST", path: `${tenant(given)}/resume` }),
      columns: tenantColumns,
    },
    delete: {
      about: "delete it permanently, with its jobs and pictures",
      words: ["tenant"],
      request: (given) => ({ method: "DELETE", path: tenant(given) }),
      columns: tenantColumns,
    },
  },
  shards: {
    show: {
      about: "into how many ledgers a tenant's work is split in each region, and since when",
      words: ["tenant"],
      request: (given) => ({ method: "GET", path: `${tenant(given)}/shards` }),
      columns: shardColumns,
    },
    set: {
      about: "more of them; applies at once and cannot be lowered",
      words: ["tenant", "number"],
      request: (given) => ({
        method: "PUT",
        path: `${tenant(given)}/shards`,
        body: { shards: Number(given.word["number"]) },
      }),
      columns: shardColumns,
    },
  },
  keys: {
    list: {
      about: "a tenant's keys",
      words: ["tenant"],
      request: (given) => ({ method: "GET", path: `${tenant(given)}/keys` }),
      rows: "keys",
      columns: keyColumns,
    },
    create: {
      about: "a new key, shown once",
      words: ["tenant"],
      options: {
        name: "what it is for",
        scopes: scopes.join(","),
        expires: "a time such as 2030-01-31T00:00:00Z",
      },
      request: (given) => ({
        method: "POST",
        path: `${tenant(given)}/keys`,
        body: {
          ...(given.option["name"] && { name: given.option["name"] }),
          ...(given.option["scopes"] && { scopes: given.option["scopes"].split(",") }),
          ...(given.option["expires"] && { expiresAt: given.option["expires"] }),
        },
      }),
      columns: ["id", "name", "scopes", "expiresAt", "key"],
    },
    rotate: {
      about: "a key in place of another, which works on for the overlap",
      words: ["tenant", "key"],
      options: { overlap: "seconds" },
      request: (given) => ({
        method: "POST",
        path: `${key(given)}/rotate`,
        body: given.option["overlap"] ? { overlapSeconds: Number(given.option["overlap"]) } : {},
      }),
      columns: ["id", "name", "scopes", "expiresAt", "key"],
    },
    revoke: {
      about: "revoke a key permanently",
      words: ["tenant", "key"],
      request: (given) => ({ method: "DELETE", path: key(given) }),
      columns: keyColumns,
    },
  },
  operators: {
    list: {
      about: "who may manage the service",
      request: () => ({ method: "GET", path: "/admin/v1/operators" }),
      rows: "operators",
      columns: operatorColumns,
    },
    create: {
      about: "a new operator, whose token is shown once",
      words: ["name"],
      options: { role: roles.join(" | "), email: "as Cloudflare Access knows it" },
      request: ({ word, option }) => ({
        method: "POST",
        path: "/admin/v1/operators",
        body: {
          name: word["name"],
          role: option["role"],
          ...(option["email"] && { email: option["email"] }),
        },
      }),
      columns: ["id", "name", "role", "email", "token"],
    },
    revoke: {
      about: "end an operator's access",
      words: ["operator"],
      request: ({ word }) => ({
        method: "DELETE",
        path: `/admin/v1/operators/${encodeURIComponent(word["operator"] ?? "")}`,
      }),
      columns: operatorColumns,
    },
  },
  hosts: {
    list: {
      about: "where a tenant's pictures are at the root",
      words: ["tenant"],
      request: (given) => ({ method: "GET", path: `${tenant(given)}/hosts` }),
      rows: "hosts",
      columns: hostColumns,
    },
    set: {
      about: "a slug or a whole name for the tenant",
      words: ["tenant", "host"],
      request: (given) => ({ method: "PUT", path: host(given) }),
      columns: hostColumns,
    },
    remove: {
      about: "remove it from the tenant",
      words: ["tenant", "host"],
      request: (given) => ({ method: "DELETE", path: host(given) }),
      columns: hostColumns,
    },
  },
  statements: {
    show: {
      about: "a tenant's statement of a month",
      words: ["tenant", "month"],
      request: (given) => ({ method: "GET", path: statement(given) }),
      columns: statementColumns,
    },
    credit: {
      about:
        "a credit note against a final statement; a repeat under one reference changes nothing",
      words: ["tenant", "month", "reference"],
      options: { amount: "whole micro-units of the currency", reason: "what it is for" },
      request: (given) => ({
        method: "PUT",
        path: `${statement(given)}/credit-notes/${encodeURIComponent(given.word["reference"] ?? "")}`,
        body: {
          amountMicros: wholeNumber("amount", given.option["amount"] ?? "", 1),
          reason: given.option["reason"],
        },
      }),
      columns: statementColumns,
    },
  },
  audit: {
    list: {
      about: "every change, oldest first",
      options: paging,
      request: (given) => page("/admin/v1/audit", given),
      rows: "entries",
      columns: ["number", "at", "actor", "action", "subject", "before", "after"],
    },
  },
};

/** Plan and limits, as far as they were given. */
function chosen(option: Given["option"]): object {
  const { plan, limits } = option;
  return {
    ...(plan !== undefined && { plan }),
    ...(limits !== undefined && { limits: parsed(limits) }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`--limits must be JSON, such as {"jobsInFlight": 50}, not ${text}`);
  }
}
