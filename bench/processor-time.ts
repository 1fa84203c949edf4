import { readdirSync, readFileSync } from "node:fs";

/**
 * Milliseconds of processor time that the workerd processes of a process group have used, all threads together, by
 * the scheduler's own count (Linux, `/proc`). Undefined elsewhere.
 */
export function workerdMillis(group: number): number | undefined {
  const processes = processesOf(group);
  if (processes.length === 0) return undefined;
  let nanos = 0;
  for (const process of processes) {
    for (const thread of listOf(`/proc/${process}/task`)) {
      nanos += Number(textOf(`/proc/${process}/task/${thread}/schedstat`).split(" ")[0]);
    }
  }
  return nanos / 1e6;
}

/** Bytes of memory that the workerd processes of a process group hold (Linux, `/proc`). Undefined elsewhere. */
export function workerdBytes(group: number): number | undefined {
  const processes = processesOf(group);
  if (processes.length === 0) return undefined;
  const kibibytes = processes.map((process) =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${process}/status`))?.[1] ?? 0),
  );
  return kibibytes.reduce((sum, each) => sum + each, 0) * 1024;
}

/** Milliseconds of processor time that this process has used. */
export function ownMillis(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function processesOf(group: number): readonly string[] {
  return listOf("/proc").filter((name) => {
    // "pid (name) state parent group …"
    const [, command, , , owner] =
      /\((.*)\) (\S) (\d+) (\d+)/.exec(textOf(`/proc/${name}/stat`)) ?? [];
    return command === "workerd" && Number(owner) === group;
  });
}

function listOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Processes and threads end while they are looked at. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "0";
  }
}
