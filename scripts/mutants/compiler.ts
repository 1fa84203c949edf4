import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../local/local-service.ts";
import type { Mutant } from "./report.ts";

/** Compiles mutants in a copy of the sources, one at a time. */
export class Compiler {
  readonly #copy = mkdtempSync(join(tmpdir(), "minilab-mutants-"));

  constructor() {
    const listed = execFileSync(
      "git",
      ["ls-files", "-co", "--exclude-standard", "*.ts", "*.json"],
      {
        cwd: root,
        encoding: "utf8",
      },
    );
    for (const file of listed.trim().split("\n")) {
      mkdirSync(dirname(join(this.#copy, file)), { recursive: true });
      cpSync(join(root, file), join(this.#copy, file));
    }
    symlinkSync(join(root, "node_modules"), join(this.#copy, "node_modules"));
  }

  /** Whether the project of the mutant's top folder still compiles with it. */
  accepts({ file, start, end, replacement }: Mutant): boolean {
    const path = join(this.#copy, file);
    const source = readFileSync(path, "utf8");
    writeFileSync(path, source.slice(0, start) + replacement + source.slice(end));
    try {
      const project = join(this.#copy, file.split("/")[0] ?? "");
      execFileSync(join(root, "node_modules/.bin/tsc"), ["--project", project], {
        stdio: "ignore",
      });
      return true;
    } catch {
      return false;
    } finally {
      writeFileSync(path, source);
    }
  }

  close(): void {
    rmSync(this.#copy, { recursive: true, force: true });
  }
}
