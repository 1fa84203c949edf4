import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { KeptThread } from "./kept-thread.ts";
import { LikelyFirst } from "./likely-first.ts";

/** The tests that mutants are tried against: `mutants.ts` names them. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  plugins: [
    {
      name: "kept-threads",
      // StrykerJS sets the pool itself, so it is exchanged after that.
      configureVitest({ project }) {
        project.config.pool = "kept-thread";
        project.config.poolRunner = {
          name: "kept-thread",
          createPoolWorker: (options) => new KeptThread(options),
        };
      },
    },
  ],
  test: {
    include: process.env["MUTANTS_TESTS"]?.split(",") ?? [],
    setupFiles: ["tests/environment.ts", "scripts/mutants/inactive.ts"],
    // Histories, headers, damaged files and renditions by the dozen are too slow to try with every fault; and no fault
    // acts in workerd.
    exclude: [
      "**/originals-at-once.test.ts",
      "**/lease-months.test.ts",
      "**/*-histories.test.ts",
      "**/*-properties.test.ts",
      "**/*-renders.test.ts",
      "**/witness/large-hour.test.ts",
      "**/directory/directory.test.ts",
      "**/engine/colour/cmyk-profile.test.ts",
      "**/engine/{alpha-and-background,effects,file-size,formats-and-fits,hostile,look}.test.ts",
      "**/engine/{memory-edge,memory-plan,orientation,quality,refusals,shapes,sources}.test.ts",
    ],
    sequence: { sequencer: LikelyFirst },
    reporters: [{}],
    // Much longer than any test takes: a fault that lets one wait forever is found here, and not by ending the thread.
    testTimeout: 20_000,
  },
});
