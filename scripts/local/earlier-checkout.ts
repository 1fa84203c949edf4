import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { root, temporaryStateDir } from "./local-service.ts";

/**
 * A folder with the Workers of an earlier version, gone again when this process ends. They are built and run with this
 * version's dependencies. Throws when git does not know the commit.
 */
export function earlierCheckout(commit: string): string {
  const folder = join(temporaryStateDir(), "checkout");
  git("worktree", "add", "--quiet", "--detach", folder, commit);
  process.on("exit", () => git("worktree", "remove", "--force", folder));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

const git = (...words: readonly string[]) =>
  execFileSync("git", words, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
