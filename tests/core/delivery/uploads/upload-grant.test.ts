import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import {
  createUploadSchema,
  grantKey,
  isUsedForAnother,
  parseGrant,
  refuseForGrant,
  serializeGrant,
  uploadToken,
  uploadTokenBytes,
  uploadTokenPattern,
  type UploadGrant,
} from "../../../../core/delivery/uploads/upload-grant.ts";
import { sourceFormats } from "../../../../core/image/formats.ts";
import { limits } from "../../../../core/limits.ts";

const grant: UploadGrant = {
  v: 1,
  keyHash: "0f".repeat(32),
  expiresAt: 1_900_000_000_000,
  bytesMax: 1000,
  formats: ["jpeg", "png"],
  used: { sha256: "a1".repeat(32), bytes: 12 },
};

describe("a grant", () => {
  test.each([grant, { ...grant, used: null }])("is read back as it was written", (written) => {
    expect(parseGrant(serializeGrant(written))).toEqual(written);
  });

  test.each([
    ["no JSON", "{"],
    ["of another version", { ...grant, v: 2 }],
    ["without its key", { ...grant, keyHash: undefined }],
    ["with half a millisecond", { ...grant, expiresAt: 0.5 }],
    ["with a format that is not known", { ...grant, formats: ["psd"] }],
    ["used for something without bytes", { ...grant, used: { sha256: "a1" } }],
  ])("%s is none", (_, written) => {
    expect(parseGrant(typeof written === "string" ? written : JSON.stringify(written))).toBeNull();
  });

  test.each([
    ["a picture of all its bytes", "png"],
    ["a picture whose format is not known yet", undefined],
  ] as const)("takes %s", (_, format) => {
    expect(refuseForGrant(grant, 1000, format)).toBeNull();
  });

  test.each([
    ["one byte more", 1001, "png", /^The picture has 1001 bytes; .* at most 1000\./],
    ["another format", 1000, "gif", /takes JPEG or PNG\.$/],
  ] as const)("refuses %s", (_, bytes, format, detail) => {
    expect(refuseForGrant(grant, bytes, format)?.detail).toMatch(detail);
  });

  test("is used up by a picture, which may be sent again, and by no other", () => {
    const same = { sha256: "a1".repeat(32), bytes: 12 };
    const other = { sha256: "b2".repeat(32), bytes: 12 };
    expect(isUsedForAnother(grant, same)).toBe(false);
    expect(isUsedForAnother(grant, other)).toBe(true);
    expect(isUsedForAnother({ ...grant, used: null }, other)).toBe(false);
  });

  test("lies under its tenant and the hash of its token, which is not stored", () => {
    const token = uploadToken(new Uint8Array(uploadTokenBytes).fill(0xab));
    expect(token).toBe(`upl_${"ab".repeat(20)}`);
    expect(token).toMatch(uploadTokenPattern);
    const hash = createHash("sha256").update(token).digest("hex");
    expect(grantKey("tnt_a", token)).toBe(`uploads/tnt_a/${hash}`);
  });
});

test.each(["", "upl_", `upl_${"a".repeat(39)}`, `upl_${"a".repeat(41)}`, `xupl_${"a".repeat(40)}`])(
  "%j is no token",
  (text) => {
    expect(text).not.toMatch(uploadTokenPattern);
  },
);

describe("what is asked for of an address", () => {
  const asked = (body: object) => createUploadSchema.safeParse(body);

  test("says of each part what it is", () => {
    const { properties = {} } = z.toJSONSchema(createUploadSchema);
    expect(Object.keys(properties)).toEqual(["expiresInSeconds", "bytesMax", "formats"]);
    expect(Object.values(properties)).toEqual(
      Array(3).fill(expect.objectContaining({ description: expect.stringMatching(/\.$/) })),
    );
  });

  test("is ten minutes where nothing is said, and any size and format", () => {
    expect(asked({}).data).toEqual({ expiresInSeconds: 600 });
  });

  test.each([
    { expiresInSeconds: 1 },
    { expiresInSeconds: limits.uploadAddressSecondsMax },
    { bytesMax: 1 },
    { bytesMax: limits.sourceBytesMax },
    { formats: ["webp"] },
    { formats: sourceFormats },
  ])("may be %j", (body) => {
    expect(asked(body).data).toMatchObject(body);
  });

  test.each([
    { expiresInSeconds: 0 },
    { expiresInSeconds: 1.5 },
    { expiresInSeconds: limits.uploadAddressSecondsMax + 1 },
    { bytesMax: 0 },
    { bytesMax: limits.sourceBytesMax + 1 },
    { formats: [] },
    { formats: ["psd"] },
    { formats: [...sourceFormats, "png"] },
    { tags: [] },
  ])("may not be %j", (body) => {
    expect(asked(body).success).toBe(false);
  });
});
