// Rule: the base that was built upon is what its name means today. Digests are compared, nothing else: an
// image that was built by digest alone, or whose registry could not be asked, is unknown.
import { z } from 'zod';
import type { PolicyEvidence } from '../evidence.ts';
import { answerFail, answerPass, answerUnknown, type Rule, type RuleAnswer } from './rule.ts';
import { describeNoBase } from './unknown-lineage.ts';

export const noStaleBaseImages: Rule<Record<string, never>> = Object.freeze({
  id: 'no-stale-base-images',
  title: () => 'Base image is up to date',
  meaning:
    'Fails where the name of the base image now means another digest than the one that was built upon. Unknown where the base, its digest, or what its name means now is not known.',
  weight: 10,
  config: z.strictObject({}),
  judge,
});

function judge({ lineage }: PolicyEvidence): RuleAnswer {
  const base = lineage?.base;
  if (base === undefined) return answerUnknown('Base not known', describeNoBase(lineage));
  const name = base.reference ?? base.aliases[0] ?? 'the base image';
  if (base.digest === undefined)
    return answerUnknown(
      'Base not known',
      `Which digest of ${name} was built upon is not known. ${base.why}`,
    );
  if (base.current === undefined)
    return answerUnknown(
      'Base not compared',
      lineage?.unknowns[0] ?? `What ${name} means now could not be asked.`,
    );
  if (base.digest === base.current.digest)
    return answerPass('Base up to date', `${name} is still ${base.digest}.`);
  const since = base.current.createdAt === undefined ? '' : `, made ${base.current.createdAt}`;
  return answerFail(
    'Base out of date',
    `${name} is ${base.current.digest} now${since}; built upon ${base.digest}.`,
  );
}
