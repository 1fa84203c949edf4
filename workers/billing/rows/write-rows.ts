import { readSegment, type Segment } from "../../../core/books/verify/read-segment.ts";
import { rowFiles } from "../../../core/books/verify/row-files.ts";
import type { Checkpoint } from "../../../core/billing/checkpoint.ts";
import { GroupedDays } from "./grouped-days.ts";
import type { Turn } from "../in-turns.ts";
import type { RollUpPorts } from "../ports.ts";
import { ledgersInBooks } from "../tenant-ledgers.ts";

export interface WrittenRows extends Turn {
  /** Everything that the books have read is written. */
  readonly isWhole: boolean;
}

/**
 * Writes what the books have read of a tenant's ledgers as rows for data tools (`core/books/verify/row-files.ts`), and
 * adds it to the usage by key and format, after the statements, which wait for nothing here. How far it came is in each
 * ledger's checkpoint; a segment that is written twice gives the same objects. Never throws: the next run finds what is
 * missing.
 */
export async function writeRows(
  ports: RollUpPorts,
  tenant: string,
  segmentsMax: number,
): Promise<WrittenRows> {
  let segments = 0;
  try {
    let isWhole = true;
    for (const ledger of await ledgersInBooks(ports, tenant)) {
      const { value, version } = await ports.store.checkpoint(ledger);
      if (value === null) continue;
      const { rowsNext = 1, groupsNext = 1, nextSegment } = value;
      const first = Math.min(rowsNext, groupsNext);
      const end = Math.min(nextSegment, first + segmentsMax - segments);
      const days = new GroupedDays(ports.store, tenant);
      for (let number = first; number < end; number++) {
        const segment = await readStored(ports, value, number);
        for (const { name, text } of rowFiles(segment)) {
          await ports.putRows(`rows/${tenant}/${name}.gz`, text);
        }
        await days.add(segment);
      }
      await days.save();
      if (end > first) {
        await ports.store.saveCheckpoint({ ...value, rowsNext: end, groupsNext: end }, version);
      }
      segments += end - first;
      isWhole &&= end === nextSegment;
    }
    return { tenant, segments, unread: !isWhole, isWhole };
  } catch (cause) {
    console.error({ event: "rows-not-written", tenant, cause: String(cause) });
    return { tenant, segments, unread: false, isWhole: false };
  }
}

async function readStored(
  { store }: RollUpPorts,
  { ledger }: Checkpoint,
  number: number,
): Promise<Segment> {
  const bytes = await store.segment(ledger, number);
  const { segment = null } = bytes ? readSegment(bytes) : {};
  if (segment === null) throw new Error(`segment ${number} of ${ledger} cannot be read any more`);
  return segment;
}
