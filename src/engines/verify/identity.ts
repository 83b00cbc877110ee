// Who signed against who was to sign: names, issuer, and what a builder's certificate says of source and builder.
// A builder signs for whoever calls it. So its identity alone says nothing about whose image it is, and a
// certificate that names a source elsewhere is refused unless somebody said which source it must be.
import type { FulcioClaims } from '../../formats/sigstore/fulcio-claims.ts';
import { type Check, type CheckCode, failed, passed, unknown } from './check.ts';
import type { Expectations, WorkflowClaims } from './expectation.ts';
import { describePattern, exactly, type TextPattern } from './pattern.ts';
import type { Signer } from './signer.ts';

export function checkIdentity(signer: Signer, expected: Expectations): readonly Check[] {
  // A key has no names: that it is the right one is the check `key`.
  if (signer.kind === 'key') return checkKeyOnly(expected);
  const { claims } = signer;
  return [
    checkNames(signer, expected.identity),
    checkIssuer(claims.issuer, expected.issuer),
    ...checkSource(signer, expected),
    ...checkClaim('source-ref', 'source ref', claims.sourceRef, expected.sourceRef),
    ...checkClaim('builder', 'builder', claims.buildSignerUri, expected.builder),
    ...checkClaim('runner', 'runner', claims.runnerEnvironment, expected.runner),
    ...checkWorkflow(claims, expected.workflow ?? {}),
  ];
}

function checkWorkflow(claims: FulcioClaims, { ref, sha, name, trigger }: WorkflowClaims): readonly Check[] {
  return [
    ...checkClaim('source-ref', 'source ref', claims.sourceRef, maybe(ref)),
    ...checkClaim('source-commit', 'commit', claims.sourceDigest, maybe(sha)),
    ...checkClaim('workflow', 'workflow', claims.workflowName, maybe(name)),
    ...checkClaim('trigger', 'trigger', claims.buildTrigger, maybe(trigger)),
  ];
}

/** What was asked of a certificate cannot be said of a key. */
function checkKeyOnly(expected: Expectations): readonly Check[] {
  const asked: readonly (readonly [CheckCode, TextPattern | undefined])[] = [
    ['identity', expected.identity],
    ['issuer', expected.issuer],
    ['source-repository', expected.sourceRepository],
    ['source-ref', expected.sourceRef],
    ['builder', expected.builder],
    ['runner', expected.runner],
    ...(
      [
        ['source-repository', expected.workflow?.repository],
        ['source-ref', expected.workflow?.ref],
        ['source-commit', expected.workflow?.sha],
        ['workflow', expected.workflow?.name],
        ['trigger', expected.workflow?.trigger],
      ] as const
    ).map(([code, text]) => [code, maybe(text)] as const),
  ];
  return asked.flatMap(([code, pattern]) =>
    pattern === undefined
      ? []
      : [failed(code, `It is signed with a key, which does not say ${describePattern(pattern)}.`)],
  );
}

function checkNames(
  { names }: Extract<Signer, { kind: 'certificate' }>,
  pattern: TextPattern | undefined,
): Check {
  const said = names.map(({ text }) => text).join(', ');
  if (pattern === undefined)
    return unknown('identity', `It is signed by ${said || 'nobody with a name'}; nobody said who must have.`);
  // One name alone: a certificate with two would be whoever somebody looks for.
  const [name] = names;
  if (name === undefined || names.length > 1)
    return failed('identity', `Its certificate has ${names.length} names, not one.`);
  return pattern.matches(name.text)
    ? passed('identity', `It is signed by ${name.text}.`)
    : failed('identity', `It is signed by ${name.text}, not by ${describePattern(pattern)}.`);
}

function checkIssuer(issuer: string | undefined, pattern: TextPattern | undefined): Check {
  if (pattern === undefined)
    return unknown(
      'issuer',
      `Its identity was vouched for by ${issuer ?? 'nobody'}; nobody said by whom it must be.`,
    );
  if (issuer === undefined)
    return failed('issuer', 'Its certificate does not say who vouched for its identity.');
  return pattern.matches(issuer)
    ? passed('issuer', `Its identity was vouched for by ${issuer}.`)
    : failed('issuer', `Its identity was vouched for by ${issuer}, not by ${describePattern(pattern)}.`);
}

function checkSource(
  { claims, names }: Extract<Signer, { kind: 'certificate' }>,
  { sourceRepository, workflow }: Expectations,
): readonly Check[] {
  const found = claims.sourceRepository ?? findOldSource({ claims, names });
  const asked = [
    ...checkClaim('source-repository', 'source', found, sourceRepository),
    ...checkClaim(
      'source-repository',
      'source',
      claims.workflowRepository ?? ownerAndName(claims.sourceRepository),
      maybe(workflow?.repository),
    ),
  ];
  if (asked.length > 0) return asked;
  if (found === undefined) return [];
  const builder = claims.buildSignerUri ?? names[0]?.text ?? '';
  if (isUnder(builder, found) && names.every(({ text }) => isUnder(text, found)))
    return [passed('source-repository', `It was built from ${found}, where its identity is at home too.`)];
  return [
    failed(
      'source-repository',
      `It was built from ${found} by ${builder}, which builds for any repository; nobody said which source it must be.`,
    ),
  ];
}

/** Certificates of before 2023 say `owner/name` alone; the forge is the one that the identity is at. */
function findOldSource({
  claims,
  names,
}: Pick<Extract<Signer, { kind: 'certificate' }>, 'claims' | 'names'>) {
  const [name] = names;
  const { workflowRepository } = claims;
  if (name?.kind !== 'uri' || workflowRepository === undefined || !URL.canParse(name.text)) return undefined;
  return `${new URL(name.text).origin}/${workflowRepository}`;
}

function maybe(text: string | undefined): TextPattern | undefined {
  return text === undefined ? undefined : exactly(text);
}

function ownerAndName(repository: string | undefined): string | undefined {
  return repository === undefined ? undefined : URL.parse(repository)?.pathname.slice(1);
}

function isUnder(text: string, repository: string): boolean {
  return text.startsWith(`${repository.replace(/\/$/, '')}/`);
}

function checkClaim(
  code: CheckCode,
  what: string,
  found: string | undefined,
  pattern: TextPattern | undefined,
): readonly Check[] {
  if (pattern === undefined) return [];
  if (found === undefined) return [failed(code, `Its certificate names no ${what}.`)];
  return [
    pattern.matches(found)
      ? passed(code, `Its ${what} is ${found}.`)
      : failed(code, `Its ${what} is ${found}, not ${describePattern(pattern)}.`),
  ];
}
