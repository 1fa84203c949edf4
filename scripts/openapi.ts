import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openApiDocument } from "../workers/api/openapi.ts";
import { routes } from "../workers/api/routes/route-table.ts";
import { runTool } from "./run-tool.ts";
import { readArguments } from "./terminal.ts";

const usage = `npm run -s openapi [-- --lint]

Prints the OpenAPI document.

  --lint   check it by the rules in redocly.yaml instead`;

const { values } = readArguments(usage, { options: { lint: { type: "boolean", default: false } } });
const document = JSON.stringify(openApiDocument(routes), null, 2);

if (values.lint) await lint();
else console.log(document);

async function lint(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "minilab-openapi-"));
  const file = join(scratch, "openapi.json");
  writeFileSync(file, document);
  try {
    await runTool("redocly", "lint", file, "--config", "redocly.yaml");
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : cause);
    process.exitCode = 1;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
