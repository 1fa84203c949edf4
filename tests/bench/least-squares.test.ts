import fc from "fast-check";
import { expect, test } from "vitest";
import { fitPrices } from "../../bench/calibrate/least-squares.ts";

const names = ["decode", "resize", "encode"] as const;
const amounts = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)), {
  minLength: 12,
  maxLength: 40,
});
const prices = fc.tuple(...names.map(() => fc.integer({ min: 1, max: 100 })));

const observation = (row: readonly number[], price: readonly number[]) => ({
  quantities: new Map(names.map((name, index) => [name, row[index] ?? 0])),
  total: row.reduce((sum, amount, index) => sum + amount * (price[index] ?? 0), 0),
});

test("prices that explain everything are found", () => {
  fc.assert(
    fc.property(amounts, prices, (rows, price) => {
      // Each quantity also stands alone, so that the prices are determined.
      const alone = names.map((_, index) => names.map((_, other) => (index === other ? 1 : 0)));
      const observations = [
        ...alone,
        ...rows.filter((row) => row.some((amount) => amount > 0)),
      ].map((row) => observation(row, price));
      const fitted = fitPrices(observations);
      for (const { quantities, total } of observations) {
        const sum = [...quantities].reduce((s, [name, n]) => s + n * (fitted.get(name) ?? 0), 0);
        expect(sum / total).toBeCloseTo(1, 2);
      }
    }),
    { numRuns: 20 },
  );
});

test("no price is below nothing", () => {
  const fitted = fitPrices([
    {
      quantities: new Map([
        ["a", 1],
        ["b", 1],
      ]),
      total: 5,
    },
    { quantities: new Map([["a", 1]]), total: 10 },
    { quantities: new Map([["a", 2]]), total: 20 },
    { quantities: new Map([["a", 3]]), total: 30 },
  ]);
  expect(fitted.get("b")).toBe(0);
  expect(fitted.get("a")).toBeCloseTo(10, 0);
});

test("a picture that is far off does not pull the price of the others", () => {
  const usual = Array.from({ length: 20 }, () => ({ quantities: new Map([["a", 1]]), total: 10 }));
  const fitted = fitPrices([...usual, { quantities: new Map([["a", 1]]), total: 40 }]);
  expect(fitted.get("a")).toBeCloseTo(10, 0);
});
