// Trust policies as files (YAML, so JSON too). Pure; every problem is said at once, each with line and column.
import { z } from 'zod';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { formatProblems, readShape, type ShapeProblem } from '../policy/shape-problem.ts';
import { type Path, readYaml } from '../policy/yaml-text.ts';
import { claimShapes, policyText, readClaim } from './claim-shape.ts';
import { verifyErrors } from './errors.ts';
import type { PatternText } from './pattern.ts';
import type { TrustPolicy, TrustRule, TrustSigner } from './trust-policy.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const name = policyText
  .regex(/^[a-z0-9*._:/-]+$/i, 'must be a name with its host, in which * stands for any letters')
  // Hosts know no case, and repositories have none: names are held against these in one spelling.
  .transform((said) => said.toLowerCase());
const age = z
  .string()
  .regex(/^[1-9]\d{0,4}[hd]$/, 'must be hours or days, as 12h or 90d')
  .transform((said) => Number(said.slice(0, -1)) * (said.endsWith('h') ? DAY_MS / 24 : DAY_MS));
const count = z.number().int().min(0).max(limits.signatureProofs);

/** Each may be said exactly, or by a pattern. */
const CLAIMS = ['issuer', 'identity', 'source-repository', 'source-ref', 'builder', 'runner'] as const;
type Claim = (typeof CLAIMS)[number];

const shapes = claimShapes(CLAIMS);
const identityShape = z.strictObject({ ...shapes, root: policyText.optional() });
const keyShape = z.strictObject({ key: policyText });

const ruleShape = z.strictObject({
  names: z.array(name).min(1).max(limits.trustedRootMembers),
  signers: z.array(z.unknown()).min(1).max(limits.trustedRootMembers),
  signatures: count.default(1),
  statements: z
    .array(z.strictObject({ type: policyText, 'max-age': age.optional() }))
    .max(limits.imageStatements)
    .default([]),
  'tag-bound': z.boolean().default(false),
  'max-age': age.optional(),
  logs: count.optional(),
  times: count.optional(),
  'certificate-logs': count.optional(),
});

const fileShape = z.strictObject({ trust: z.array(z.unknown()).min(1).max(limits.trustedRootMembers) });

/** `verify.policy_invalid`, with a line per problem: `trust.yaml:7:5: signers is missing; …`. */
export function parseTrustPolicy(source: string, fileName: string): TrustPolicy {
  if (source.length > limits.policyFileBytes)
    throw verifyErrors.policy_invalid(`${fileName} has more than ${limits.policyFileBytes} characters`);
  const yaml = readYaml(source);
  const problems: ShapeProblem[] = [];
  const rules = yaml.errors.length > 0 ? [] : readFile(yaml.value, problems);
  const lines = formatProblems(fileName, yaml, problems);
  if (lines.length > 0) throw verifyErrors.policy_invalid(lines.join('\n'));
  return { name: fileName, rules };
}

function readFile(value: Json | undefined, problems: ShapeProblem[]): readonly TrustRule[] {
  if (readShape(fileShape, value, [], 'the file', problems) === undefined) return [];
  const list = (isJsonObject(value) ? value.trust : []) as readonly Json[];
  return list.flatMap((rule, at) => readRule(rule, ['trust', at], problems) ?? []);
}

function readRule(value: Json, path: Path, problems: ShapeProblem[]): TrustRule | undefined {
  const rule = readShape(ruleShape, value, path, 'a rule', problems);
  const given = isJsonObject(value) && Array.isArray(value.signers) ? (value.signers as readonly Json[]) : [];
  const signers = given.flatMap((one, at) => readSigner(one, [...path, 'signers', at], problems) ?? []);
  if (rule === undefined) return undefined;
  if (rule.signatures === 0 && rule.statements.length === 0)
    problems.push({ path, text: 'a rule asks for signatures or statements; this one asks for nothing' });
  const { logs, times, 'max-age': maxAgeMs, 'certificate-logs': certificateLogs } = rule;
  return {
    names: rule.names,
    signers,
    signatures: rule.signatures,
    statements: rule.statements.map(({ type, 'max-age': age }) => ({
      predicateType: type,
      ...(age === undefined ? {} : { maxAgeMs: age }),
    })),
    isTagBound: rule['tag-bound'],
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    ...(logs === undefined ? {} : { logs }),
    ...(times === undefined ? {} : { times }),
    ...(certificateLogs === undefined ? {} : { certificateLogs }),
  };
}

function readSigner(value: Json, path: Path, problems: ShapeProblem[]): TrustSigner | undefined {
  if (isJsonObject(value) && 'key' in value) {
    const found = readShape(keyShape, value, path, 'a signer with a key', problems);
    return found && { kind: 'key', key: found.key };
  }
  const found = readShape(identityShape, value, path, 'a signer', problems);
  if (found === undefined) return undefined;
  const said = (claim: Claim): PatternText | undefined => readClaim(found, claim, path, problems);
  const [issuer, identity] = [said('issuer'), said('identity')];
  const [sourceRepository, sourceRef] = [said('source-repository'), said('source-ref')];
  const [builder, runner] = [said('builder'), said('runner')];
  if (issuer === undefined || identity === undefined) {
    problems.push({ path, text: 'a signer is a key, or an issuer and an identity; one of them is missing' });
    return undefined;
  }
  return {
    kind: 'identity',
    issuer,
    identity,
    ...(sourceRepository === undefined ? {} : { sourceRepository }),
    ...(sourceRef === undefined ? {} : { sourceRef }),
    ...(builder === undefined ? {} : { builder }),
    ...(runner === undefined ? {} : { runner }),
    ...(found.root === undefined ? {} : { root: found.root }),
  };
}
