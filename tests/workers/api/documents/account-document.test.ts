import { expect, test } from "vitest";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { accountDocument } from "../../../../workers/api/documents/account-document.ts";
import { identity } from "../identity/door.ts";

const limits = {
  ...plans.custom,
  ...{ jobsPerMonth: 100, computeUnitsPerMonth: 50, spendMicrosPerMonth: null, jobsInFlight: 10 },
  ...{ storedImagesMax: 5, storedBytesMax: 1000 },
};
const used = {
  ...{ jobsInFlight: 3, jobsThisMonth: 40, computeUnitsThisMonth: 60, spendMicrosThisMonth: 7 },
};
const terms = { version: 1, limits, status: "active", shards: identity.shards } as const;

test("what is left of each limit is the limit less what is used, and never less than nothing", () => {
  const account = { terms, used, stored: { images: 2, bytes: 2000 }, notices: [] };
  expect(accountDocument(identity, account)).toMatchObject({
    used: { ...used, storedImages: 2, storedBytes: 2000 },
    left: {
      ...{ jobsInFlight: 7, jobsPerMonth: 60, computeUnitsPerMonth: 0, spendMicrosPerMonth: null },
      ...{ storedImages: 3, storedBytes: 0 },
    },
    ...{ expiresAt: null, apartUntil: null, notices: [] },
  });
});

test("times are ISO 8601, and a ledger that does not count pictures has none", () => {
  const notice = { month: "2026-11", name: "jobsPerMonth", share: 0.8, at: 0 } as const;
  const account = { terms, used, notices: [notice], apartUntil: 1000 };
  const { left, ...shown } = accountDocument({ ...identity, expiresAt: 2000 }, account);
  expect(left).toMatchObject({ storedImages: 5, storedBytes: 1000 });
  expect(shown).toMatchObject({
    expiresAt: "1970-01-01T00:00:02.000Z",
    apartUntil: "1970-01-01T00:00:01.000Z",
    notices: [
      { month: "2026-11", limit: "jobsPerMonth", share: 0.8, at: "1970-01-01T00:00:00.000Z" },
    ],
  });
});
