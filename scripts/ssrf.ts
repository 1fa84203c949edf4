import { createTestHarness } from "wrangler";
import { runCommand } from "./command.ts";
import { attack, vectors, type AttackReport, type Vector } from "./ssrf/attack.ts";
import { AttackNetwork } from "./ssrf/network.ts";
import type { Outcome } from "./ssrf/victim.ts";
import { paint, readArguments, say, stage } from "./terminal.ts";

const usage = `npm run ssrf [-- --json]

Tries to make the service fetch from addresses that the tenant does not allow. Exit code 1 if one is fetched.`;

await runCommand(ssrf);

async function ssrf(): Promise<number> {
  const { values } = readArguments(usage, {
    options: { json: { type: "boolean", default: false } },
  });
  const { vectors, reached, refused, open } = await attackInWorkerd();
  if (values.json) console.log(JSON.stringify({ vectors, reached, refused }));
  else console.log(`${vectors} vectors: ${refused} refused, ${reached} reached the canary.`);
  for (const name of open) say(paint("red", `Not refused: ${name}`));
  return reached === 0 && refused === vectors ? 0 : 1;
}

async function attackInWorkerd(): Promise<AttackReport> {
  const network = await AttackNetwork.start();
  // No look-up of the visitor's place: nothing leaves the machine.
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
  const main = new URL("ssrf/ssrf-worker.ts", import.meta.url).pathname;
  const config = { name: "ssrf", main, compatibility_date: "2026-10-23" };
  const harness = createTestHarness({ workers: [{ config }] });
  try {
    await stage("Starting the runtime", () => harness.listen());
    // What Workers fetch leaves the runtime through this process's own `fetch`.
    globalThis.fetch = (input, init) => {
      const { url, headers } = new Request(input, init);
      return network.fetch(url, headers);
    };
    const victim = async (batch: readonly Vector[]) => {
      const answer = await harness.fetch("/", { method: "POST", body: JSON.stringify(batch) });
      return (await answer.json()) as readonly Outcome[];
    };
    return await stage(`Trying ${vectors.length} vectors`, () => attack(vectors, network, victim));
  } finally {
    await harness.close();
    network.stop();
  }
}
