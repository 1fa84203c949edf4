import { execFileSync } from "node:child_process";

/** Processes of the service whose state lies in `stateDir`, the dead that nobody has buried left out. */
export function serviceProcesses(stateDir: string): string[] {
  const lines = execFileSync("ps", ["-eo", "pgid=,stat=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, stat = "Z"]) => !stat.startsWith("Z"));
  const groups = new Set(lines.filter((words) => words.includes(stateDir)).map(([group]) => group));
  return lines.filter(([group]) => groups.has(group)).map((words) => words.slice(2).join(" "));
}
