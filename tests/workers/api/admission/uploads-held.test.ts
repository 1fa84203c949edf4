import { afterEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { ok, type Result } from "../../../../core/result.ts";
import { Uploads } from "../../../../workers/api/admission/uploads.ts";

const { uploadsMax, uploadsBytesMax, heldBytesMax, headBytesMax } = limits;
const { overlayBytesMax, uploadPartBytes } = limits;
const never = () => new Promise<Result<true, never>>(() => undefined);

/** Whether a body with these fields finds room where another tenant leaves so many bytes free. */
async function fits(fields: Record<string, string>, bytesFree: number): Promise<boolean> {
  const uploads = new Uploads();
  void uploads.holding("tnt_other", uploadsBytesMax - bytesFree, never);
  let isTaken = false;
  void uploads.within("tnt_a", { headers: new Headers(fields) }, () => {
    isTaken = true;
    return never();
  });
  await Promise.resolve();
  return isTaken;
}

const inParts = { "Content-Type": "multipart/form-data; boundary=x" };
const long = String(heldBytesMax + 1);
const formBytes = headBytesMax + overlayBytesMax + uploadPartBytes;

test.each([
  ["all of a short one", { "Content-Length": "500" }, 500],
  [
    "all of a form that is as long as what is held",
    { "Content-Length": String(heldBytesMax), ...inParts },
    heldBytesMax,
  ],
  ["the head of a long one", { "Content-Length": long, "Content-Type": "image/png" }, headBytesMax],
  ["the head of a long one of no type", { "Content-Length": long }, headBytesMax],
  ["head, overlay and a part of a long form", { "Content-Length": long, ...inParts }, formBytes],
])("of a body this is in memory: %s", async (_, fields, bytes) => {
  expect(await fits(fields as Record<string, string>, bytes)).toBe(true);
  expect(await fits(fields as Record<string, string>, bytes - 1)).toBe(false);
});

test("of a body that does not say its length nothing is counted: it is refused before it is read", async () => {
  expect(await fits({}, 0)).toBe(true);
});

test("a tenant may hold as many pictures, and as many bytes, as it leaves free", async () => {
  const byCount = new Uploads();
  const take = async (uploads: Uploads, tenant: string, bytes: number) => {
    let isTaken = false;
    const work = () => {
      isTaken = true;
      return never();
    };
    void uploads.holding(tenant, bytes, work);
    await Promise.resolve();
    return isTaken;
  };
  expect(await take(byCount, "tnt_other", 1)).toBe(true);
  for (let own = 1; own < uploadsMax / 2; own++) await take(byCount, "tnt_a", 1);
  // With this one it holds as many as are left.
  expect(await take(byCount, "tnt_a", 1)).toBe(true);
  expect(await take(byCount, "tnt_a", 1)).toBe(false);

  const byBytes = new Uploads();
  expect(await take(byBytes, "tnt_a", 0.4 * uploadsBytesMax)).toBe(true);
  expect(await take(byBytes, "tnt_a", 0.4 * uploadsBytesMax)).toBe(false);
  expect(await take(byBytes, "tnt_b", 0.6 * uploadsBytesMax)).toBe(true);
  expect(await take(byBytes, "tnt_c", 1)).toBe(false);
});

test("what is taken in makes room, whether it was stored or failed", async () => {
  const uploads = new Uploads();
  const whole = (work: () => Promise<Result<number, never>>) =>
    uploads.holding("tnt_a", uploadsBytesMax, work);
  expect(await whole(async () => ok(1))).toEqual(ok(1));
  await expect(whole(() => Promise.reject(new Error("broke off")))).rejects.toThrow("broke off");
  expect(await whole(async () => ok(2))).toEqual(ok(2));
});

describe("what can wait for room", () => {
  afterEach(() => void vi.useRealTimers());

  const waitingFor = (uploads: Uploads, bytes: number) =>
    uploads.holdingSoon("visitors of tnt_a", bytes, async () => ok("taken in"));

  test("has it when others are through", async () => {
    vi.useFakeTimers();
    const uploads = new Uploads();
    const { promise: through, resolve: end } = Promise.withResolvers<Result<true, never>>();
    void uploads.holding("tnt_other", uploadsBytesMax, () => through);
    const waiting = waitingFor(uploads, 1);
    await vi.advanceTimersByTimeAsync(limits.lineMillisMax / 2);
    end(ok(true));
    await vi.advanceTimersByTimeAsync(limits.roomLookMillis);
    expect(await waiting).toEqual(ok("taken in"));
  });

  test("is a long form, which takes more room than any other body; those are refused at once", async () => {
    vi.useFakeTimers();
    const uploads = new Uploads();
    const { promise: through, resolve: end } = Promise.withResolvers<Result<true, never>>();
    void uploads.holding("tnt_other", uploadsBytesMax, () => through);
    const send = (fields: Record<string, string>) =>
      uploads.within("tnt_a", { headers: new Headers(fields) }, async () => ok("taken in"));
    const form = send({ "Content-Length": long, ...inParts });
    expect((await send({ "Content-Length": long })).ok).toBe(false);
    await vi.advanceTimersByTimeAsync(limits.lineMillisMax / 2);
    end(ok(true));
    await vi.advanceTimersByTimeAsync(limits.roomLookMillis);
    expect(await form).toEqual(ok("taken in"));
  });

  test("has it at once where there is some", async () => {
    vi.useFakeTimers();
    expect(await waitingFor(new Uploads(), uploadsBytesMax)).toEqual(ok("taken in"));
  });

  test("is refused when it has waited for so long as anybody may", async () => {
    vi.useFakeTimers();
    const uploads = new Uploads();
    void uploads.holding("tnt_other", uploadsBytesMax, never);
    let answer: unknown = null;
    const waiting = waitingFor(uploads, 1).then((result) => (answer = result));
    await vi.advanceTimersByTimeAsync(limits.lineMillisMax - 1);
    expect(answer).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toMatchObject({ ok: false, error: { code: "overloaded" } });
  });
});
