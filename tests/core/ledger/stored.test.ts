import { describe, expect, test } from "vitest";
import { plans } from "../../../core/identity/tenant-limits.ts";
import {
  doubtFrom,
  isOver,
  nothingStored,
  overStored,
  recount,
  withStored,
} from "../../../core/ledger/stored.ts";
import { limits } from "../../../core/limits.ts";

const granted = { storedImagesMax: 3, storedBytesMax: 100 };

describe("whether a tenant may store one more picture", () => {
  test("it may up to both limits", () => {
    expect(overStored(granted, { images: 2, bytes: 60 }, 40)).toBeNull();
  });

  test("a refusal says which limit, its value, what is used and what to do", () => {
    expect(overStored(granted, { images: 3, bytes: 3 }, 1)).toMatchObject({
      status: 403,
      code: "storage-limit-reached",
      detail: expect.stringMatching(/^3 pictures are stored and 3 are allowed\. Delete/) as string,
      limit: { name: "storedImagesMax", value: 3, used: 3 },
    });
    expect(overStored(granted, { images: 2, bytes: 60 }, 41)).toMatchObject({
      detail: expect.stringMatching(/has 41 bytes and 40 of 100 are left\. Delete/) as string,
      limit: { name: "storedBytesMax", value: 100, used: 60 },
    });
  });

  test("where the plan has become smaller, nothing is left", () => {
    expect(overStored(granted, { images: 1, bytes: 200 }, 1)?.detail).toContain(
      "0 of 100 are left",
    );
  });

  test("every plan has both limits, and none is above the service's own", () => {
    for (const { storedImagesMax, storedBytesMax } of Object.values(plans)) {
      expect(storedImagesMax).toBeLessThanOrEqual(limits.storedImagesMax);
      expect(storedBytesMax).toBeLessThanOrEqual(limits.storedBytesMax);
    }
  });
});

test("a picture counts while it is stored, with its bytes", () => {
  const two = withStored(withStored(nothingStored, 40, 1), 7, 1);
  expect(two).toEqual({ images: 2, bytes: 47 });
  expect(withStored(two, 40, -1)).toEqual({ images: 1, bytes: 7 });
});

describe("a recount", () => {
  const now = 1_000_000_000;
  const certain = { hash: "a", bytes: 1, doubt: null };
  const nothing = { added: [], removed: [], certain: [] };
  const none = new Set<string>();

  test("changes nothing where storage has what is counted", () => {
    expect(recount([certain], [{ hash: "a", bytes: 1 }], none, now)).toEqual(nothing);
  });

  test("adds what is stored alone, and removes what is counted alone", () => {
    const stored = { hash: "b", bytes: 2 };
    const difference = { added: [stored], removed: [certain], certain: [] };
    expect(recount([certain], [stored], none, now)).toEqual(difference);
  });

  test("leaves what somebody stores or deletes now", () => {
    const stored = { hash: "b", bytes: 2 };
    expect(recount([certain], [stored], new Set(["a", "b"]), now)).toEqual(nothing);
    const doubted = { ...certain, doubt: doubtFrom(now) };
    expect(recount([doubted], [], none, now)).toEqual(nothing);
  });

  test("leaves a doubt that ends no later than one could that a clock ahead began", () => {
    expect(isOver(doubtFrom(now) + limits.clockJitterMillis, now)).toBe(false);
  });

  test.each([
    ["its time has come", 0],
    ["the clock stepped back after it was written", 2 * limits.orphanMillis],
  ])("ends a doubt when %s", (_, ahead) => {
    const doubted = { ...certain, doubt: now + ahead };
    expect(isOver(doubted.doubt, now)).toBe(true);
    expect(recount([doubted], [], none, now).removed).toEqual([doubted]);
    expect(recount([doubted], [{ hash: "a", bytes: 1 }], none, now).certain).toEqual(["a"]);
  });
});
