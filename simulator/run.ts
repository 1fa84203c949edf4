import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

const usage = `npm run sim -- [--seeds N] [--steps M] [--seed S] …

Runs the whole service in seeded worlds in which things go wrong. Prints JSON; exit code 1 for a violation.

  --seeds N         worlds, 200 by default
  --steps M         steps in which clients and faults act, 500 by default
  --seed S          the first seed, or the only one without --seeds
  --seconds N       begin no further seed after this long
  --scenario NAME   a scripted world
  --without A,B     kinds of faults to leave out
  --until A,B       end with the first seed that violates one of these invariants
  --history         print all that happens
  --threads N       worlds that run at once; a history, or a planted fault, runs on one thread
  --plant N         put known fault N back
  --planted         put every known fault back, one at a time; exit code 1 if one is not found`;

const values = read();

if (values.planted) {
  const { tryAllFaults } = await import("./planted/try-all.ts");
  const tried = await tryAllFaults();
  console.log(JSON.stringify(tried));
  process.exitCode = tried.every(({ found }) => found !== null) ? 0 : 1;
} else {
  if (values.plant !== undefined) {
    const { plant } = await import("./planted/plant.ts");
    orEnd(() => plant(number("plant")));
  }
  // Loaded only now, so that a planted fault is in what is loaded.
  const { profiles } = await import("./orders.ts");
  const { runCampaign } = await import("./campaign.ts");
  const world = { scenario: values.scenario ?? null, without: listed(values.without) };
  orEnd(() => profiles(world));
  const report = await runCampaign({
    ...world,
    seeds: values.seeds === undefined && values.seed !== undefined ? 1 : number("seeds", "200"),
    steps: number("steps", "500"),
    firstSeed: number("seed", "1"),
    secondsMax: values.seconds === undefined ? Infinity : number("seconds"),
    history: values.history,
    until: listed(values.until),
    threads:
      values.history || values.plant !== undefined
        ? 1
        : number("threads", String(availableParallelism())),
  });
  console.log(JSON.stringify(report));
  process.exitCode = report.violations.length === 0 ? 0 : 1;
}

function read() {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = orEnd(() =>
    parseArgs({
      options: {
        ...{ seeds: text, steps: text, seed: text, seconds: text, scenario: text },
        ...{ without: text, history: flag, until: text, plant: text, threads: text },
        ...{ planted: flag, json: flag, help: flag },
      },
    }),
  );
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  return values;
}

/** What `work` returns; its error is about the arguments, and ends the process. */
function orEnd<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (cause) {
    const [fault] = (cause as Error).message.split(". ");
    console.error(`${fault}.\n\n${usage}`);
    process.exit(1);
  }
}

function number(name: "plant" | "seed" | "seeds" | "seconds" | "steps" | "threads", usual = "") {
  const text = values[name] ?? usual;
  return orEnd(() => {
    const value = Number(text);
    if (text !== "" && Number.isSafeInteger(value) && value >= 0) return value;
    throw new Error(`--${name} must be a whole number, not "${text}"`);
  });
}

function listed(text: string | undefined): string[] {
  return text === undefined || text === "" ? [] : text.split(",");
}
