import { beforeEach, describe, expect, test, vi } from "vitest";
import { headText, type SignedHead } from "../../../../core/books/transparency.ts";
import { limits } from "../../../../core/limits.ts";
import { HourHeads, pageOf } from "../../../../workers/billing/witness/hour-heads.ts";
import { logHour } from "../../../../workers/billing/witness/log-hour.ts";
import { hour, utc } from "../../../core/billing/usage-samples.ts";
import { LogWorld, pending } from "./log-world.ts";

const start = utc("2026-11-20T10:15:00.000Z");
const signed = { key: "k-1", signature: "s_1" };
const headOf = (ledger: string, at = start): SignedHead => ({
  ...{ ledger, number: 12, hash: "a".repeat(64), events: 34, at },
  ...signed,
});

let world: LogWorld;
beforeEach(() => {
  world = new LogWorld();
});

const pendingIn = async (name: string) => (await world.witnessStore.pendingPage(name, null)).heads;
const put = (key: string) => world.bucket.put(`${pending}${key}`, "{}");

describe("heads that wait", () => {
  test("are read from their keys as they were signed", async () => {
    const heads = ["tnt_a/local/0", "tnt_b/far/12"].map((ledger) => headOf(ledger));
    for (const head of heads) await world.witnessStore.putPending(head);
    expect((await pendingIn("2026-11-20T10")).map(({ head }) => head)).toEqual(heads);
  });

  test("are none where a key says more, less or another hour than it should", async () => {
    const { ledger, number, hash, events, at, key, signature } = headOf("tnt_a/local/0");
    const rest = `${number}/${hash}/${events}/${at}/${key}/${signature}`;
    for (const name of [
      ...[`2026-11-20T10/more/${ledger}/${rest}`, `2026-11-20T10/${ledger}/${rest}/more`],
      ...[`2026-11-20T09/${ledger}/${rest}`, `2026-11-20T10/${ledger}/0${rest}`],
      ...[`2026-11-20T10/${ledger}/${rest.replace(String(at), "9".repeat(16))}`],
    ]) {
      await put(name);
    }
    expect([await pendingIn("2026-11-20T10"), await pendingIn("2026-11-20T09")]).toEqual([[], []]);
    expect(await world.witnessStore.oldestPendingAt()).toBeNull();
  });

  test("have waited since the oldest of them was signed", async () => {
    for (const at of [start + 2, start + 1, start + 3]) {
      await world.witnessStore.putPending(headOf(`tnt_${start + 9 - at}/local/0`, at));
    }
    expect(await world.witnessStore.oldestPendingAt()).toBe(start + 1);
  });

  test("are taken from the oldest hours that are over, so many of them", async () => {
    for (const after of [0, 1, 2]) {
      await world.witnessStore.putPending(headOf("tnt_a/local/0", start + after * hour));
    }
    const hours = (moment: number, hoursMax: number) =>
      world.witnessStore.pendingHours(moment, hoursMax);
    expect(await hours(start, 9)).toEqual([]);
    expect(await hours(start + hour, 9)).toEqual(["2026-11-20T10"]);
    expect(await hours(start + 9 * hour, 2)).toEqual(["2026-11-20T10", "2026-11-20T11"]);
  });

  test("are looked for past keys that are none of an hour's, though not past any number of them", async () => {
    const { witnessStore, bucket } = world;
    for (const number of [1, 2, 3]) await put(`1-none-${number}`);
    await put("x2026-11-20T09/none");
    await witnessStore.putPending(headOf("tnt_a/local/0"));
    expect(await witnessStore.pendingHours(start + hour, 2)).toEqual(["2026-11-20T10"]);
    for (const number of [4, 5, 6, 7, 8, 9]) await put(`1-none-${number}`);
    bucket.lists = 0;
    expect(await witnessStore.pendingHours(start + hour, 2)).toEqual([]);
    expect(bucket.lists).toBe(4 * 2);
  });

  test("are logged in the order of their ledgers, whenever they were signed and however many a list has", async () => {
    for (const names of ["def", "abc"]) {
      for (const name of names) {
        const { key: _, signature: __, ...head } = headOf(`tnt_${name}/local/0`, world.clock);
        const own = await world.witness.sign(headText(head));
        await world.witnessStore.putPending({ ...head, ...own });
      }
      world.clock += hour;
    }
    world.bucket.pageSize = 2;
    expect(await logHour(world)).toBe(6);
    const heads = await world.witnessStore.hourHeads("2026-11-20T11");
    const logged: string[] = [];
    for await (const page of heads?.eachPage() ?? [])
      logged.push(...page.map(({ ledger }) => ledger));
    expect(logged).toEqual(Array.from("abcdef", (name) => `tnt_${name}/local/0`));
  });
});

test("what was logged is deleted, and nothing else, in calls that the platform takes", async () => {
  const deleted = vi.spyOn(world.bucket, "delete");
  await world.sign(2);
  const waiting = (await pendingIn("2026-11-20T10")).map(({ key }) => key);
  world.clock += hour;
  await logHour(world);
  expect(deleted.mock.calls).toEqual([[waiting]]);
  deleted.mockClear();
  const many = Array.from({ length: 2 * limits.deleteKeysMax }, (_, key) => String(key));
  await world.witnessStore.forgetPending(many);
  expect(deleted.mock.calls.map(([keys]) => keys.length)).toEqual(
    Array<number>(2).fill(limits.deleteKeysMax),
  );
});

test("an hour in which nothing was signed is not logged, nor one in which all that waits is forged", async () => {
  const errors = vi.spyOn(console, "error").mockReturnValue();
  await world.witnessStore.putPending(headOf("tnt_a/local/0"));
  world.clock += hour;
  expect(await logHour(world)).toBe(0);
  expect(errors).toHaveBeenCalledOnce();
  expect([...world.bucket.objects.keys()]).toEqual([]);
  errors.mockRestore();
});

test("a page that a run left behind goes when its hour is logged", async () => {
  await world.witnessStore.putPage("2026-11-20T10", 0, [headOf("tnt_a/local/0")]);
  await world.sign(1);
  world.clock += hour;
  await logHour(world);
  const names = [...world.bucket.objects.keys()].filter((key) => key.startsWith("witness/hours/"));
  expect(names).toEqual(["witness/hours/2026-11-20T10.json"]);
});

test("to prove a tenant's heads no pages are read but those that may have them", async () => {
  const pages = ["a", "b", "c"].map((name) => [headOf(`tnt_${name}/local/0`)]);
  const readFor = async (tenant: string) => {
    const read: number[] = [];
    const hourHeads = new HourHeads(
      { v: 2, hour: "2026-11-20T10", pages: pages.map(pageOf) },
      async (_, number) => {
        read.push(number);
        return pages[number] ?? [];
      },
    );
    const proven = await hourHeads.prove(tenant);
    expect(proven.map(({ head }) => head.ledger)).toEqual([`${tenant}/local/0`]);
    return read;
  };
  // The page before may end with the tenant's first ones.
  expect(await readFor("tnt_a")).toEqual([0]);
  expect(await readFor("tnt_b")).toEqual([0, 1]);
  expect(await readFor("tnt_c")).toEqual([1, 2]);
});
