// Rule: the image's label says that its code passed a quality gate, as SonarQube's. Docker Scout asked the
// gate's server by the image's commit; here it is what the build wrote into the image, and the answer says that
// this is the builder's own claim.
import { z } from 'zod';
import type { PolicyEvidence } from '../evidence.ts';
import { answerFail, answerPass, answerUnknown, type Rule, type RuleAnswer } from './rule.ts';

const PASSED: readonly string[] = ['OK', 'PASSED'];
const FAILED: readonly string[] = ['ERROR', 'FAILED', 'WARN'];
const CLAIM = 'It is the builder’s own claim.';

const config = z.strictObject({
  label: z
    .string()
    .min(1)
    .default('org.sonarqube.quality-gate')
    .describe('Label of the image, or annotation of its manifest, that holds the gate’s status.'),
});
type Config = z.output<typeof config>;

export const qualityGate: Rule<Config> = Object.freeze({
  id: 'quality-gate',
  names: ['sonarqube-quality-gate'],
  title: () => 'Quality gate passed',
  meaning:
    'Fails where the label says ERROR, FAILED or WARN, passes where it says OK or PASSED, in any case. Unknown where there is no such label or annotation, it says anything else, or the two disagree. The label is the builder’s own claim.',
  weight: 10,
  config,
  judge,
});

function judge({ config: image, annotations }: PolicyEvidence, { label }: Config): RuleAnswer {
  const claims = [image?.labels[label], annotations?.[label]].filter((one) => one !== undefined);
  const [claim, other] = claims;
  if (claim === undefined)
    return answerUnknown(
      'Gate not known',
      image === undefined && annotations === undefined
        ? 'The image configuration could not be read, so its labels are not known.'
        : `The image has no label ${label}.`,
    );
  const status = claim.trim().toUpperCase();
  if (other !== undefined && other.trim().toUpperCase() !== status)
    return answerUnknown('Gate not known', `Label and annotation ${label} do not say the same.`);
  const said = `The label ${label} says ${claim.trim().slice(0, 60)}. ${CLAIM}`;
  if (PASSED.includes(status)) return answerPass('Gate passed', said);
  if (FAILED.includes(status)) return answerFail('Gate not passed', said);
  return answerUnknown('Gate not known', `${said} It is none of ${[...PASSED, ...FAILED].join(', ')}.`);
}
