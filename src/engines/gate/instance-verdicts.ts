// Verdicts as a Plimsoll instance answers them (`GET /api/v1/verdict`): its policy's reasons with what would mend them,
// and what it has taken back. Its word alone; what proves it is a mark, which another requirement asks for. An answer
// about another digest, or of another shape, is unknown.

import { isDigest } from '../../formats/oci/digest.ts';
import { formatReference } from '../../formats/oci/reference.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { VerdictRequirement } from './gate-policy.ts';
import { sayUnread } from './unread.ts';
import type { ImageQuestion, ImageVerdict, Reason, VerdictSource } from './verdict.ts';

export function createInstanceVerdicts(open: (host: string) => Promise<InstanceClient>): VerdictSource {
  return {
    async judge(question) {
      const { requirement } = question;
      if (requirement.kind !== 'verdict') return say('unknown', 'This is no question for an instance.');
      try {
        return await ask(open, question, requirement);
      } catch (cause) {
        return sayUnread('verdict', cause);
      }
    },
  };
}

async function ask(
  open: (host: string) => Promise<InstanceClient>,
  { reference, digest }: ImageQuestion,
  { instance, aloneBecause }: VerdictRequirement,
): Promise<ImageVerdict> {
  const client = await open(instance);
  const image = `${reference.repository}@${digest}`;
  const { status, value } = await client.ask({
    path: `/api/v1/verdict?image=${encodeURIComponent(image)}`,
    limitBytes: limits.registryAnswerBytes,
  });
  // Its limits and its own failures: nobody was asked.
  if (status === 429 || status >= 500)
    return say('unavailable', `${instance} answered ${status}.`, 'Try again when it answers.');
  if (status !== 200 || !isJsonObject(value)) {
    const detail = isJsonObject(value) && typeof value.detail === 'string' ? `: ${value.detail}` : '';
    return say(
      'unknown',
      `${instance} answered ${status} about ${formatReference(reference)}${detail}.`,
      `Check that the gate’s login may read it: plimsoll login ${instance}.`,
    );
  }
  if (!isDigest(value.digest) || value.digest !== digest)
    return say(
      'unknown',
      `${instance} knows no ${image}.`,
      `Push it there: plimsoll copy ${formatReference(reference)} ${instance}/${reference.repository}.`,
    );
  return read(value, instance, aloneBecause);
}

function read(value: JsonObject, instance: string, aloneBecause: string | undefined): ImageVerdict {
  const list = Array.isArray(value.reasons) ? (value.reasons as readonly Json[]) : [];
  const reasons = list.slice(0, limits.imageStatements).flatMap(readReason);
  const { revoked } = value;
  if (revoked !== undefined && revoked !== null) {
    const why = isJsonObject(revoked) && typeof revoked.why === 'string' ? revoked.why : 'no reason is given';
    const sentence = `${instance} has revoked it: ${why}.`;
    const fix = 'Deploy another image; whoever revoked it can reinstate it.';
    return { outcome: 'fail', revoked: why, reasons: [{ rule: 'revocation', sentence, fix }, ...reasons] };
  }
  if (value.result === 'pass') {
    const why = aloneBecause === undefined ? '' : ` Its word alone is taken: ${aloneBecause}.`;
    return say('pass', `${instance} says that it passes.${why}`);
  }
  const outcome = value.result === 'fail' ? 'fail' : 'unknown';
  const none: Reason = { rule: 'verdict', sentence: `${instance} says ${outcome} and gives no reason.` };
  return { outcome, reasons: reasons.length === 0 ? [none] : reasons };
}

function readReason(value: Json): readonly Reason[] {
  if (!isJsonObject(value)) return [];
  const { rule, sentence, fix, platform } = value;
  if (typeof rule !== 'string' || typeof sentence !== 'string') return [];
  const where = typeof platform === 'string' ? `${platform}: ` : '';
  return [{ rule, sentence: `${where}${sentence}`, ...(typeof fix === 'string' ? { fix } : {}) }];
}

function say(outcome: ImageVerdict['outcome'], sentence: string, fix?: string): ImageVerdict {
  return { outcome, reasons: [{ rule: 'verdict', sentence, ...(fix === undefined ? {} : { fix }) }] };
}
