import { expect, test } from "vitest";
import type { Operator, Role } from "../../../../core/identity/operator.ts";
import { scopes } from "../../../../core/identity/scopes.ts";
import { expectScope } from "../../../../workers/api/identity/authenticate.ts";
import { expectRole } from "../../../../workers/api/identity/operator.ts";
import { Door, identity, start } from "./door.ts";

test("a key with an end works until that moment, and is refused from it on", async () => {
  const door = new Door({ kv: { ...identity, expiresAt: start + 1000 } });
  expect(await door.authenticate()).toMatchObject({ ok: true });
  door.after(999);
  expect(await door.authenticate()).toMatchObject({ ok: true });
  door.after(1);
  expect(await door.authenticate()).toMatchObject({
    ...{ ok: false, error: { code: "key-expired" } },
  });
});

test("a key may be used for its scopes alone, and any key where none is asked for", () => {
  for (const scope of scopes) {
    const others = scopes.filter((other) => other !== scope);
    expect(expectScope({ ...identity, scopes: [scope] }, scope).ok).toBe(true);
    const refused = expectScope({ ...identity, scopes: others }, scope);
    expect(refused).toMatchObject({ ok: false, error: { code: "scope-missing" } });
    expect(!refused.ok && refused.error.detail).toContain(scope);
  }
  expect(expectScope({ ...identity, scopes: [] }, null).ok).toBe(true);
});

test("an operator may do what its role may", () => {
  const operator = (role: Role) => ({ role }) as Operator;
  expect(expectRole(operator("billing"), ["owner", "billing"]).ok).toBe(true);
  const refused = expectRole(operator("support"), ["owner", "billing"]);
  expect(refused).toMatchObject({ ok: false, error: { code: "role-missing" } });
  expect(!refused.ok && refused.error.detail).toContain("owner or billing");
});
