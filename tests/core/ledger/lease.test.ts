import { describe, expect, test } from "vitest";
import { limitsOf, type ChosenLimits } from "../../../core/identity/tenant-limits.ts";
import {
  ceilingIn,
  grantLease,
  idleIn,
  needOf,
  noAmounts,
  sumOf,
  type Amounts,
  type Lease,
} from "../../../core/ledger/lease.ts";
import type { Month } from "../../../core/ledger/usage.ts";

const month = "2026-11";
const amounts = (some: Partial<Amounts>): Amounts => ({ ...noAmounts, ...some });

function lease(ceiling: Partial<Amounts>, used: Partial<Amounts> = {}, of: Month = month): Lease {
  return {
    ...{ number: 1, month: of, used: amounts(used), ceiling: amounts(ceiling) },
    ...{ isShort: false, idle: noAmounts },
  };
}

interface Given {
  readonly used?: Partial<Amounts>;
  readonly needed?: Partial<Amounts>;
  readonly before?: Lease | null;
  readonly own?: Partial<Amounts>;
  readonly others?: readonly Lease[];
  readonly shards?: number;
  readonly limits?: ChosenLimits;
}

/** What a shard is granted where a hundred jobs may be in flight and a thousand begin in a month. */
function grant({ used = {}, needed = {}, before = null, own = {}, ...rest }: Given): Lease {
  const { others = [], shards = 1, limits = {} } = rest;
  const tenant = limitsOf("custom", { jobsInFlight: 100, jobsPerMonth: 1000, ...limits });
  const ask = { shard: 1, number: 7, month, used: amounts(used), needed: amounts(needed) } as const;
  return grantLease(ask, tenant, { before, own: amounts(own), others, shards });
}

describe("a shard is granted", () => {
  test.each<[string, Given, number, boolean]>([
    [
      "what it needs and its share of half of what is left",
      { needed: { jobsInFlight: 4 }, shards: 4 },
      4 + 12,
      false,
    ],
    [
      "no more above that than 256 times what it needs",
      { needed: { jobsInFlight: 1 }, limits: { jobsInFlight: 5000 } },
      1 + 256,
      false,
    ],
    [
      "nothing that others hold or the first shard uses itself",
      {
        needed: { jobsInFlight: 10 },
        own: { jobsInFlight: 30 },
        others: [lease({ jobsInFlight: 20 }), lease({ jobsInFlight: 30 })],
      },
      10 + 5,
      false,
    ],
    [
      "all that is left where that is just what it needs",
      { needed: { jobsInFlight: 10 }, own: { jobsInFlight: 90 } },
      10,
      false,
    ],
    [
      "what there is where that is less than it needs",
      { needed: { jobsInFlight: 10 }, own: { jobsInFlight: 95 } },
      5,
      true,
    ],
    [
      "nothing where the limit has become smaller than what is used",
      { needed: { jobsInFlight: 10 }, own: { jobsInFlight: 120 } },
      0,
      true,
    ],
    [
      "no less than it holds",
      {
        ...{ used: { jobsInFlight: 10 }, needed: { jobsInFlight: 5 }, shards: 10 },
        before: lease({ jobsInFlight: 40 }),
      },
      40,
      false,
    ],
    [
      "more than it holds where it needs more",
      {
        ...{ used: { jobsInFlight: 10 }, needed: { jobsInFlight: 35 } },
        before: lease({ jobsInFlight: 40 }),
      },
      45 + 27,
      false,
    ],
    [
      "what it uses, though it holds less and nothing is left",
      {
        ...{ used: { jobsInFlight: 8 }, needed: { jobsInFlight: 2 }, own: { jobsInFlight: 93 } },
        before: lease({ jobsInFlight: 5 }),
      },
      8,
      true,
    ],
    [
      "what it uses where it needs nothing and gives the rest back",
      { used: { jobsInFlight: 10 }, before: lease({ jobsInFlight: 40 }) },
      10,
      false,
    ],
  ])("%s", (_, given, jobsInFlight, isShort) => {
    const granted = grant(given);
    expect(granted.ceiling.jobsInFlight).toBe(jobsInFlight);
    expect(granted.isShort).toBe(isShort);
  });

  test("each limit apart, and is short where there is too little of one", () => {
    const granted = grant({
      used: { computeUnitsPerMonth: 9 },
      needed: { jobsInFlight: 10, jobsPerMonth: 10, computeUnitsPerMonth: 5 },
      own: { jobsInFlight: 95 },
    });
    expect(granted).toEqual({
      ...{ number: 7, month, used: amounts({ computeUnitsPerMonth: 9 }), isShort: true },
      // Of what has no limit it has what it uses.
      ceiling: amounts({ jobsInFlight: 5, jobsPerMonth: 505, computeUnitsPerMonth: 9 }),
      idle: noAmounts,
    });
  });

  test("and told what the others hold and do not use", () => {
    const others = [
      lease({ jobsInFlight: 50 }, { jobsInFlight: 20 }),
      lease({ jobsInFlight: 5 }, { jobsInFlight: 9 }),
    ];
    expect(grant({ others }).idle).toEqual(amounts({ jobsInFlight: 30 }));
    expect(idleIn([], month)).toEqual(noAmounts);
  });
});

describe("when a month ends", () => {
  const october = lease({ jobsInFlight: 40, jobsPerMonth: 500 }, {}, "2026-10");
  const earlier = { month: "2026-10", ceiling: october.ceiling } as const;

  test("jobs in flight stay in flight, the rest begins again, and the old month is kept", () => {
    const granted = grant({ before: october, needed: { jobsInFlight: 1 }, shards: 50 });
    expect(granted.ceiling).toEqual(amounts({ jobsInFlight: 40 }));
    expect(granted.earlier).toEqual(earlier);
  });

  test("what is left of the old month is kept as long as the new one lasts", () => {
    const before = { ...lease({ jobsInFlight: 40 }), earlier };
    expect(grant({ before, needed: { jobsInFlight: 1 } }).earlier).toEqual(earlier);
    expect(grant({ before: lease({}), needed: { jobsInFlight: 1 } })).not.toHaveProperty("earlier");
  });

  test("a shard whose clock steps back goes on with what it has", () => {
    const before = lease({ jobsInFlight: 40 }, {}, "2026-12");
    expect(grant({ before, needed: { jobsInFlight: 1 } })).toEqual({
      ...before,
      ...{ number: 7, isShort: true },
    });
  });

  test("a ceiling is that of its month, and of the month before if that is kept", () => {
    const november = { ...lease({ jobsInFlight: 3, jobsPerMonth: 9 }), earlier };
    expect(ceilingIn(november, "2026-11")).toBe(november.ceiling);
    const inOctober = amounts({ jobsInFlight: 3, jobsPerMonth: 500 });
    expect(ceilingIn(november, "2026-10")).toEqual(inOctober);
    expect(ceilingIn(november, "2026-12")).toEqual(amounts({ jobsInFlight: 3 }));
  });
});

test("amounts add up, and none make nothing", () => {
  const one = amounts({ jobsInFlight: 1, spendMicrosPerMonth: 5 });
  expect(sumOf([one, amounts({ spendMicrosPerMonth: 7 })])).toEqual({
    ...one,
    spendMicrosPerMonth: 12,
  });
  expect(sumOf([])).toEqual(noAmounts);
});

test("a job needs itself, its units and its price", () => {
  const now = Date.UTC(2026, 10, 20, 12);
  expect(needOf({ computeUnits: 50, outputs: 10 }, now)).toEqual({
    ...{ jobsInFlight: 1, jobsPerMonth: 1, computeUnitsPerMonth: 50, spendMicrosPerMonth: 146 },
  });
});
