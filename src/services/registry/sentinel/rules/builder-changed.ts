// Another builder than before, by the provenances of both.
import type { SentinelRule } from '../facts.ts';
import { compareProvenance } from './provenance-member.ts';

export const builderChanged: SentinelRule = Object.freeze<SentinelRule>({
  id: 'builder_changed',
  title: 'Its provenance names another builder than the one before.',
  isForNew: true,
  isJudgedAgain: true,
  judge: (facts) => compareProvenance(facts, 'builder', 'the builder'),
});
