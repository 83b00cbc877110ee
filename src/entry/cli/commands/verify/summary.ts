// What a verification proved and what it did not, in sentences. Only what passed is said to be proved.
import {
  judgeTrust,
  type TriedBundle,
  type TrustDemand,
  type TrustQuestion,
  type TrustVerdict,
} from '../../../../engines/verify/judge-trust.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { type ShownVerification, showSigner } from '../../shown-verification.ts';

export function listProved(
  question: TrustQuestion,
  verdict: TrustVerdict,
  skipped: ShownVerification['skipped'],
): Pick<ShownVerification, 'proved' | 'notProved'> {
  const right = verdict.demands.flatMap(({ kind, tried }) =>
    tried.filter(({ outcome }) => outcome === 'passed').map((one) => ({ kind, one })),
  );
  const binding = judgeBinding(question, verdict);
  const proved = [
    ...new Set(
      right.filter(({ kind }) => kind !== 'tag').map(({ kind, one }) => describeSigned(question, kind, one)),
    ),
    ...(binding === 'bound' ? [`${question.name}:${question.tag} is signed to be this digest.`] : []),
  ];
  return {
    proved,
    notProved: [...listOpen(question, verdict, binding), ...skipped.map(({ sentence }) => sentence)],
  };
}

function describeSigned(
  question: TrustQuestion,
  demand: TrustDemand['kind'],
  { signer, signedAt, statement, subject }: TriedBundle,
): string {
  if (signer === undefined) return '';
  const { kind, name, issuer, sourceRepository, sourceRef, builder, runner } = showSigner(signer);
  const what =
    demand === 'statement' ? `A statement of type ${statement?.predicateType} is signed` : 'Signed';
  const of =
    subject === question.artifact.digest
      ? ''
      : subject === question.platform?.artifact.digest
        ? ' for this platform'
        : ` through the attestation manifest ${subject}`;
  return [
    `${what}${of} ${kind === 'key' ? `with the key ${name}` : `by ${name}`}`,
    ...(issuer === undefined ? [] : [`for whom ${issuer} vouched`]),
    ...(signedAt === undefined ? [] : [`before ${formatInstant(signedAt.getTime())}`]),
    ...(sourceRepository === undefined
      ? []
      : [`from source ${sourceRepository}${sourceRef === undefined ? '' : ` at ${sourceRef}`}`]),
    ...(builder === undefined || builder === name ? [] : [`by the builder ${builder}`]),
    ...(runner === undefined ? [] : [`on ${runner} runners`]),
  ]
    .join(', ')
    .concat('.');
}

/** Whether somebody who may sign says that the tag is this digest, asked for or not. */
function judgeBinding(question: TrustQuestion, { rule }: TrustVerdict): 'bound' | 'open' | 'none' {
  if (question.tag === undefined || rule === undefined) return 'none';
  const own = { ...rule, names: ['*'], signatures: 0, statements: [], isTagBound: true };
  const { outcome } = judgeTrust({ ...question, policy: { name: 'the tag', rules: [own] } });
  return outcome === 'passed' ? 'bound' : 'open';
}

function listOpen(
  { name, tag }: TrustQuestion,
  { demands, rule, sentence }: TrustVerdict,
  binding: 'bound' | 'open' | 'none',
): readonly string[] {
  const right = demands.flatMap(({ tried }) => tried.filter(({ outcome }) => outcome === 'passed'));
  const has = (code: string): boolean => right.some(({ checks }) => checks.some((one) => one.code === code));
  const claims = right.flatMap(({ signer }) => (signer?.kind === 'certificate' ? [signer.claims] : []));
  const isSourced = claims.some((one) => (one.sourceRepository ?? one.workflowRepository) !== undefined);
  const isStated = demands.some(({ kind, check }) => kind === 'statement' && check.outcome === 'passed');
  return [
    ...(sentence === undefined ? [] : [sentence]),
    ...demands.flatMap(({ check }) => (check.outcome === 'passed' ? [] : [check.sentence])),
    ...(binding === 'open'
      ? [
          `Nothing binds the tag ${tag} of ${name} to this digest: the tag may be moved to an older signed image.`,
        ]
      : []),
    ...(right.length > 0 && !has('time') ? ['When it was signed is not proved.'] : []),
    ...(right.length > 0 && !has('log') ? ['No transparency log is known to have it.'] : []),
    ...(right.length > 0 && !isSourced && !isStated ? ['From which source it was built is not proved.'] : []),
    ...(rule?.signatures === 0 ? ['A signature of the image itself was not asked for.'] : []),
  ];
}
