/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

export const code = (text: string): string => `\`${text}\``;

/** 100000 as "100 000". */
export const grouped = (number: number): string =>
  number >= 10_000 ? String(number).replaceAll(/(\d)(?=(\d{3})+$)/g, "$1 ") : String(number);

/** A limit in bytes, in the largest binary unit that makes it whole. */
export function bytes(number: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; number % 1024 === 0 && unit < units.length - 1; unit++) number /= 1024;
  return `${number} ${units[unit]}`;
}

/** A limit in milliseconds, in the largest unit that makes it whole. */
export function duration(millis: number): string {
  const units = [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
  ] as const;
  for (const [size, name] of units) {
    const count = millis / size;
    if (Number.isInteger(count)) return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  return `${millis / 1000} s`;
}
