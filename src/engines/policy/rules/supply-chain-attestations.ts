// Rule: the builder left what it is asked for beside the image: provenance, an inventory, or any statement by
// its predicate type. Only statements about this very image count. Nobody's signature is checked, and every
// answer says so: what is claimed is claimed by whoever could write to the registry.
import { z } from 'zod';
import type { Attestation } from '../../attest/attestation.ts';
import type { PolicyEvidence } from '../evidence.ts';
import { answerPass, answerUnknown, type Rule, type RuleAnswer } from './rule.ts';

const WISH = 'must be {type: provenance, mode: max}, {type: sbom} or the address of a predicate type';

const config = z.strictObject({
  required_attestations: z
    .array(
      z.union(
        [
          z.strictObject({ type: z.literal('provenance'), mode: z.enum(['max', 'min']).optional() }),
          z.strictObject({ type: z.literal('sbom') }),
          z.url(WISH),
        ],
        WISH,
      ),
    )
    .min(1)
    .default([{ type: 'provenance', mode: 'max' }, { type: 'sbom' }])
    .describe(
      'What must be there: `{type: provenance, mode: max}`, `{type: sbom}`, or a predicate type such as `https://slsa.dev/provenance/v1`.',
    ),
});
type Config = z.output<typeof config>;
type Wish = Config['required_attestations'][number];

/** What Docker Scout made of statements of any version, under types of its own. */
const SCOUT_TYPES: ReadonlyMap<Wish, Wish> = new Map<Wish, Wish>([
  ['https://scout.docker.com/provenance/v0.1', { type: 'provenance' }],
  ['https://scout.docker.com/sbom/v0.1', { type: 'sbom' }],
]);

const UNSIGNED = 'Signatures are not checked: whoever can push can attach these.';
const PROVENANCE = 'https://slsa.dev/provenance/';
const INVENTORY =
  /^https:\/\/(?:spdx\.dev\/Document|cyclonedx\.org\/bom|scout\.docker\.com\/sbom|in-toto\.io\/attestation\/spdx|in-toto\.io\/attestation\/cyclonedx)(?:\/|$)/;

export const supplyChainAttestations: Rule<Config> = Object.freeze({
  id: 'supply-chain-attestations',
  title: () => 'Provenance and inventory are attached',
  meaning:
    'Fails for each required attestation that is not there; one whose subject is another image does not count. Unknown where nobody looked for attestations, one that may be it could not be read, or a provenance does not say its mode. Signatures are not checked.',
  weight: 15,
  config,
  judge,
});

function judge(
  { attestations, attestationUnknowns: unread = [] }: PolicyEvidence,
  { required_attestations: wishes }: Config,
): RuleAnswer {
  if (attestations === undefined)
    return answerUnknown('Attestations not known', 'Nobody looked for attestations of this image.', UNSIGNED);
  const own = attestations.filter(({ isAboutImage }) => isAboutImage);
  const foreign = attestations.length - own.length;
  const answers = Map.groupBy(wishes, (wish) => answerWish(wish, own));
  const absent = (answers.get('no') ?? []).map(describeWish);
  const unclear = (answers.get('unknown') ?? []).map(describeWish);
  const reasons = [
    ...(absent.length === 0 ? [] : [`Not attached: ${absent.join(', ')}.`]),
    ...(unclear.length === 0 ? [] : [`Attached, but it does not say its mode: ${unclear.join(', ')}.`]),
    ...(foreign === 0
      ? []
      : [
          `${foreign} ${foreign === 1 ? 'attestation is' : 'attestations are'} about another image and ${foreign === 1 ? 'does' : 'do'} not count.`,
        ]),
    ...unread.slice(0, 3).map(({ where, why }) => `Not read: ${where}: ${why}`),
    UNSIGNED,
  ];
  const unjudged = unclear.length + unread.length;
  // What could not be read may be what is missed.
  if (absent.length > 0 && unread.length > 0)
    return { outcome: 'unknown', label: `${absent.length} not found`, reasons, excess: 0, unjudged };
  if (absent.length > 0)
    return {
      outcome: 'fail',
      label: `${absent.length} not attached`,
      reasons,
      excess: absent.length,
      unjudged,
    };
  if (unclear.length > 0)
    return { outcome: 'unknown', label: 'Mode not known', reasons, excess: 0, unjudged };
  return answerPass('Attached', `Attached: ${wishes.map(describeWish).join(', ')}.`, ...reasons);
}

function answerWish(given: Wish, own: readonly Attestation[]): 'yes' | 'no' | 'unknown' {
  const wish = SCOUT_TYPES.get(given) ?? given;
  if (typeof wish === 'string') return own.some(({ predicateType }) => predicateType === wish) ? 'yes' : 'no';
  if (wish.type === 'sbom')
    return own.some(({ predicateType }) => INVENTORY.test(predicateType)) ? 'yes' : 'no';
  const found = own.filter(({ predicateType }) => predicateType.startsWith(PROVENANCE));
  if (found.length === 0) return 'no';
  const { mode } = wish;
  // What lists every step holds all that the lesser mode does.
  const isEnough = found.some(({ provenance }) => mode !== 'max' || provenance?.mode === 'max');
  if (isEnough) return 'yes';
  return found.some(({ provenance }) => provenance?.mode === undefined) ? 'unknown' : 'no';
}

function describeWish(wish: Wish): string {
  if (typeof wish === 'string') return wish;
  if (wish.type === 'sbom') return 'an inventory (SBOM)';
  return wish.mode === undefined ? 'provenance' : `provenance with mode=${wish.mode}`;
}
