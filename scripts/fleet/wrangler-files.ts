import {
  deadBinding,
  jobsBinding,
  picturesBinding,
  queueName,
  soloBinding,
  type QueueRole,
} from "../../core/fleet/bindings.ts";
import type { RegionName, Topology } from "../../core/fleet/topology.ts";

/** Every `wrangler.toml`, by path from the repository. Each file reads from top to bottom as wrangler wants it. */
export function wranglerFiles(topology: Topology): Map<string, string> {
  const parts = new Parts(topology);
  return new Map([
    ["wrangler.toml", api(topology, parts)],
    ["workers/consumer/wrangler.toml", consumer(topology, parts)],
    ["workers/billing/wrangler.toml", billing(topology, parts)],
    ["durable-objects/wrangler.toml", objects(topology, parts)],
  ]);
}

const head = `# Written by \`npm run topology\` from topology.ts and scripts/fleet/wrangler-files.ts: edit those.`;

const api = ({ service }: Topology, parts: Parts) => `${head}
# The front door: https://developers.cloudflare.com/workers/wrangler/configuration/
name = "${service}-api"
main = "workers/api/index.ts"
${parts.date()}
# Streaming multipart uploads are parsed by a library written for Node streams.
compatibility_flags = ["nodejs_compat"]
minify = true

# Hashed keys and their tenants, cached at every location.
${parts.identity()}
${parts.pictures()}
${parts.object("LEDGER", "TenantLedger")}
${parts.object("DIRECTORY", "Directory")}
[[services]]
binding = "BOOKS"
service = "${service}-billing"
entrypoint = "Books"

# For those who wait: the job is rendered over this binding instead of through the queue.
[[services]]
binding = "EXPRESS"
service = "${service}-consumer"
entrypoint = "Express"

[version_metadata]
binding = "VERSION"
${parts.formats()}
${parts.end()}`;

const consumer = ({ service, workers }: Topology, parts: Parts) => `${head}
# The workshop.
name = "${service}-consumer"
main = "index.ts"
${parts.date()}
# zlib, for PNG.
compatibility_flags = ["nodejs_compat"]
workers_dev = false
${parts.decoders()}
${cpu(workers.consumer)}
${parts.pictures()}
${parts.object("LEDGER", "TenantLedger")}
# Small batches: the platform decides on more consumers only when a batch ends. The ledger counts attempts;
# retries only have to outlast a ledger that cannot be reached.
${parts.consumers("jobs", { batch: 4, retries: 30, delaySeconds: 5 })}
# Jobs that were begun before and not finished, one at a time, so that they take no neighbour with them.
${parts.producers("solo")}
${parts.consumers("solo", { batch: 1, retries: 30, delaySeconds: 5 })}
# Bound as producers too, so that a deploy creates them.
${parts.producers("dead")}
${parts.consumers("dead", { batch: 10, retries: 100, delaySeconds: 60 })}
${parts.end()}`;

const billing = ({ service, books, workers }: Topology, parts: Parts) => `${head}
# The books.
name = "${service}-billing"
main = "index.ts"
${parts.date()}
workers_dev = false

# The witness's keys (docs/deploy.md).
[secrets]
required = ["WITNESS_KEYS"]

# Six minutes after the hour every ledger has told of what it settled in it: it flushes every five. The other
# runs are for whatever was late.
[triggers]
crons = ["6,21,36,51 * * * *"]

${cpu(workers.billing)}
[[workflows]]
name = "${service}-roll-up"
binding = "ROLL_UP"
class_name = "RollUp"

# The auditor looks whether every rendition is there.
${parts.pictures()}
${bucket("BOOKS", books)}
${parts.object("LEDGER", "TenantLedger")}
${parts.object("DIRECTORY", "Directory")}
${parts.object("FIGURES", "RegionFigures")}
${parts.end()}`;

const objects = ({ service, books }: Topology, parts: Parts) => `${head}
# What is remembered. A Worker of its own, so that no deploy of the others resets an object.
name = "${service}-objects"
main = "index.ts"
${parts.date()}
workers_dev = false

[[durable_objects.bindings]]
name = "LEDGER"
class_name = "TenantLedger"

[[durable_objects.bindings]]
name = "DIRECTORY"
class_name = "Directory"

[[durable_objects.bindings]]
name = "FIGURES"
class_name = "RegionFigures"

[exports.TenantLedger]
type = "durable-object"
storage = "sqlite"

[exports.RegionFigures]
type = "durable-object"
storage = "sqlite"

[exports.Directory]
type = "durable-object"
storage = "sqlite"

${parts.identity()}
${parts.pictures()}
${bucket("BOOKS", books)}
${parts.producers("jobs")}
${parts.producers("solo")}
${parts.end()}`;

interface Queue {
  readonly region: RegionName;
  readonly binding: string;
  readonly name: string;
}

interface Consumption {
  readonly batch: number;
  readonly retries: number;
  readonly delaySeconds: number;
}

/** The parts of a configuration that the topology decides. Each ends with a line break. */
class Parts {
  readonly #topology: Topology;

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  date(): string {
    return `compatibility_date = "${this.#topology.compatibilityDate}"`;
  }

  /** Without an id, wrangler finds or makes the namespace by the binding's name. */
  identity(): string {
    const { identityNamespace: id } = this.#topology;
    return lines("[[kv_namespaces]]", `binding = "IDENTITY"`, id && `id = "${id}"`);
  }

  pictures(): string {
    return this.#topology.regions
      .map(({ name, pictures, jurisdiction }) =>
        bucket(picturesBinding(name), pictures, jurisdiction),
      )
      .join("\n");
  }

  object(binding: string, className: string): string {
    return lines(
      "[[durable_objects.bindings]]",
      `name = "${binding}"`,
      `class_name = "${className}"`,
      `script_name = "${this.#topology.service}-objects"`,
    );
  }

  producers(role: QueueRole): string {
    return this.#queues(role)
      .map(({ binding, name }) =>
        lines("[[queues.producers]]", `binding = "${binding}"`, `queue = "${name}"`),
      )
      .join("\n");
  }

  consumers(role: QueueRole, { batch, retries, delaySeconds }: Consumption): string {
    const { service } = this.#topology;
    return this.#queues(role)
      .map(({ name, region }) =>
        lines(
          "[[queues.consumers]]",
          `queue = "${name}"`,
          `max_batch_size = ${batch}`,
          "max_batch_timeout = 0",
          `max_retries = ${retries}`,
          `retry_delay = ${delaySeconds}`,
          role !== "dead" && `dead_letter_queue = "${queueName(service, "dead", region)}"`,
        ),
      )
      .join("\n");
  }

  /** The decoders of optional formats take the place of an empty module. */
  decoders(): string {
    if (!this.#topology.optionalFormats.includes("heic")) return "";
    return `\n${lines("[alias]", `"#heic" = "../../engine/codecs/heic/switched-on.ts"`)}`;
  }

  formats(): string {
    const { optionalFormats } = this.#topology;
    if (optionalFormats.length === 0) return "";
    return `\n${lines("[vars]", `OPTIONAL_FORMATS = "${optionalFormats.join(",")}"`)}`;
  }

  /** What every Worker knows of the fleet, and logs. Tables come last in TOML. */
  end(): string {
    const { production, queuesPerTenant, regions } = this.#topology;
    const fleet = regions.map(({ name, locationHint, jurisdiction, continents, queues }) =>
      lines(
        "[[vars.FLEET.regions]]",
        `name = "${name}"`,
        locationHint && `locationHint = "${locationHint}"`,
        jurisdiction && `jurisdiction = "${jurisdiction}"`,
        `continents = [${continents.map((each) => `"${each}"`).join(", ")}]`,
        `queues = ${queues}`,
      ),
    );
    return [
      lines("[observability]", "enabled = true"),
      lines("[vars.FLEET]", `production = ${production}`, `queuesPerTenant = ${queuesPerTenant}`),
      ...fleet,
    ].join("\n");
  }

  #queues(role: QueueRole): Queue[] {
    const { service, regions } = this.#topology;
    return regions.flatMap(({ name: region, queues }): Queue[] => {
      const only = { region, name: queueName(service, role, region) };
      if (role === "solo") return [{ ...only, binding: soloBinding(region) }];
      if (role === "dead") return [{ ...only, binding: deadBinding(region) }];
      return Array.from({ length: queues }, (_, number) => ({
        region,
        binding: jobsBinding(region, number),
        name: queueName(service, role, region, number),
      }));
    });
  }
}

function bucket(binding: string, name: string, jurisdiction?: string): string {
  return lines(
    "[[r2_buckets]]",
    `binding = "${binding}"`,
    `bucket_name = "${name}"`,
    jurisdiction && `jurisdiction = "${jurisdiction}"`,
  );
}

function cpu({ cpuMillisMax }: Topology["workers"]["api"]): string {
  return cpuMillisMax === undefined ? "" : lines("[limits]", `cpu_ms = ${cpuMillisMax}`);
}

/** Lines that are there, each with its break. */
const lines = (...some: (string | false | undefined)[]) =>
  some.flatMap((line) => (line ? [`${line}\n`] : [])).join("");
