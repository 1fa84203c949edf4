import { beforeEach, describe, expect, test, vi } from "vitest";
import { bytesOfHex } from "../../../../core/books/hex.ts";
import { isConsistent, isIncluded, type Hash } from "../../../../core/books/merkle.ts";
import { signatureFault } from "../../../../core/books/signature.ts";
import {
  headLeaf,
  headText,
  hourText,
  linkLeaf,
  monthLeaves,
  treeState,
  type SignedHead,
} from "../../../../core/books/transparency.ts";
import type { Statement } from "../../../../core/billing/statement.ts";
import { firstPrevious, sealSegment, segmentKey } from "../../../../core/ledger/segment.ts";
import { HOUR, MINUTE } from "../../../../core/magnitudes.ts";
import { withNewKey } from "../../../../scripts/books/witness-keys.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { KeyRing } from "../../../../core/books/key-ring.ts";
import { logHour } from "../../../../workers/billing/witness/log-hour.ts";
import { proveHeads, proveHour } from "../../../../workers/billing/witness/prove.ts";
import { doneAt, hour } from "../../../core/billing/usage-samples.ts";
import { MemoryWorld } from "../memory-books.ts";
import { witnessKeys } from "../witness-keys.ts";
import {
  headKey,
  ledger,
  logOf,
  start,
  tenant,
  tenants,
  workAnHour,
  worldAfter,
} from "./witness-world.ts";

const checkpointKey = `rollups/${ledger}/checkpoint.json`;
const november = `statements/${tenant}/2026-11.json`;

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

const bytes = (text: string): Hash => bytesOfHex(text) ?? new Uint8Array();
const tree = ({ size, root }: { size: number; root: string }) => ({ size, root: bytes(root) });

async function headsOf(world: MemoryWorld, hourName: string): Promise<SignedHead[]> {
  const heads = await world.witnessStore.hourHeads(hourName);
  const found: SignedHead[] = [];
  for await (const page of heads?.eachPage() ?? []) found.push(...page);
  return found;
}

describe("the witness", () => {
  test("signs how far it read each chain, with a key that anybody can check", async () => {
    const world = await worldAfter(2);
    const head = world.bucket.json<SignedHead>(headKey);
    expect(head).toMatchObject({ ledger, number: 2, events: 2, at: start + hour });
    const { publicKeys } = world.witness;
    expect(JSON.stringify(publicKeys)).not.toContain(witnessKeys.keys[0]?.d);
    expect(await signatureFault(publicKeys, headText(head), head, head.at)).toBeNull();
    const other = headText({ ...head, events: 3 });
    expect(await signatureFault(publicKeys, other, head, head.at)).toBe("bad-signature");
  });

  test("logs each hour's heads under one signed root, once", async () => {
    const world = await worldAfter(3);
    const log = logOf(world, "2026-11");
    expect(log.hours.map((each) => [each.hour, each.heads, each.size])).toEqual([
      ["2026-11-30T20", 3, 2],
      ["2026-11-30T21", 3, 3],
      ["2026-11-30T22", 3, 4],
    ]);
    for (const logged of log.hours) {
      const leaves = monthLeaves(log.previous, log.hours.slice(0, logged.size - 1));
      expect(treeState(leaves)).toEqual({ size: logged.size, root: logged.root });
      expect(await world.witness.faultOf(hourText(logged), logged, logged.at)).toBeNull();
    }
    expect([...world.bucket.objects.keys()].filter((key) => key.includes("/pending/"))).toEqual([]);
    expect(await logHour(world)).toBe(0);
    expect(logOf(world, "2026-11")).toEqual(log);
  });

  test("begins each month's tree with the last root of the month before", async () => {
    const world = await worldAfter(6);
    const [before, after] = [logOf(world, "2026-11"), logOf(world, "2026-12")];
    const { hour: last, size, root } = before.hours.at(-1) ?? {};
    expect(after.previous).toEqual({ hour: last, size, root });
    expect(after.hours.map((each) => each.hour)).toEqual(["2026-12-01T00", "2026-12-01T01"]);
  });

  test("proves a head, the link to the month before, and that the log only grew", async () => {
    const world = await worldAfter(6);
    const log = logOf(world, "2026-12");
    const proven = await proveHour(world.witnessStore, "2026-12-01T01", "2026-12-01T00");
    if (!proven?.consistency) throw new Error("the hours were logged");
    const { logged, link, consistency } = proven;
    const linked = linkLeaf(log.previous);
    expect(isIncluded(linked, 0, 3, link.proof.map(bytes), bytes(logged.root))).toBe(true);
    const older = log.hours[0];
    if (!older) throw new Error("two hours were logged");
    expect(isConsistent(tree(older), tree(logged), consistency.proof.map(bytes))).toBe(true);

    const [own, ...others] = await proveHeads(world.witnessStore, tenant, logged.hour);
    if (!own) throw new Error("the head was logged");
    expect(others).toEqual([]);
    const proof = own.proof.map(bytes);
    const root = bytes(logged.headsRoot);
    expect(isIncluded(headLeaf(own.head), own.index, logged.heads, proof, root)).toBe(true);
    const forged = headLeaf({ ...own.head, number: 9 });
    expect(isIncluded(forged, own.index, logged.heads, proof, root)).toBe(false);
    expect(await proveHour(world.witnessStore, "2026-12-01T05", null)).toBeNull();
    expect(await proveHour(world.witnessStore, "2026-12-01T01", "2026-12-01T05")).toBeNull();
  });

  test.each([0, 1, 2, 3, 4, 5, 6])(
    "loses no head when it dies after %i writes, whether rolling up or logging",
    async (putsLeft) => {
      const world = new MemoryWorld([tenant], start);
      world.ledgerOf(tenant).settle(doneAt(start, 1));
      world.bucket.putsLeft = putsLeft;
      await rollUpNext(world, { preview: true }).catch(() => null);
      world.clock += hour;
      await logHour(world).catch(() => null);
      world.bucket.putsLeft = Infinity;
      await rollUpNext(world, { preview: true });
      world.clock += hour;
      await Promise.all([logHour(world), logHour(world)]);
      const logged = logOf(world, "2026-11").hours.map((each) => each.hour);
      const heads = await Promise.all(logged.map((each) => headsOf(world, each)));
      expect(heads.flat().some((head) => head.number === 1)).toBe(true);
    },
  );
});

describe("a dishonest ledger is found, although it seals its chain perfectly", () => {
  /** Seals the whole chain again with other units. The books have forgotten what they read. */
  async function resealed(segments: number): Promise<MemoryWorld> {
    const world = await worldAfter(3);
    let previous = firstPrevious;
    for (let number = 1; number <= segments; number++) {
      const events = [{ ...doneAt(start + (number - 1) * hour, number), computeUnits: 1 }];
      const content = { ledger, number, previous, sealedAt: start + number * hour, events };
      const sealed = sealSegment(content);
      world.bucket.objects.set(segmentKey(ledger, number), sealed.bytes);
      previous = sealed.hash;
    }
    const watermark = { segments, hash: previous, sealedThrough: world.clock };
    const honest = world.seal.bind(world);
    world.seal = async (name) => (name === ledger ? watermark : honest(name));
    world.bucket.objects.delete(checkpointKey);
    return world;
  }

  test.each([
    ["rewritten", 3, "other-than-witnessed", 3],
    ["forked and grown", 4, "other-than-witnessed", 3],
    ["shortened", 2, "ledger-is-behind", 2],
  ])("%s, although the books lost their checkpoint", async (_, segments, reason, segment) => {
    const world = await resealed(segments);
    await rollUpNext(world, { preview: false });
    expect(errors).toHaveBeenCalledExactlyOnceWith({
      event: "ledger-chain-broken",
      ledger,
      segment,
      reason,
    });
    expect(world.bucket.json<Statement>(november)).toMatchObject({
      status: "open",
      late: [{ ledger, reason: "not-trusted" }],
    });
    expect(world.bucket.json<SignedHead>(headKey)).toMatchObject({ number: 3 });
  });

  test("when it puts a head of its own in the place of the witness's", async () => {
    const world = await worldAfter(2);
    const head = world.bucket.json<SignedHead>(headKey);
    const forged = JSON.stringify({ ...head, hash: "0".repeat(64) });
    world.bucket.objects.set(headKey, new TextEncoder().encode(forged));
    await rollUpNext(world, { preview: true });
    expect(errors).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ reason: "head-not-ours", ledger }),
    );
  });

  test("when it puts another ledger's head there, although the witness did sign that", async () => {
    const world = await worldAfter(2);
    const other = world.bucket.objects.get("witness/heads/tnt_b/local/0.json");
    world.bucket.objects.set(headKey, other ?? new Uint8Array());
    await rollUpNext(world, { preview: true });
    expect(errors).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ reason: "head-not-ours", ledger }),
    );
  });

  test("when it lets a head wait that nobody signed: it is reported, and not logged", async () => {
    const world = new MemoryWorld(tenants, start);
    const head = { ledger, number: 7, hash: "7".repeat(64), events: 7, at: start };
    await world.witnessStore.putPending({ ...head, key: "k", signature: "s" });
    await workAnHour(world);
    expect(errors).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ event: "head-not-ours", segment: 7, fault: "unknown-key" }),
    );
    expect(await headsOf(world, "2026-11-30T20")).toHaveLength(3);
    expect(await world.witnessStore.oldestPendingAt()).toBeNull();
  });

  test("when two readers were shown two chains: both heads are logged, and the fork is reported", async () => {
    const world = new MemoryWorld(tenants, start);
    for (const hash of ["1".repeat(64), "2".repeat(64)]) {
      const head = { ledger, number: 1, hash, events: 1, at: start };
      await world.witnessStore.putPending({
        ...head,
        ...(await world.witness.sign(headText(head))),
      });
    }
    world.clock += hour;
    expect(await logHour(world)).toBe(2);
    expect(errors).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ event: "chain-forked", ledger, segment: 1 }),
    );
  });
});

describe("keys", () => {
  test("rotate: the new one signs, and what the old one signed holds up to its end", async () => {
    const old = new KeyRing(JSON.stringify(witnessKeys));
    const rotated = withNewKey(witnessKeys as never, start);
    const ring = new KeyRing(JSON.stringify(rotated));
    expect(rotated.keys[1]).toEqual({
      ...witnessKeys.keys[0],
      d: undefined,
      retired: expect.anything(),
    });
    const signed = await old.sign("a");
    // The old one signs until the new secret is everywhere: for an hour at most.
    expect(await ring.faultOf("a", signed, start + HOUR)).toBeNull();
    expect(await ring.faultOf("a", signed, start + HOUR + 1)).toBe("retired-key");
    expect(await ring.faultOf("b", signed, start)).toBe("bad-signature");
    const now = await ring.sign("a");
    expect(now.key).toBe(rotated.keys[0]?.kid);
    expect(await ring.faultOf("a", now, start + 1)).toBeNull();
    expect(await old.faultOf("a", now, start)).toBe("unknown-key");
    expect(await ring.faultOf("a", { ...now, signature: "" }, start)).toBe("bad-signature");
  });

  test("rotate twice within an hour: each signs up to its own end", async () => {
    const again = start + 30 * MINUTE;
    const twice = withNewKey(withNewKey(witnessKeys as never, start), again);
    const [, second] = twice.keys;
    const rings = [witnessKeys, withNewKey(witnessKeys as never, start), twice].map(
      (keys) => new KeyRing(JSON.stringify(keys)),
    );
    const [first, , last] = rings;
    if (!first || !last) throw new Error("there are three");
    expect(twice.keys.map(({ retired }) => retired && Date.parse(retired))).toEqual([
      undefined,
      again + HOUR,
      start + HOUR,
    ]);
    expect(second?.d).toBeUndefined();
    const [oldest, newest] = [await first.sign("a"), await last.sign("a")];
    expect(await last.faultOf("a", oldest, start + HOUR)).toBeNull();
    expect(await last.faultOf("a", oldest, again + HOUR)).toBe("retired-key");
    expect(await last.faultOf("a", newest, again)).toBeNull();
  });

  test.each([
    undefined,
    "",
    "{}",
    '{"keys":[]}',
    JSON.stringify({ keys: [{ ...witnessKeys.keys[0], d: undefined }] }),
    JSON.stringify({ keys: [{ ...witnessKeys.keys[0], retired: "2026-01-01T00:00:00.000Z" }] }),
    JSON.stringify({ keys: [witnessKeys.keys[0], { ...witnessKeys.keys[0], retired: "then" }] }),
  ])("must be a set of which the first signs, not %s", (secret) => {
    expect(() => new KeyRing(secret)).toThrow(/WITNESS_KEYS/);
  });
});
