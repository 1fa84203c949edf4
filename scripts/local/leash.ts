/**
 * Runs a command as the head of its own process group and ends the whole group when the process that started
 * it goes away. The starter holds the other end of standard input; the kernel closes it on any death,
 * `kill -9` included, so nothing can outlive its starter.
 *
 * Usage: node leash.ts command argument…  (spawned with `detached: true` and a pipe as stdin)
 */
import { spawn } from "node:child_process";

const [command, ...parameters] = process.argv.slice(2);
if (command === undefined) throw new Error("leash.ts needs a command to run");

const child = spawn(command, parameters, { stdio: ["ignore", "inherit", "inherit"] });
child.on("error", (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));

// A signal to the group reaches the command too, which needs a moment to end in order.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => undefined);

process.stdin.on("close", () => process.kill(-process.pid, "SIGKILL"));
process.stdin.resume();
