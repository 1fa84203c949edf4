/** One planted fault and what became of it. */
export interface Mutant {
  readonly file: string;
  /** Line of the first changed character, from 1. */
  readonly line: number;
  readonly original: string;
  readonly replacement: string;
  readonly start: number;
  readonly end: number;
  readonly survived: boolean;
}

/** The part we read of a report in the mutation-testing-elements format. */
interface Report {
  readonly files: Readonly<Record<string, { source: string; mutants: readonly Reported[] }>>;
}

interface Reported {
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** All faults that were planted; those left out by configuration are not. */
export function planted(json: string): Mutant[] {
  const { files } = JSON.parse(json) as Report;
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status !== "Ignored")
      .map(({ replacement = "", status, location }) => {
        const start = offset(source, location.start);
        const end = offset(source, location.end);
        const original = source.slice(start, end);
        const survived = status === "Survived" || status === "NoCoverage";
        return { file, line: location.start.line, original, replacement, start, end, survived };
      }),
  );
}

/** Lines and columns of the report start at 1. */
function offset(source: string, { line, column }: Place): number {
  let start = 0;
  for (let passed = 1; passed < line; passed++) start = source.indexOf("\n", start) + 1;
  return start + column - 1;
}
