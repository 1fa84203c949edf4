/**
 * `npm run sim -- --seeds N --steps M [--seed S] [--scenario NAME] [--json]`: the whole service in seeded
 * worlds in which things go wrong. JSON on stdout; exit code 1 on a violation.
 * `npm run sim -- --planted [--json]`: whether known faults, put back one at a time, are found.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    steps: { type: "string", default: "500" },
    /** The first seed, or the only one when `--seeds` is not given. */
    seed: { type: "string" },
    /** Seconds after which no further seed begins. */
    seconds: { type: "string", default: "Infinity" },
    scenario: { type: "string" },
    /** Kinds of faults to leave out, by name, with commas between. */
    without: { type: "string", default: "" },
    history: { type: "boolean", default: false },
    /** Ends with the first seed that violates one of these, with commas between. */
    until: { type: "string", default: "" },
    plant: { type: "string" },
    /** Worlds that run at once. A history is printed, and a fault planted, on one thread. */
    threads: { type: "string", default: String(availableParallelism()) },
    planted: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

if (values.planted) {
  const { tryAllFaults } = await import("./planted/try-all.ts");
  const tried = await tryAllFaults();
  console.log(JSON.stringify(tried));
  process.exitCode = tried.every(({ found }) => found !== null) ? 0 : 1;
} else {
  if (values.plant !== undefined) {
    const { plant } = await import("./planted/plant.ts");
    plant(Number(values.plant));
  }
  // Loaded only now, so that a planted fault is in what is loaded.
  const { runCampaign } = await import("./campaign.ts");
  const report = await runCampaign({
    seeds:
      values.seed !== undefined && !process.argv.includes("--seeds") ? 1 : Number(values.seeds),
    steps: Number(values.steps),
    firstSeed: Number(values.seed ?? 1),
    secondsMax: Number(values.seconds),
    scenario: values.scenario ?? null,
    without: values.without === "" ? [] : values.without.split(","),
    history: values.history,
    until: values.until === "" ? [] : values.until.split(","),
    threads: values.history || values.plant !== undefined ? 1 : Number(values.threads),
  });
  console.log(JSON.stringify(report));
  process.exitCode = report.violations.length === 0 ? 0 : 1;
}
