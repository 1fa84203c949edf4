import { expect, test } from "vitest";
import { simulate } from "../../simulator/simulate.ts";
import { drawProfile } from "../../simulator/world/profile.ts";

const seeds = 15;
/** Another part of the space of histories every time; a failure names its seed. */
const base = Math.floor(Math.random() * 1e9);

test(
  `${seeds} fresh histories from seed ${base} violate nothing`,
  { timeout: 120_000 },
  async () => {
    const violations: string[] = [];
    let jobs = 0;
    for (let seed = base; seed < base + seeds; seed++) {
      const outcome = await simulate(seed, 500, drawProfile(seed));
      jobs += outcome.jobs;
      for (const { invariant, at, detail } of outcome.violations) {
        violations.push(`npm run sim -- --seed ${seed}: ${invariant} at step ${at}: ${detail}`);
      }
    }
    expect(violations).toEqual([]);
    expect(jobs).toBeGreaterThan(seeds);
  },
);
