import { expect, test } from "vitest";
import type { Key } from "../../../../core/identity/key.ts";
import { keyDocument } from "../../../../workers/api/documents/tenant-document.ts";

const key = {
  ...{ id: "key_1", tenant: "tnt_x", name: "phone", hint: "mlk_…1", scopes: ["jobs:read"] },
  ...{ createdAt: 1000, expiresAt: null, revokedAt: null },
} as unknown as Key;

test("a key shows what it may do, and times as text", () => {
  expect(keyDocument(key)).toMatchObject({
    scopes: ["jobs:read"],
    createdAt: "1970-01-01T00:00:01.000Z",
    expiresAt: null,
    revokedAt: null,
  });
  expect(keyDocument({ ...key, expiresAt: 2000, revokedAt: 3000 })).toMatchObject({
    expiresAt: "1970-01-01T00:00:02.000Z",
    revokedAt: "1970-01-01T00:00:03.000Z",
  });
});
