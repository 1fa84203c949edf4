/** What Prometheus reads from text format 0.0.4, and what promtool's `check metrics` says against it. */
export interface Exposed {
  readonly families: ReadonlyMap<
    string,
    { readonly type: string; readonly samples: ExposedSample[] }
  >;
  readonly faults: readonly string[];
}

export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const sampleLine =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (NaN|[+-]Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/** Every fault in one sentence. Strict: only what this service has reason to write is taken. */
export function lintExposition(text: string): Exposed {
  const faults: string[] = [];
  const families = new Map<string, { type: string; samples: ExposedSample[] }>();
  if (text !== "" && !text.endsWith("\n")) faults.push("the last line has no end");
  let current = "";
  let helped = "";
  for (const line of text.split("\n").slice(0, -1)) {
    const [, help, helpText] = /^# HELP (\S+) (.*)$/.exec(line) ?? [];
    const [, typed, type] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (help !== undefined) {
      helped = help;
      if (helpText === "") faults.push(`${help} has no help text`);
    } else if (typed !== undefined && type !== undefined) {
      if (helped !== typed) faults.push(`${typed} has no HELP before its TYPE`);
      if (families.has(typed)) faults.push(`${typed} is there twice`);
      families.set(typed, { type, samples: [] });
      current = typed;
    } else {
      const [, name, labels = "", value] = sampleLine.exec(line) ?? [];
      if (name === undefined || value === undefined) faults.push(`not a sample: ${line}`);
      else {
        const family = families.get(current);
        if (!family || !belongs(name, current, family.type))
          faults.push(`${name} is not of ${current}`);
        family?.samples.push({ name, labels: labelsOf(labels), value: numberOf(value) });
      }
    }
  }
  for (const [name, family] of families) faults.push(...faultsOf(name, family));
  return { families, faults };
}

function belongs(name: string, family: string, type: string): boolean {
  if (type === "histogram")
    return [`${family}_bucket`, `${family}_sum`, `${family}_count`].includes(name);
  if (type === "summary") return [family, `${family}_sum`, `${family}_count`].includes(name);
  return name === family;
}

const labelsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );

const numberOf = (text: string) => Number(text.replace("Inf", "Infinity"));

/** promtool's rules: client_golang, prometheus/testutil/promlint. */
function faultsOf(name: string, family: { type: string; samples: ExposedSample[] }): string[] {
  const { type, samples } = family;
  const faults: string[] = [];
  const say = (fault: string) => void faults.push(`${name} ${fault}`);
  if (samples.length === 0) say("has no samples");
  if (/[A-Z]/.test(name)) say("is in camelCase");
  if (name.includes(":")) say("has a colon, which is for recorded rules");
  if (type === "counter" && !name.endsWith("_total"))
    say("is a counter and does not end in _total");
  if (type !== "counter" && name.endsWith("_total")) say("ends in _total and is no counter");
  if (/_(bucket|count|sum)$/.test(name)) say("ends like a part of a histogram");
  if (/_(counter|gauge|histogram|summary)(_|$)/.test(name)) say("has its type in its name");
  if (
    /_(ms|millis|milliseconds|minutes|hours|days|kb|mb|kilobytes|kib|mib|s|sec|secs)(_|$)/.test(
      name,
    )
  ) {
    say("is not in a base unit");
  }
  const series = samples.map(({ name: sample, labels }) => `${sample}${JSON.stringify(labels)}`);
  if (new Set(series).size < series.length) say("has a series twice");
  for (const { labels } of samples) {
    if (type !== "histogram" && "le" in labels) say("has the label le");
    if (type !== "summary" && "quantile" in labels) say("has the label quantile");
    for (const label of Object.keys(labels)) if (/[A-Z]/.test(label)) say(`has the label ${label}`);
  }
  if (type === "counter" && samples.some(({ value }) => !(value >= 0))) say("is below zero");
  if (type === "histogram") faults.push(...histogramFaults(name, samples));
  return faults;
}

function histogramFaults(name: string, samples: readonly ExposedSample[]): string[] {
  const faults: string[] = [];
  const bySeries = Map.groupBy(samples, ({ labels }) =>
    JSON.stringify({ ...labels, le: undefined }),
  );
  for (const [series, parts] of bySeries) {
    const buckets = parts.filter((part) => part.name === `${name}_bucket`);
    const ordered = buckets.every((bucket, index) => {
      const before = buckets[index - 1];
      if (!before) return true;
      const le = (sample: ExposedSample) => numberOf(sample.labels["le"] ?? "NaN");
      return le(before) < le(bucket) && before.value <= bucket.value;
    });
    const count = parts.find((part) => part.name === `${name}_count`)?.value;
    const last = buckets.at(-1);
    if (!ordered) faults.push(`${name} ${series} does not grow from bucket to bucket`);
    if (last?.labels["le"] !== "+Inf" || last.value !== count) {
      faults.push(`${name} ${series} does not end with +Inf and its count`);
    }
    if (!parts.some((part) => part.name === `${name}_sum`))
      faults.push(`${name} ${series} has no sum`);
  }
  return faults;
}
