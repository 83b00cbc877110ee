// Rule: the image is built upon a base that the policy allows: by the name in its FROM line, and by the
// distribution that it is. A base that is not known is unknown, never approved.
import { z } from 'zod';
import type { BaseImage } from '../../lineage/lineage.ts';
import type { Distribution } from '../../sbom/inventory.ts';
import type { PolicyEvidence } from '../evidence.ts';
import { matchesGlob } from '../glob.ts';
import { answerPass, type Rule, type RuleAnswer } from './rule.ts';
import { describeNoBase } from './unknown-lineage.ts';

/** Releases with security support at the end of 2026; rolling ones have no versions. */
const SUPPORTED = [
  { id: 'almalinux', versions: ['8', '9', '10'] },
  { id: 'alpine', versions: ['3.22', '3.23', '3.24'] },
  { id: 'amzn', versions: ['2023'] },
  { id: 'azurelinux', versions: ['3.0'] },
  { id: 'chainguard' },
  { id: 'debian', versions: ['12', '13'] },
  { id: 'ol', versions: ['8', '9', '10'] },
  { id: 'rhel', versions: ['8', '9', '10'] },
  { id: 'rocky', versions: ['8', '9', '10'] },
  { id: 'sles', versions: ['15', '16'] },
  { id: 'ubuntu', versions: ['22.04', '24.04', '26.04'] },
  { id: 'wolfi' },
];

const distribution = z.union(
  [
    z.string().regex(/^[a-z0-9._-]+(?::[A-Za-z0-9._-]+)?$/),
    z.strictObject({ id: z.string().min(1), versions: z.array(z.string().min(1)).min(1).optional() }),
  ],
  'must be ID, ID:VERSION or {id: ID, versions: [VERSION]}, as os-release spells them; quote numbers',
);

const config = z.strictObject({
  allowed_base_images: z
    .array(z.string().min(1))
    .min(1)
    .default(['*'])
    .describe(
      'Patterns of names, as `docker.io/library/node:*-slim`; `*` stands for anything, `/` included.',
    ),
  allowed_distros_only: z
    .boolean()
    .default(true)
    .describe('Whether the distribution must be one of `allowed_distros`.'),
  allowed_distros: z
    .array(distribution)
    .min(1)
    .default(SUPPORTED)
    .describe(
      'Distributions by the ID and VERSION_ID of os-release: `{id: debian, versions: ["12"]}`, `debian:12` or `debian`; `9` is also 9.4.',
    ),
});
type Config = z.output<typeof config>;

/** One half of the answer. */
interface Part {
  readonly outcome: RuleAnswer['outcome'];
  readonly why: string;
}

export const approvedBaseImages: Rule<Config> = Object.freeze({
  id: 'approved-base-images',
  title: () => 'Built upon an approved base image',
  meaning:
    'Fails where the base image’s name matches none of the patterns, or the distribution is not allowed. Unknown where the base, its name, or the distribution is not known.',
  weight: 15,
  config,
  judge,
});

function judge({ lineage, inventory }: PolicyEvidence, given: Config): RuleAnswer {
  const base = lineage?.base;
  const parts = [
    base === undefined
      ? { outcome: 'unknown' as const, why: describeNoBase(lineage) }
      : judgeName(base, given),
    ...(given.allowed_distros_only ? [judgeDistribution(inventory.distribution, given)] : []),
  ];
  const failed = parts.filter(({ outcome }) => outcome === 'fail');
  const unclear = parts.filter(({ outcome }) => outcome === 'unknown');
  // What is wrong first, then what is not known, then what is right.
  const reasons = [...failed, ...unclear, ...parts.filter(({ outcome }) => outcome === 'pass')].map(
    ({ why }) => why,
  );
  const unjudged = unclear.length;
  if (failed.length > 0)
    return { outcome: 'fail', label: 'Base not approved', reasons, excess: failed.length, unjudged };
  if (unjudged > 0) return { outcome: 'unknown', label: 'Base not known', reasons, excess: 0, unjudged };
  return answerPass('Base approved', ...reasons);
}

function judgeName(base: BaseImage, { allowed_base_images: patterns }: Config): Part {
  const names = [...(base.reference === undefined ? [] : [base.reference]), ...base.aliases];
  const found = patterns.find(
    (pattern) =>
      pattern === '*' ||
      names.some((name) => matchesGlob(name, pattern) || matchesGlob(withoutDigest(name), pattern)),
  );
  const name = names[0] ?? base.digest ?? 'an image without a name';
  const surely = base.confidence === 'certain' ? '' : ` (${base.why.replace(/\.$/, '')})`;
  if (found !== undefined) return { outcome: 'pass', why: `${name}${surely} matches ${found}.` };
  if (names.length === 0)
    return { outcome: 'unknown', why: `The base ${name} has no name to compare with the patterns.` };
  return { outcome: 'fail', why: `${name}${surely} matches none of ${describeList(patterns)}.` };
}

function judgeDistribution(own: Distribution | undefined, { allowed_distros: allowed }: Config): Part {
  if (own === undefined)
    return { outcome: 'unknown', why: 'The image does not say which distribution it is.' };
  const name = own.prettyName ?? `${own.id} ${own.versionId ?? ''}`.trim();
  const rows = allowed.map(readDistribution).filter(({ id }) => id === own.id);
  if (
    rows.some(({ versions }) => versions === undefined || versions.some((version) => isRelease(own, version)))
  )
    return { outcome: 'pass', why: `${name} is an allowed distribution.` };
  if (rows.length > 0 && own.versionId === undefined)
    return { outcome: 'unknown', why: `${name} does not say which release it is.` };
  const why = rows.length === 0 ? 'is not an allowed distribution' : 'is not an allowed release';
  return { outcome: 'fail', why: `${name} ${why}.` };
}

function readDistribution(given: Config['allowed_distros'][number]): {
  id: string;
  versions?: readonly string[] | undefined;
} {
  if (typeof given !== 'string') return given;
  const [id = '', version] = given.split(':');
  return version === undefined ? { id } : { id, versions: [version] };
}

/** `9` is 9.4 too, `3.2` is not 3.22. */
function isRelease({ versionId = '' }: Distribution, version: string): boolean {
  return versionId === version || versionId.startsWith(`${version}.`);
}

function withoutDigest(name: string): string {
  return name.split('@')[0] as string;
}

function describeList(patterns: readonly string[]): string {
  const rest = patterns.length - 3;
  return `${patterns.slice(0, 3).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
