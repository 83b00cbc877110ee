// One image as the sentinel sees it: platforms, how they start, when they were made, whether something signs it,
// what its provenance says, its packages where it was scanned. Reads only what the repository itself holds, verified
// and within bounds; what cannot be read is a fact that is not known.
import { parseConfig } from '../../../formats/oci/config.ts';
import type { Descriptor } from '../../../formats/oci/descriptor.ts';
import type { Digest } from '../../../formats/oci/digest.ts';
import { ociErrors } from '../../../formats/oci/errors.ts';
import type { Manifest } from '../../../formats/oci/manifest.ts';
import { manifestKind } from '../../../formats/oci/media-type.ts';
import { formatPlatform, isRunnable, normalPlatform } from '../../../formats/oci/platform.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { limits } from '../../../kit/limits.ts';
import { registryErrors } from '../errors.ts';
import type { Fact, ImageFacts, PlatformFacts } from './facts.ts';
import { findProvenance } from './provenance-view.ts';
import type { RepositoryReader } from './reader.ts';
import { hasSignature } from './signature-view.ts';
import { listUnexpectedSigners } from './signer-view.ts';

/** `manifest` is given where it is not stored yet. Never throws for what is stored, or is not. */
export async function viewImage(
  reader: RepositoryReader,
  digest: Digest,
  manifest?: Manifest,
): Promise<ImageFacts> {
  const root = await known(async () => manifest ?? (await reader.manifest(digest)));
  const isSigned = await hasSignature(reader, digest);
  if ('why' in root) {
    const unexpectedSigners = await listUnexpectedSigners(reader, [digest]);
    const unread = { platforms: root, configs: root, provenance: root, packages: root };
    return { digest, isSigned, unexpectedSigners, ...unread };
  }
  const listed = await known(() => listPlatforms(reader, digest, root.value));
  const configs = 'why' in listed ? listed : { value: listed.value.configs };
  const first = 'why' in listed ? digest : (listed.value.images[0] ?? digest);
  const labels = 'why' in listed ? {} : listed.value.labels;
  const source = root.value.annotations?.[SOURCE] ?? labels[SOURCE];
  return {
    digest,
    platforms: 'why' in listed ? listed : { value: listed.value.platforms },
    configs,
    isSigned,
    unexpectedSigners: await listUnexpectedSigners(reader, [
      digest,
      ...('why' in listed ? [] : listed.value.images),
    ]),
    provenance: await known(() => findProvenance(reader, { digest, root: root.value, image: first })),
    ...(source === undefined ? {} : { statedSource: source.slice(0, limits.uriChars) }),
    packages: await known(() => readPackages(reader, first)),
  };
}

const SOURCE = 'org.opencontainers.image.source';

interface Listed {
  readonly platforms: readonly string[];
  readonly configs: readonly PlatformFacts[];
  /** Image manifests, in their order. */
  readonly images: readonly Digest[];
  readonly labels: Readonly<Record<string, string>>;
}

async function listPlatforms(reader: RepositoryReader, digest: Digest, root: Manifest): Promise<Listed> {
  if (root.kind === 'image') {
    const read = await readConfig(reader, root.config.digest);
    const { platform } = read.facts;
    return { platforms: [platform], configs: [read.facts], images: [digest], labels: read.labels };
  }
  const children = root.manifests.filter(isImageToRun);
  if (children.length > limits.sentinelPlatforms)
    throw ociErrors.manifest_invalid(
      `it has ${children.length} platforms; ${limits.sentinelPlatforms} are looked at`,
    );
  const read = [];
  for (const child of children) {
    const manifest = await reader.manifest(child.digest);
    if (manifest.kind !== 'image') throw ociErrors.manifest_invalid('its index holds another index');
    const config = await readConfig(reader, manifest.config.digest);
    const named = child.platform === undefined ? config.facts.platform : spell(child.platform);
    read.push({ ...config, facts: { ...config.facts, platform: named } });
  }
  return {
    platforms: read.map(({ facts }) => facts.platform),
    configs: read.map(({ facts }) => facts),
    images: children.map((child) => child.digest),
    labels: read[0]?.labels ?? {},
  };
}

function isImageToRun({ mediaType, platform, annotations }: Descriptor): boolean {
  return (
    manifestKind(mediaType) !== undefined &&
    isRunnable(platform) &&
    annotations?.['vnd.docker.reference.type'] === undefined
  );
}

async function readConfig(
  reader: RepositoryReader,
  digest: Digest,
): Promise<{ facts: PlatformFacts; labels: Readonly<Record<string, string>> }> {
  const config = parseConfig(await reader.blob(digest, limits.sentinelConfigBytes));
  const createdAt = config.createdAt === undefined ? Number.NaN : Date.parse(config.createdAt);
  const facts = {
    platform: config.platform === undefined ? 'an unnamed platform' : spell(config.platform),
    entrypoint: config.entrypoint,
    command: config.command,
    user: config.user ?? 'root',
    ...(Number.isFinite(createdAt) ? { createdAt } : {}),
  };
  return { facts, labels: config.labels };
}

function spell(platform: Parameters<typeof normalPlatform>[0]): string {
  return formatPlatform(normalPlatform(platform));
}

/** Of the first platform; known from its scan on. */
async function readPackages({ stores }: RepositoryReader, image: Digest): Promise<ReadonlySet<string>> {
  const { query } = stores.database;
  const scan = await query
    .selectFrom('scan')
    .select('indexed_at')
    .where('digest', '=', image)
    .executeTakeFirst();
  if (scan?.indexed_at == null) throw registryErrors.manifest_unknown('its packages are not scanned yet');
  const rows = await query
    .selectFrom('scan_component')
    .select(['type', 'name'])
    .distinct()
    .where('digest', '=', image)
    .limit(limits.sentinelPackages + 1)
    .execute();
  if (rows.length > limits.sentinelPackages)
    throw registryErrors.manifest_unknown(`it has more than ${limits.sentinelPackages} packages`);
  return new Set(rows.map(({ type, name }) => `${type} ${name}`));
}

/** A coded failure is why it is not known; anything else is a defect. */
async function known<T>(read: () => Promise<T>): Promise<Fact<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return { why: error.message };
  }
}
