import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { faultNamed, faults } from "../../simulator/planted/faults.ts";
import { tryFault } from "../../simulator/planted/try-all.ts";

test("there is a planted fault for each that was met", () => {
  expect(faults.map(({ number }) => number)).toEqual(Array.from({ length: 19 }, (_, i) => i + 1));
});

test.each(faults)("the place of fault $number is in the code, once", ({ edits }) => {
  for (const { file, find } of edits) {
    expect(readFileSync(file, "utf8").split(find), `${file}: ${find}`).toHaveLength(2);
  }
});

/** The quick ones; `npm run sim -- --planted` tries all. */
test.each([4, 5, 11, 14, 16, 17])(
  "planted fault %i is found",
  { timeout: 120_000 },
  async (number) => {
    const { found } = await tryFault(faultNamed(number));
    expect(faultNamed(number).invariants).toContain(found);
  },
);
