// Every rule of the sentinel, in the order in which they are told: the gravest first.
import type { SentinelRule } from './facts.ts';
import { builderChanged } from './rules/builder-changed.ts';
import { manyTags } from './rules/many-tags.ts';
import { newCredential } from './rules/new-credential.ts';
import { olderCreation } from './rules/older-creation.ts';
import { packagesChanged } from './rules/packages-changed.ts';
import { platformsLost } from './rules/platforms-lost.ts';
import { provenanceLost } from './rules/provenance-lost.ts';
import { releaseOverwritten } from './rules/release-overwritten.ts';
import { signerUnexpected } from './rules/signer-unexpected.ts';
import { sourceChanged } from './rules/source-changed.ts';
import { startChanged } from './rules/start-changed.ts';
import { unsigned } from './rules/unsigned.ts';
import { workflowChanged } from './rules/workflow-changed.ts';

export const sentinelRules: readonly SentinelRule[] = Object.freeze([
  releaseOverwritten,
  unsigned,
  signerUnexpected,
  provenanceLost,
  builderChanged,
  workflowChanged,
  sourceChanged,
  newCredential,
  manyTags,
  packagesChanged,
  startChanged,
  platformsLost,
  olderCreation,
]);
