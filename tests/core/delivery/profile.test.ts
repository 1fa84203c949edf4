import { describe, expect, test } from "vitest";
import {
  parseProfile,
  profileKey,
  serializeProfile,
  type DeliveryProfile,
} from "../../../core/delivery/profile.ts";
import { defaultSettings } from "../../../core/delivery/settings.ts";
import { plans } from "../../../core/identity/tenant-limits.ts";

const profile: DeliveryProfile = {
  tenant: `tnt_0${"a".repeat(25)}`,
  limits: plans.scale,
  version: 3,
  status: "active",
  settings: { ...defaultSettings, mode: "signed" },
  signingKeys: [{ id: "sgn_1", secret: "0f", createdAt: 1 }],
  home: "eu",
  shards: [
    { shards: 1, since: 0 },
    { shards: 2, since: 5 },
  ],
};

describe("a tenant's entry in KV", () => {
  test("is read back as it was written", () => {
    expect(profileKey(profile.tenant)).toBe(`delivery/${profile.tenant}`);
    expect(parseProfile(serializeProfile(profile))).toEqual(profile);
  });

  test("of an older version has no home and one shard", () => {
    const { home: _, shards: __, ...older } = profile;
    expect(parseProfile(JSON.stringify(older))).toEqual({
      ...older,
      home: null,
      shards: [{ shards: 1, since: 0 }],
    });
  });

  test.each<[string, unknown]>([
    ["tenant", "tnt_b"],
    ["limits", {}],
    ["version", "3"],
    ["status", "paused"],
    ["settings", null],
    ["signingKeys", [{ id: "sgn_1", secret: "0f" }]],
    ["signingKeys", null],
    ["shards", []],
  ])("with %s %j is left to the Directory", (field, value) => {
    expect(parseProfile(JSON.stringify({ ...profile, [field]: value }))).toBeNull();
  });

  test("that is no JSON is left to the Directory", () => {
    expect(parseProfile("active")).toBeNull();
  });
});
