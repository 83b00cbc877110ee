// Another workflow than before: a valid provenance of a job that never built this image.
import type { SentinelRule } from '../facts.ts';
import { compareProvenance } from './provenance-member.ts';

export const workflowChanged: SentinelRule = Object.freeze<SentinelRule>({
  id: 'workflow_changed',
  title: 'Its provenance names another workflow than the one before.',
  isForNew: true,
  isJudgedAgain: true,
  judge: (facts) => compareProvenance(facts, 'workflow', 'the workflow'),
});
