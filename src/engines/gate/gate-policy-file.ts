// Gate policies as files (YAML, so JSON too). Pure; every problem is said at once, each with line and column. What would
// let something in unproved (a server's word alone, an exemption, an open glass) is taken with its reason or not at all.
import { z } from 'zod';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { formatProblems, readShape, type ShapeProblem } from '../policy/shape-problem.ts';
import { type Path, readYaml } from '../policy/yaml-text.ts';
import { claimShapes, policyText, readClaim } from '../verify/claim-shape.ts';
import { gateErrors } from './errors.ts';
import type { BreakGlass, GateDemand, GatePolicy, GateRule, Opening, Requirement } from './gate-policy.ts';

const MINUTE_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: 24 * 60 * MINUTE_MS,
};

const why = z
  .string()
  .trim()
  .max(limits.tagReasonChars)
  .refine((said) => said.length >= 5, 'must say why, in five characters or more');
const names = z.array(policyText).min(1).max(limits.trustedRootMembers);
/** As `readImageName` spells what a workload names: a pattern of another spelling would match nothing. */
const images = z
  .array(
    policyText
      .refine((said) => !/^(?:index|registry-1)\.docker\.io(?:[:/]|$)/i.test(said), 'must be docker.io there')
      .refine((said) => !/^[^/]*:0{0,2}443(?:\/|$)/.test(said), 'must be without the port 443')
      .transform((said) => said.toLowerCase()),
  )
  .min(1)
  .max(limits.trustedRootMembers);
const every: string[] = ['*'];
/** Nobody writes a unit behind a nought. */
const span = z.preprocess(
  (said) => (said === 0 ? '0s' : said),
  z
    .string()
    .regex(/^\d{1,5}[smhd]$/, 'must be seconds, minutes, hours or days, as 30s, 5m, 12h or 90d')
    .transform((said) => Number(said.slice(0, -1)) * (UNITS[said.slice(-1)] as number)),
);
/** RFC 3339, with its offset. */
const instant = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/,
    'must be a time with its offset, as 2026-11-21T18:00:00Z',
  )
  .refine((said) => !Number.isNaN(Date.parse(said)), 'must be a time that there is')
  .transform((said) => new Date(said));
const host = z
  .string()
  .regex(
    /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/i,
    'must be a host as in references, as images.example.org',
  );
const mode = z.enum(['enforce', 'dry-run', 'off']);

const markSignerShapes = claimShapes(['issuer', 'identity']);
const markShape = z.strictObject({
  ...markSignerShapes,
  key: policyText.optional(),
  root: policyText.optional(),
  policy: policyText.optional(),
  resource: policyText.optional(),
  'max-age': span.optional(),
});
const verdictShape = z.strictObject({ instance: host, 'alone-because': why.optional() });
const requireShape = z.strictObject({
  mark: z.unknown().optional(),
  trust: policyText.optional(),
  verdict: z.unknown().optional(),
});
const ruleShape = z.strictObject({
  name: policyText.optional(),
  namespaces: names.default(every),
  workloads: names.default(every),
  images: images.default(every),
  mode: mode.optional(),
  require: z.unknown().optional(),
  'exempt-because': why.optional(),
});
const openingShape = z.strictObject({
  namespaces: names.default(every),
  images,
  who: policyText,
  why,
  from: instant,
  until: instant,
});
const glassShape = z.strictObject({
  longest: span,
  users: z.array(policyText).max(limits.trustedRootMembers).default([]),
  groups: z.array(policyText).max(limits.trustedRootMembers).default([]),
  open: z.array(z.unknown()).max(limits.trustedRootMembers).default([]),
});
const gateShape = z.strictObject({
  mode: mode.default('enforce'),
  unknown: z.enum(['deny', 'allow']).default('deny'),
  'on-unavailable': z.enum(['deny', 'allow']).default('deny'),
  tags: z.enum(['deny', 'warn']).default('deny'),
  remember: span.default(MINUTE_MS),
  'exempt-namespaces': z.array(policyText).max(limits.trustedRootMembers).default([]),
  'trusted-roots': z.array(policyText).max(limits.trustedRootMembers).default([]),
  keys: z.array(policyText).max(limits.trustedRootMembers).default([]),
  witnesses: policyText.optional(),
  'break-glass': z.unknown().optional(),
  rules: z.array(z.unknown()).max(limits.trustedRootMembers),
});
const fileShape = z.strictObject({ gate: z.unknown() });

/** `gate.policy_invalid`, with a line per problem: `gate.yaml:7:5: images is empty; …`. */
export function parseGatePolicy(source: string, fileName: string): GatePolicy {
  if (source.length > limits.policyFileBytes)
    throw gateErrors.policy_invalid(`${fileName} has more than ${limits.policyFileBytes} characters`);
  const yaml = readYaml(source);
  const problems: ShapeProblem[] = [];
  const policy = yaml.errors.length > 0 ? undefined : readFile(yaml.value, fileName, problems);
  const lines = formatProblems(fileName, yaml, problems);
  if (policy === undefined || lines.length > 0) throw gateErrors.policy_invalid(lines.join('\n'));
  return policy;
}

function readFile(value: Json | undefined, name: string, problems: ShapeProblem[]): GatePolicy | undefined {
  if (readShape(fileShape, value, [], 'the file', problems) === undefined) return undefined;
  const inner = (value as { readonly gate?: Json }).gate;
  const gate = readShape(gateShape, inner, ['gate'], 'gate', problems);
  if (gate === undefined || !isJsonObject(inner)) return undefined;
  const list = inner.rules as readonly Json[];
  const rules = list.flatMap((rule, at) => readRule(rule, at, gate.mode, problems) ?? []);
  const glass = inner['break-glass'];
  const breakGlass = glass === undefined ? undefined : readGlass(glass, ['gate', 'break-glass'], problems);
  return {
    name,
    exemptNamespaces: gate['exempt-namespaces'],
    rules,
    mode: gate.mode,
    onUnknown: gate.unknown,
    onUnavailable: gate['on-unavailable'],
    onTag: gate.tags,
    rememberMs: gate.remember,
    ...(breakGlass === undefined ? {} : { breakGlass }),
    rootFiles: gate['trusted-roots'],
    keyFiles: gate.keys,
    ...(gate.witnesses === undefined ? {} : { witnessFile: gate.witnesses }),
  };
}

function readRule(
  value: Json,
  position: number,
  fallback: GateRule['mode'],
  problems: ShapeProblem[],
): GateRule | undefined {
  const path = ['gate', 'rules', position];
  const rule = readShape(ruleShape, value, path, 'a rule', problems);
  if (rule === undefined || !isJsonObject(value)) return undefined;
  const demand = readDemand(value, rule['exempt-because'], path, problems);
  if (demand === undefined) return undefined;
  return {
    name: rule.name ?? `rule ${position + 1}`,
    namespaces: rule.namespaces,
    workloads: rule.workloads,
    images: rule.images,
    mode: rule.mode ?? fallback,
    demand,
  };
}

function readDemand(
  value: { readonly [key: string]: Json },
  exempt: string | undefined,
  path: Path,
  problems: ShapeProblem[],
): GateDemand | undefined {
  if ((value.require === undefined) === (exempt === undefined)) {
    problems.push({ path, text: 'a rule has either require or exempt-because; exactly one must be there' });
    return undefined;
  }
  if (exempt !== undefined) return { kind: 'exempt', why: exempt };
  const own = [...path, 'require'];
  const found = readShape(requireShape, value.require, own, 'require', problems);
  if (found === undefined) return undefined;
  const { mark, verdict } = value.require as { readonly [key: string]: Json };
  const requirements: (Requirement | undefined)[] = [
    ...(mark === undefined ? [] : [readMark(mark, [...own, 'mark'], problems)]),
    ...(found.trust === undefined ? [] : [{ kind: 'trust' as const, file: found.trust }]),
    ...(verdict === undefined ? [] : [readVerdict(verdict, [...own, 'verdict'], problems)]),
  ];
  const whole = requirements.filter((one) => one !== undefined);
  const [only] = whole;
  if (requirements.length === 0)
    problems.push({ path: own, text: 'require asks for nothing; it takes mark, trust and verdict' });
  else if (requirements.length === 1 && only?.kind === 'verdict' && only.aloneBecause === undefined)
    problems.push({
      path: [...own, 'verdict'],
      text: 'a verdict is the server’s word alone: require a mark or a trust policy beside it, or say alone-because',
    });
  return { kind: 'require', requirements: whole };
}

function readMark(value: Json, path: Path, problems: ShapeProblem[]): Requirement | undefined {
  const mark = readShape(markShape, value, path, 'mark', problems);
  if (mark === undefined) return undefined;
  const issuer = readClaim(mark, 'issuer', path, problems);
  const identity = readClaim(mark, 'identity', path, problems);
  const { key, root, policy, resource, 'max-age': maxAgeMs } = mark;
  if (key !== undefined && root !== undefined)
    problems.push({ path, key: 'root', text: 'a key needs no root: leave out one of the two' });
  const rest = {
    ...(policy === undefined ? {} : { policy }),
    ...(resource === undefined ? {} : { resource }),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  };
  if (key !== undefined && issuer === undefined && identity === undefined)
    return { kind: 'mark', signer: { kind: 'key', key }, ...rest };
  if (key === undefined && issuer !== undefined && identity !== undefined)
    return {
      kind: 'mark',
      signer: { kind: 'identity', issuer, identity, ...(root === undefined ? {} : { root }) },
      ...rest,
    };
  problems.push({
    path,
    text: 'a mark is signed with a key, or by an issuer and an identity; say exactly one of the two',
  });
  return undefined;
}

function readVerdict(value: Json, path: Path, problems: ShapeProblem[]): Requirement | undefined {
  const found = readShape(verdictShape, value, path, 'verdict', problems);
  if (found === undefined) return undefined;
  const alone = found['alone-because'];
  return {
    kind: 'verdict',
    instance: found.instance,
    ...(alone === undefined ? {} : { aloneBecause: alone }),
  };
}

function readGlass(value: Json, path: Path, problems: ShapeProblem[]): BreakGlass | undefined {
  const glass = readShape(glassShape, value, path, 'break-glass', problems);
  if (glass === undefined || !isJsonObject(value)) return undefined;
  const list = (value.open ?? []) as readonly Json[];
  const openings = list.flatMap((one, at): Opening[] => {
    const own = [...path, 'open', at];
    const opening = readShape(openingShape, one, own, 'an opening', problems);
    if (opening === undefined) return [];
    const spanMs = opening.until.getTime() - opening.from.getTime();
    if (spanMs <= 0) problems.push({ path: own, key: 'until', text: 'until is not after from' });
    else if (spanMs > glass.longest)
      problems.push({ path: own, key: 'until', text: 'until is further from from than longest allows' });
    return [opening];
  });
  return { longestMs: glass.longest, users: glass.users, groups: glass.groups, openings };
}
