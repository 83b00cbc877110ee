// `plimsoll verify` by Sigstore's signatures: evidence is read once, judged by the policy that the flags or the file
// make, and told as what is proved and what is not.
import type { ImageEvidence } from '../../../../engines/verify/image-evidence.ts';
import type { TrustQuestion } from '../../../../engines/verify/judge-trust.ts';
import { judgeQuorum } from '../../../../engines/witness/quorum.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { formatVerificationText } from '../../report/verification-text.ts';
import { type ShownVerification, showDemand } from '../../shown-verification.ts';
import type { CliWorld } from '../../world.ts';
import type { SigstoreAsk } from './ask.ts';
import { judgeEvidence, listBundles, readEvidence } from './evidence.ts';
import { listHints } from './hint.ts';
import { readList } from './listed.ts';
import { compareWithPrevious, showProvenance } from './provenance.ts';
import { readRoots } from './roots.ts';
import { listProved } from './summary.ts';

export async function verifyImage(world: CliWorld, ask: SigstoreAsk): Promise<ExitCode> {
  await using source = await world.openSource(ask.reference);
  const reading = readEvidence(world, ask, source);
  // Roots are read while the registry is asked; what is wrong with them is told first.
  reading.catch(() => {});
  const roots = await readRoots(world, ask);
  const trustedRoots = roots.map(({ root }) => root);
  const evidence = await reading;
  const listed = await readList(world, ask, evidence, trustedRoots);
  const skipped = [...ask.skipped, ...listed.skipped];
  const whom = { trustedRoots, now: new Date(world.clock.now()), ...judgedBy(ask) };
  const judged = judgeEvidence(ask, evidence, whom, listed);
  const { question, verdict, unproved, unclear } = judged;
  // What somebody who may revoke said and nobody understands may be that it was taken back.
  const outcome = verdict.outcome === 'passed' && unclear.length > 0 ? 'unknown' : verdict.outcome;
  const places = new Map(listBundles(evidence).map((found) => [found.bundle, found]));
  const shown: ShownVerification = {
    image: ask.text,
    digest: evidence.root.descriptor.digest,
    mediaType: evidence.root.descriptor.mediaType,
    ...(question.tag === undefined ? {} : { tag: question.tag }),
    ...showPlatform(evidence),
    verifiedAt: formatInstant(question.now.getTime()),
    outcome: isAnythingSigned(evidence) ? outcome : 'unsigned',
    policy: ask.policy.name,
    trustedRoots: roots.map(({ name, freshness }) =>
      freshness === undefined ? name : `${name}, ${freshness}`,
    ),
    ...listProved(question, verdict, skipped),
    demands: verdict.demands.map((demand) => showDemand(demand, places)),
    skipped,
    revocations: question.revocations?.length ?? 0,
    unknowns: [
      ...evidence.unknowns,
      ...[...unproved, ...unclear].map((why) => ({ where: 'revocations', why })),
    ],
    hints: listHints(ask, evidence, verdict),
    ...(ask.showsProvenance ? { provenance: showProvenance(question, verdict) } : {}),
    ...(await compareWithPrevious(world, ask, { question, verdict })),
  };
  print(world, ask, shown);
  if (shown.outcome === 'unsigned') return exitCodes.missingOrDenied;
  return shown.outcome === 'passed' ? exitCodes.yes : exitCodes.no;
}

/** Witnesses' word where some were named. */
function judgedBy({ witnesses }: SigstoreAsk): Pick<TrustQuestion, 'witnesses'> {
  if (witnesses === undefined) return {};
  return { witnesses: (checkpoint) => judgeQuorum(checkpoint, witnesses) };
}

function print(world: CliWorld, { format }: SigstoreAsk, shown: ShownVerification): void {
  world.stdout.write(
    format === 'json'
      ? `${JSON.stringify(shown, undefined, 2)}\n`
      : formatVerificationText(shown, world.stdout),
  );
}

function showPlatform({ platform }: ImageEvidence): Pick<ShownVerification, 'platform'> {
  if (platform === undefined) return {};
  const { name, image } = platform;
  return { platform: { ...(name === undefined ? {} : { name }), digest: image.descriptor.digest } };
}

function isAnythingSigned(evidence: ImageEvidence): boolean {
  const notation = evidence.signed.notation.length + (evidence.platform?.signed.notation.length ?? 0);
  // What could not be read may have been a signature.
  return listBundles(evidence).length + notation + evidence.unknowns.length > 0;
}
