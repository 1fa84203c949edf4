import {
  deadBinding,
  jobsBinding,
  picturesBinding,
  queueName,
  soloBinding,
  type QueueRole,
} from "../../core/fleet/bindings.ts";
import type { RegionName, Topology } from "../../core/fleet/topology.ts";

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
export class Parts {
  readonly #topology: Topology;

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** Of every Worker: small, with the maps by which a stack in the log names lines of the source. */
  build(): string {
    return `compatibility_date = "${this.#topology.compatibilityDate}"
minify = true
upload_source_maps = true`;
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

  /**
   * The tail Worker gets its logs. Not on one machine, where it would double the work of every call and be told no
   * processor time.
   */
  tailConsumers(): string {
    const { production, service } = this.#topology;
    return production ? `${lines("[[tail_consumers]]", `service = "${service}-tail"`)}\n` : "";
  }

  /** What every Worker knows of the fleet, and logs. Tables come last in TOML. */
  end(): string {
    const { production, queuesPerTenant, logShare, regions } = this.#topology;
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
      lines(
        "# The platform's own lines have whole URLs, with signatures and names of sources.",
        "[observability.logs]",
        "enabled = true",
        "invocation_logs = false",
        `head_sampling_rate = ${logShare}`,
      ),
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

export function bucket(binding: string, name: string, jurisdiction?: string): string {
  return lines(
    "[[r2_buckets]]",
    `binding = "${binding}"`,
    `bucket_name = "${name}"`,
    jurisdiction && `jurisdiction = "${jurisdiction}"`,
  );
}

export function cpu({ cpuMillisMax }: Topology["workers"]["api"]): string {
  return cpuMillisMax === undefined ? "" : lines("[limits]", `cpu_ms = ${cpuMillisMax}`);
}

/** Lines that are there, each with its break. */
const lines = (...some: (string | false | undefined)[]) =>
  some.flatMap((line) => (line ? [`${line}\n`] : [])).join("");
