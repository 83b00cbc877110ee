// How an image was built, by statements whose signature was proved under the same signers; and what changed in that
// from an earlier image, judged in the same way. A statement that nobody who counts signed is not shown: it would be
// read as one that is.
import { type BuildRecord, isBuildRecord, readBuildRecord } from '../../../../engines/attest/build-record.ts';
import { compareProvenance } from '../../../../engines/attest/compare-provenance.ts';
import { judgeTrust, type TrustQuestion, type TrustVerdict } from '../../../../engines/verify/judge-trust.ts';
import { readSignedThing } from '../../../../engines/verify/subject.ts';
import {
  type ProvedStatement,
  provedStatements,
  type Verified,
} from '../../../../engines/verify/verified.ts';
import { formatReference } from '../../../../formats/oci/reference.ts';
import { parseSignedStatement } from '../../../../formats/sigstore/statement.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { isPlimsollError } from '../../../../kit/error.ts';
import { type ShownProvenance, type ShownVerification, showSigner } from '../../shown-verification.ts';
import type { CliWorld } from '../../world.ts';
import type { SigstoreAsk } from './ask.ts';
import { judgeEvidence, readEvidence } from './evidence.ts';
import { readList } from './listed.ts';

interface JudgedImage {
  readonly question: TrustQuestion;
  readonly verdict: TrustVerdict;
}

/** The newest first; empty where nothing of how it was built is proved. */
export function showProvenance(question: TrustQuestion, verdict: TrustVerdict): readonly ShownProvenance[] {
  return listRecords(question, verdict).map(({ record, proved }) => {
    const { signer, signedAt, subject } = proved;
    return {
      ...record,
      signedBy: showSigner(signer).name,
      ...(signedAt === undefined ? {} : { signedAt: formatInstant(signedAt.getTime()) }),
      subject,
    };
  });
}

export async function compareWithPrevious(
  world: CliWorld,
  ask: SigstoreAsk,
  now: JudgedImage,
): Promise<Pick<ShownVerification, 'comparison'>> {
  const { previous } = ask;
  if (previous === undefined) return {};
  await using source = await world.openSource(previous);
  const evidence = await readEvidence(world, ask, source);
  const { trustedRoots, now: time } = now.question;
  const listed = await readList(world, { ...ask, reference: previous }, evidence, trustedRoots);
  const whom = { trustedRoots, now: time };
  const before = judgeEvidence({ ...ask, reference: previous }, evidence, whom, listed);
  const [[old], [own]] = [before, now].map(({ question, verdict }) => listRecords(question, verdict)) as [
    readonly Recorded[],
    readonly Recorded[],
  ];
  return {
    comparison: {
      previous: `${formatReference(previous)}@${evidence.root.descriptor.digest}`,
      ...compareProvenance(old?.record, own?.record),
    },
  };
}

interface Recorded {
  readonly record: BuildRecord;
  readonly proved: Verified<ProvedStatement>;
}

function listRecords(question: TrustQuestion, { rule }: TrustVerdict): readonly Recorded[] {
  const types = listTypes(question);
  if (rule === undefined || types.length === 0) return [];
  const statements = types.map((predicateType) => ({ predicateType }));
  const own = { ...rule, names: ['*'], signatures: 0, statements, isTagBound: false };
  const verdict = judgeTrust({ ...question, policy: { name: 'how it was built', rules: [own] } });
  const records = provedStatements(verdict).flatMap((proved): Recorded[] => {
    const record = read(proved);
    return record === undefined ? [] : [{ record, proved }];
  });
  const timeOf = ({ proved }: Recorded): number => proved.signedAt?.getTime() ?? 0;
  return records.sort((one, other) => timeOf(other) - timeOf(one));
}

function read({ statement }: ProvedStatement): BuildRecord | undefined {
  return attempt(() => readBuildRecord(statement));
}

/** Predicate types of what is there and says how something was built. */
function listTypes({ bundles, platform, attested = [] }: TrustQuestion): readonly string[] {
  const signed = [...bundles, ...(platform?.bundles ?? [])].flatMap((bundle) => {
    const thing = readSignedThing(bundle);
    return thing.kind === 'statement' ? [thing.statement.predicateType] : [];
  });
  const lying = attested
    .flatMap(({ statements }) => statements)
    .flatMap((bytes) => attempt(() => parseSignedStatement(bytes).predicateType) ?? []);
  return [...new Set([...signed, ...lying])].filter((predicateType) => isBuildRecord({ predicateType }));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return undefined;
  }
}
