import { describe, expect, test } from "vitest";
import {
  keyIdSchema,
  keyId,
  operatorId,
  operatorIdSchema,
  tenantId,
} from "../../../core/identity/ids.ts";
import { createKeySchema, rotateKeySchema } from "../../../core/identity/key.ts";
import { createOperatorSchema, roles } from "../../../core/identity/operator.ts";
import { defaultScopes, scopes } from "../../../core/identity/scopes.ts";
import { limits } from "../../../core/limits.ts";

describe("a request for a key", () => {
  test.each([
    ["nothing", {}],
    ["a name", { name: "build server" }],
    ["every scope", { scopes }],
    ["an end", { expiresAt: "2027-01-01T00:00:00Z" }],
  ])("may have %s", (_, request) => {
    expect(createKeySchema.safeParse(request).success).toBe(true);
  });

  test.each([
    ["an empty name", { name: "" }],
    ["a name of control characters", { name: "a\u0007b" }],
    ["half a character", { name: "a\ud800b" }],
    ["no scope", { scopes: [] }],
    ["a scope too many", { scopes: [...scopes, "jobs:read"] }],
    ["an unknown scope", { scopes: ["jobs:burn"] }],
    ["a day as its end", { expiresAt: "2027-01-01" }],
    ["an unknown field", { owner: "me" }],
  ])("is refused with %s", (_, request) => {
    expect(createKeySchema.safeParse(request).success).toBe(false);
  });

  test("has its name without the space around it", () => {
    expect(createKeySchema.parse({ name: "  build server " }).name).toBe("build server");
  });
});

test("a key without a choice may do everything but manage keys", () => {
  expect(defaultScopes).toEqual(scopes.filter((scope) => scope !== "keys:admin"));
});

test("the old key may go on for nothing up to a week", () => {
  const accepts = (overlapSeconds: unknown) =>
    rotateKeySchema.safeParse({ overlapSeconds }).success;
  expect(accepts(0)).toBe(true);
  expect(accepts(limits.keyOverlapSecondsMax)).toBe(true);
  expect(accepts(limits.keyOverlapSecondsMax + 1)).toBe(false);
  expect(accepts(-1)).toBe(false);
  expect(accepts(0.5)).toBe(false);
  expect(rotateKeySchema.safeParse({}).success).toBe(true);
  expect(rotateKeySchema.safeParse({ overlap: 5 }).success).toBe(false);
});

test("an operator has a name, one of the roles, and perhaps an address", () => {
  const accepts = (operator: object) => createOperatorSchema.safeParse(operator).success;
  expect(roles.map((role) => accepts({ name: "Ada", role }))).toEqual([true, true, true]);
  expect(accepts({ name: "Ada", role: "owner", email: "ada@example.com" })).toBe(true);
  expect(accepts({ name: "Ada", role: "owner", email: "ada" })).toBe(false);
  expect(accepts({ name: "Ada", role: "guest" })).toBe(false);
  expect(accepts({ role: "owner" })).toBe(false);
  expect(accepts({ name: "Ada", role: "owner", token: "x" })).toBe(false);
});

describe("ids", () => {
  const ulid = "01JD3N7Q5W8XK2ZT4M6R9VBYCE";

  test("are a prefix and a ULID in lower case", () => {
    const text = "01jd3n7q5w8xk2zt4m6r9vbyce";
    expect([tenantId(ulid), keyId(ulid), operatorId(ulid)]).toEqual([
      `tnt_${text}`,
      `key_${text}`,
      `opr_${text}`,
    ]);
  });

  test.each([
    ["a key's id", keyId(ulid), true],
    ["another kind of id", tenantId(ulid), false],
    ["upper case", `key_${ulid}`, false],
    ["a time beyond what a ULID holds", "key_81jd3n7q5w8xk2zt4m6r9vbyce", false],
    ["a letter that is no digit of it", "key_01jd3n7q5w8xk2zt4m6r9vbycu", false],
    ["a character less", keyId(ulid).slice(0, -1), false],
    ["a character more", `${keyId(ulid)}e`, false],
    ["something before it", `x${keyId(ulid)}`, false],
  ])("are read with care: %s", (_, text, isOne) => {
    expect(keyIdSchema.safeParse(text).success).toBe(isOne);
  });

  test("of operators are no others", () => {
    const accepted = [operatorId(ulid), keyId(ulid)].map(
      (id) => operatorIdSchema.safeParse(id).success,
    );
    expect(accepted).toEqual([true, false]);
  });
});
