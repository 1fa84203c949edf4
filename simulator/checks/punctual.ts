import type { Statement } from "../../core/billing/statement.ts";
import { monthOf } from "../../core/ledger/usage.ts";
import type { World } from "../world/world.ts";

const hourMillis = 3_600_000;
/** The trigger rings six minutes past, and ten minutes later every closed hour is in its statement. */
const triggeredAtMillis = 6 * 60_000;
const checkedAtMillis = triggeredAtMillis + 10 * 60_000;

/**
 * Looks, once an hour, whether the statements include the hour that has ended: those of all tenants whose
 * ledgers have stored segments in it. The others' have nothing to add.
 */
export function watchPunctuality(world: World): void {
  const { timeline, books } = world;
  const storedAt = new Map<string, number>();
  books.watchPuts((key) => {
    const [prefix, tenant = ""] = key.split("/");
    if (prefix === "segments" && !storedAt.has(tenant)) storedAt.set(tenant, timeline.now);
  });
  const look = () => {
    const hour = timeline.now - checkedAtMillis;
    // The trigger cannot know of what was stored after it.
    const asked = [...storedAt].filter(([, at]) => at < hour + triggeredAtMillis);
    for (const [tenant] of asked) storedAt.delete(tenant);
    expectHour(
      world,
      hour,
      asked.map(([tenant]) => tenant),
    );
    timeline.after(hourMillis, null, look);
  };
  const hour = Math.floor(timeline.now / hourMillis) * hourMillis;
  timeline.after(hour + hourMillis + checkedAtMillis - timeline.now, null, look);
}

function expectHour({ books, record }: World, hour: number, tenants: readonly string[]): void {
  const month = monthOf(hour - 1);
  const late = tenants.filter((tenant) => {
    const object =
      books.objects.get(`final-statements/${tenant}/${month}.json`) ??
      books.objects.get(`statements/${tenant}/${month}.json`);
    if (!object) return true;
    const { through } = JSON.parse(new TextDecoder().decode(object.bytes)) as Statement;
    return Date.parse(through) < hour;
  });
  const through = new Date(hour).toISOString();
  const [active, included] = [tenants.length, tenants.length - late.length];
  if (active > 0) record.hours.push({ through, active, included });
  record.note("punctual", `${included} of ${active} through ${through}`);
  if (late.length > 0) {
    record.violate(
      "each-event-in-one-statement",
      `${late.length} of ${tenants.length} tenants are not through ${through}, ${late[0]} is one`,
    );
  }
}
