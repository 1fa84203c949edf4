import { constants } from "node:os";
import { stopServices } from "./local/local-service.ts";
import { paint, say } from "./terminal.ts";

/**
 * Runs one of the project's commands: `work` returns the exit code. An error prints its
 * message; Ctrl-C and `kill` stop every service in order before the process ends.
 */
export async function runCommand(work: () => Promise<number>): Promise<void> {
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, async () => {
      // Ctrl-C reaches this process twice, from the terminal and through npm. Stopping takes
      // seconds at most, so every signal after the first is ignored.
      if (interrupted) return;
      interrupted = true;
      await stopServices();
      process.exit(process.exitCode ?? 128 + constants.signals[signal]);
    });
  }
  try {
    const code = await work();
    if (!interrupted) process.exit(code);
  } catch (error) {
    if (interrupted) return;
    say(paint("red", error instanceof Error ? error.message : String(error)));
    await stopServices();
    process.exit(1);
  }
}
