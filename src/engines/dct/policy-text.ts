// What the delegations of Content Trust come to as a trust policy, as text with its reasons in comments. A policy says
// who may sign a repository; that a delegation had only some of the tags it cannot say, and what it cannot say is told.
// Names and paths are of whoever signed: they stand in comments as JSON spells them, so that none ends its line.
import type { Delegate } from './delegates.ts';
import { notaryEvidenceType } from './evidence-statement.ts';

/** Who signs from now on. */
export type NewSigner =
  /** The file of a public key, as `verify --policy` finds it beside the policy. */
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'identity'; readonly issuer: string; readonly identity: string };

export interface PolicyParts {
  readonly gun: string;
  /** `HOST/REPOSITORY` that the policy is for. */
  readonly name: string;
  /** The Notary server and when it was asked; absent of an archive without imports. */
  readonly origin?: { readonly server: string; readonly importedAt: string };
  readonly delegates: readonly Delegate[];
  readonly signers: readonly [NewSigner, ...NewSigner[]];
  /** Predicate types that must be there. */
  readonly statements: readonly string[];
}

export interface PolicyText {
  readonly text: string;
  /** What Content Trust said and the policy does not, for people. */
  readonly untold: readonly string[];
}

/** What is released from now on has no old evidence, so nobody is made to demand it. */
const NO_STATEMENTS: readonly string[] = [
  '    # Until something new is released, the evidence that `dct resign` leaves can be demanded:',
  `    # statements: [{ type: "${notaryEvidenceType}" }]`,
];

export function formatPolicy(parts: PolicyParts): PolicyText {
  const { gun, name, origin, delegates, signers, statements } = parts;
  const signatures = countSignatures(delegates, signers.length);
  const untold = listUntold(delegates, signatures);
  const lines = [
    `# Whom ${name} is believed from, in place of Docker Content Trust for ${quote(gun)}.`,
    ...(origin === undefined
      ? []
      : [`# Made of what ${quote(origin.server)} said at ${quote(origin.importedAt)}.`]),
    '# Who signed until now:',
    ...delegates.flatMap(describeDelegate),
    ...(untold.length === 0 ? [] : ['# What a trust policy cannot say of that:']),
    ...untold.map((one) => `#   ${one}`),
    'trust:',
    `  - names: [${quote(name)}]`,
    '    signers:',
    ...signers.flatMap(formatSigner),
    `    signatures: ${signatures}`,
    ...(statements.length === 0 ? NO_STATEMENTS : ['    statements:']),
    ...statements.map((type) => `      - type: ${quote(type)}`),
    '    # A signature that names this repository and tag, as Content Trust’s did.',
    '    tag-bound: true',
  ];
  return { text: `${lines.join('\n')}\n`, untold };
}

/** As many as Content Trust asked for in the role that docker follows, where there are so many signers. */
function countSignatures(delegates: readonly Delegate[], signers: number): number {
  const followed =
    delegates.find(({ name }) => name === 'releases') ?? delegates.find(({ role }) => role === 'targets');
  return Math.max(1, Math.min(followed?.threshold ?? 1, signers));
}

function listUntold(delegates: readonly Delegate[], signatures: number): readonly string[] {
  return delegates.flatMap(({ name, threshold, paths, isTrusted }) => [
    ...(paths.includes('')
      ? []
      : [
          `${name} had ${describePaths(paths)} alone; a policy is for repositories, so who may sign here may sign every tag`,
        ]),
    ...(threshold > signatures
      ? [`${name} needed ${threshold} keys; here ${signatures} of the signers is enough, name more of them`]
      : []),
    ...(isTrusted ? [] : [`what says who is ${name} does not hold`]),
  ]);
}

function describeDelegate({ name, threshold, keys, paths }: Delegate): readonly string[] {
  const allowed = paths.includes('') ? 'every tag' : describePaths(paths);
  return [
    `#   ${name}: ${threshold} of ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}, ${allowed}`,
    ...keys.flatMap(({ type, canonicalKeyId, certificates }) => [
      `#     ${quote(type)} ${canonicalKeyId}`,
      ...certificates.map(
        ({ subject, fingerprint }) => `#       certificate of ${quote(subject)}, SHA-256 ${fingerprint}`,
      ),
    ]),
  ];
}

function describePaths(paths: readonly string[]): string {
  return paths.length === 0 ? 'no tag' : `tags that begin with ${paths.map(quote).join(', ')}`;
}

function formatSigner(signer: NewSigner): readonly string[] {
  if (signer.kind === 'key') return [`      - key: ${quote(signer.key)}`];
  return [`      - issuer: ${quote(signer.issuer)}`, `        identity: ${quote(signer.identity)}`];
}

/** JSON’s spelling is YAML’s too, and has no line end in it. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
