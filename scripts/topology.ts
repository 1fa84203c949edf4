import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { topologyFaults } from "../core/fleet/topology.ts";
import { topology } from "../topology.ts";
import { runCommand } from "./command.ts";
import { resourceCommands } from "./fleet/resource-commands.ts";
import { wranglerFiles } from "./fleet/wrangler-files.ts";
import { root } from "./local/local-service.ts";
import { readArguments, say } from "./terminal.ts";

const usage = `npm run topology [-- --check | --resources]

Writes every wrangler.toml from topology.ts.

  --check       write nothing, name the files that differ, exit code 1 if there are any
  --resources   print the commands that create the queues, buckets and the KV namespace`;

await runCommand(async () => {
  const { values } = readArguments(usage, {
    options: {
      check: { type: "boolean", default: false },
      resources: { type: "boolean", default: false },
    },
  });
  const faults = topologyFaults(topology);
  for (const fault of faults) say(`topology.ts: ${fault}`);
  if (faults.length > 0) return 1;

  if (values.resources) {
    console.log(resourceCommands(topology).join("\n"));
    return 0;
  }
  const differing = [...wranglerFiles(topology)].filter(
    ([path, text]) => readFileSync(join(root, path), "utf8") !== text,
  );
  if (differing.length === 0) {
    say("Every wrangler.toml says what topology.ts says.");
    return 0;
  }
  for (const [path, text] of differing) {
    if (!values.check) writeFileSync(join(root, path), text);
    say(values.check ? `${path} differs from topology.ts. Run: npm run topology` : `Wrote ${path}`);
  }
  return values.check ? 1 : 0;
});
