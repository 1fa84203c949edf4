import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "./local/local-service.ts";

/** Runs a tool of `node_modules` on this project; resolves with its output; rejects with its output on failure. */
export function runTool(name: string, ...parameters: string[]): Promise<string> {
  const tools = join(root, "node_modules/.bin");
  return new Promise((resolve, reject) => {
    const child = spawn(join(tools, name), parameters, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        // The project's own Node comes first, as it does inside `npm run`.
        PATH: `${tools}${delimiter}${process.env["PATH"] ?? ""}`,
        WRANGLER_SEND_METRICS: "false",
        REDOCLY_TELEMETRY: "off",
        REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
        WRANGLER_HIDE_BANNER: "true",
      },
    });
    let output = "";
    const collect = (text: Buffer) => {
      output += text.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(output.trim() || `${name} ended with ${code}`)),
    );
  });
}
