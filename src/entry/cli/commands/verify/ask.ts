// What the command line of `verify` asks for. cosign's flags become a trust policy of one rule, so that flags and
// policy files are judged by the same judge. A flag that turns a check off is kept with the answer.
import { createPattern, type PatternText } from '../../../../engines/verify/pattern.ts';
import { parseTrustedKey, type TrustedKey, trustKey } from '../../../../engines/verify/signer.ts';
import type { TrustPolicy, TrustRule, TrustSigner } from '../../../../engines/verify/trust-policy.ts';
import type { WitnessPolicy } from '../../../../engines/witness/policy.ts';
import { type ImageReference, parseReference } from '../../../../formats/oci/reference.ts';
import { isPredicateName, predicateTypes } from '../../../../formats/sigstore/predicate.ts';
import { decodeUtf8 } from '../../../../kit/bytes.ts';
import { limits } from '../../../../kit/limits.ts';
import { type CommandInput, isSet, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { checkAge, checkChoice } from '../../option.ts';
import type { Skipped } from '../../shown-verification.ts';
import { readWitnesses } from '../../witnesses.ts';
import type { CliWorld } from '../../world.ts';

export interface AskedImage {
  readonly text: string;
  readonly reference: ImageReference;
  readonly platform?: string;
  readonly format: 'text' | 'json';
}

export interface SigstoreAsk extends AskedImage {
  readonly kind: 'sigstore';
  readonly policy: TrustPolicy;
  /** Whether flags or a policy say who must have signed. */
  readonly isWhoSaid: boolean;
  readonly keys: readonly TrustedKey[];
  /** Files; the known roots where there are none. */
  readonly trustedRoots: readonly string[];
  /** Of the known roots these alone; all where none is named. */
  readonly rootNames: readonly string[];
  readonly skipped: readonly Skipped[];
  /** Whether the instance's list of what it took back is left unread. */
  readonly isOffline: boolean;
  readonly showsProvenance: boolean;
  /** Whose word the log needs too. */
  readonly witnesses?: WitnessPolicy;
  readonly previous?: ImageReference;
}

export interface NotationAsk extends AskedImage {
  readonly kind: 'notation';
  readonly folder?: string;
  /** Whether to ask where certificates say. */
  readonly checksRevocation: boolean;
  /** Whose word on what was taken back counts; as of `SigstoreAsk`. */
  readonly trustedRoots: readonly string[];
  readonly rootNames: readonly string[];
  readonly isOffline: boolean;
}

/** Members that are commander's names of options, each with the policy's claim. */
const CLAIMS = [
  ['identity', 'certificateIdentity', 'certificateIdentityRegexp'],
  ['issuer', 'certificateOidcIssuer', 'certificateOidcIssuerRegexp'],
  ['sourceRepository', 'sourceRepository', 'sourceRepositoryPattern'],
  ['sourceRef', 'sourceRef', 'sourceRefPattern'],
  ['builder', 'builder', 'builderPattern'],
  ['runner', 'runner', undefined],
] as const;

const WORKFLOW = [
  ['repository', 'certificateGithubWorkflowRepository'],
  ['ref', 'certificateGithubWorkflowRef'],
  ['sha', 'certificateGithubWorkflowSha'],
  ['name', 'certificateGithubWorkflowName'],
  ['trigger', 'certificateGithubWorkflowTrigger'],
] as const;

/** `cli.option_invalid`, `cli.usage`, `verify.*` for patterns, policies and keys, and what reading files throws. */
export async function readAsk(world: CliWorld, input: CommandInput): Promise<SigstoreAsk | NotationAsk> {
  const { switches, args } = readSwitches(input);
  const image = readImage(input, args);
  const isOffline = switches.get('offline') === true;
  const [trustedRoots, rootNames] = [listOption(input, 'trustedRoot'), listOption(input, 'root')];
  if (trustedRoots.length > 0 && rootNames.length > 0)
    throw cliErrors.usage('--trusted-root takes the place of the roots that are kept: leave out --root');
  const rooted = { ...image, trustedRoots, rootNames, isOffline };
  if (isSet(input, 'notation')) return readNotationAsk(input, rooted);
  if (textOption(input, 'notationConfig') !== undefined)
    throw cliErrors.usage('--notation-config goes with --notation');
  if (isSet(input, 'revocationCheck')) throw cliErrors.usage('--revocation-check goes with --notation');
  if (switches.get('checkClaims') === false)
    throw cliErrors.option_invalid(
      '--check-claims=false is not taken: it would take the signature of another image for one of this',
    );
  const skipped = readSkipped(switches);
  const previous = textOption(input, 'previous');
  const asked = await readPolicy(world, input, skipped);
  const witnesses = await readWitnesses(world, textOption(input, 'witnesses'));
  return {
    kind: 'sigstore',
    ...rooted,
    ...asked,
    skipped,
    showsProvenance: isSet(input, 'showProvenance') || previous !== undefined,
    ...(witnesses === undefined ? {} : { witnesses }),
    ...(previous === undefined ? {} : { previous: parseReference(previous) }),
  };
}

function readImage(input: CommandInput, args: readonly string[]): AskedImage {
  const [text, ...more] = args;
  if (text === undefined) throw cliErrors.usage('name the image to verify');
  if (more.length > 0) throw cliErrors.usage(`one image is verified at a time; ${more[0]} is one too many`);
  const platform = textOption(input, 'platform');
  const format = textOption(input, 'output') ?? textOption(input, 'format') ?? 'text';
  return {
    text,
    reference: parseReference(text),
    ...(platform === undefined ? {} : { platform }),
    format: checkChoice('--format', format, ['text', 'json']),
  };
}

function readNotationAsk(
  input: CommandInput,
  rooted: Omit<NotationAsk, 'kind' | 'folder' | 'checksRevocation'>,
): NotationAsk {
  const folder = textOption(input, 'notationConfig');
  const others = [...CLAIMS.flatMap(([, ...names]) => names), ...WORKFLOW.map(([, name]) => name), 'policy'];
  const given = others.find((name) => name !== undefined && textOption(input, name) !== undefined);
  if (given !== undefined || listOption(input, 'key').length > 0 || listOption(input, 'type').length > 0)
    throw cliErrors.usage('--notation is judged by notation’s policy alone: leave out keys, names and types');
  const checksRevocation = isSet(input, 'revocationCheck');
  if (checksRevocation && rooted.isOffline)
    throw cliErrors.usage('--revocation-check asks the network, and --offline forbids it: leave out one');
  return { kind: 'notation', ...rooted, ...(folder === undefined ? {} : { folder }), checksRevocation };
}

/** Flags that cosign takes as `--flag` and `--flag=true`. */
const SWITCHES = [
  'insecureIgnoreTlog',
  'privateInfrastructure',
  'insecureIgnoreSct',
  'checkClaims',
  'offline',
  'useSignedTimestamps',
  'experimentalOci11',
  'newBundleFormat',
] as const;
type Switch = (typeof SWITCHES)[number];

/** What stands behind a flag and is no value of it is the image. */
function readSwitches({ options, args }: CommandInput): {
  readonly switches: ReadonlyMap<Switch, boolean>;
  readonly args: readonly string[];
} {
  const switches = new Map<Switch, boolean>();
  const strays: string[] = [];
  for (const name of SWITCHES) {
    const value = options[name];
    if (value === undefined) continue;
    switches.set(name, value !== 'false');
    if (typeof value === 'string' && value !== 'true' && value !== 'false') strays.push(value);
  }
  return { switches, args: [...strays, ...args] };
}

function readSkipped(switches: ReadonlyMap<Switch, boolean>): readonly Skipped[] {
  const log = (['insecureIgnoreTlog', 'privateInfrastructure'] as const).find((name) => switches.get(name));
  const flag = log === 'insecureIgnoreTlog' ? '--insecure-ignore-tlog' : '--private-infrastructure';
  return [
    ...(log === undefined
      ? []
      : [
          {
            code: 'log' as const,
            flag,
            sentence: `No transparency log was asked for: ${flag} was given.`,
          },
        ]),
    ...(switches.get('insecureIgnoreSct') === true
      ? [
          {
            code: 'certificate-log' as const,
            flag: '--insecure-ignore-sct',
            sentence: 'No certificate log was asked for: --insecure-ignore-sct was given.',
          },
        ]
      : []),
  ];
}

type Asked = Pick<SigstoreAsk, 'policy' | 'isWhoSaid' | 'keys'>;

async function readPolicy(world: CliWorld, input: CommandInput, skipped: readonly Skipped[]): Promise<Asked> {
  const signer = readSigner(input);
  const keys = await Promise.all(listOption(input, 'key').map((file) => readKey(world, file)));
  const file = policyOption(world, input);
  const isSignerSaid = Object.keys(signer).length > 1;
  const demands = readDemands(input);
  if (file !== undefined) {
    if (isSignerSaid) throw cliErrors.usage('a trust policy says who may sign: give --policy, or the names');
    const policy = narrow(await readPolicyFile(world, file), demands, skipped);
    return { policy, isWhoSaid: true, keys: [...keys, ...(await readKeysOf(world, policy, file, keys))] };
  }
  if (isSignerSaid && keys.length > 0)
    throw cliErrors.usage('a key has no name: give --key, or the names of a certificate');
  const signers = keys.length > 0 ? keys.map(({ name }) => ({ kind: 'key' as const, key: name })) : [signer];
  const rule: TrustRule = {
    names: ['*'],
    signers,
    signatures: demands.statements.length > 0 ? 0 : 1,
    statements: demands.statements,
    isTagBound: false,
    ...demands.age,
  };
  const policy = narrow({ name: 'the command line', rules: [rule] }, undefined, skipped);
  const isNamed = signer.kind === 'identity' && signer.identity !== undefined && signer.issuer !== undefined;
  return { policy, isWhoSaid: keys.length > 0 || isNamed, keys };
}

/**
 * `--policy` is a setting too, for policies on what images hold: of the settings only the flag is meant here, since
 * whoever configured a policy for images has said nothing of who may sign them.
 */
function policyOption(world: CliWorld, input: CommandInput): string | undefined {
  const given = textOption(input, 'policy');
  const isFlag = world.listConfig().some(({ key, origin }) => key === 'policy' && origin === '--policy');
  return given ?? (isFlag ? world.policyFile : undefined);
}

interface Demands {
  readonly statements: TrustRule['statements'];
  readonly age: Pick<TrustRule, 'maxAgeMs'>;
}

function readDemands(input: CommandInput): Demands {
  const age = textOption(input, 'maxAge');
  return {
    statements: listOption(input, 'type').map((text) => ({ predicateType: readType(text) })),
    age: age === undefined ? {} : { maxAgeMs: checkAge('--max-age', age) },
  };
}

function readType(text: string): string {
  if (isPredicateName(text)) return predicateTypes[text];
  if (URL.canParse(text)) return text;
  throw cliErrors.option_invalid(
    `--type is ${Object.keys(predicateTypes).join(', ')}, or the URI of a predicate type; "${text}" is none`,
  );
}

/** What the command line adds to each rule: more statements, a lower age; and what it takes away, said beside. */
function narrow(policy: TrustPolicy, demands: Demands | undefined, skipped: readonly Skipped[]): TrustPolicy {
  const without = (code: Skipped['code']): boolean => skipped.some((one) => one.code === code);
  return {
    ...policy,
    rules: policy.rules.map((rule) => ({
      ...rule,
      ...demands?.age,
      statements: [...rule.statements, ...(demands?.statements ?? [])],
      ...(without('log') ? { logs: 0 } : {}),
      ...(without('certificate-log') ? { certificateLogs: 0 } : {}),
    })),
  };
}

function readSigner(input: CommandInput): TrustSigner {
  const claims = CLAIMS.flatMap(([claim, exact, pattern]) => {
    const text = readPattern(input, exact, pattern);
    return text === undefined ? [] : [[claim, text] as const];
  });
  const workflow = WORKFLOW.flatMap(([claim, name]) => {
    const text = textOption(input, name);
    return text === undefined ? [] : [[claim, text] as const];
  });
  return {
    kind: 'identity',
    ...Object.fromEntries(claims),
    ...(workflow.length === 0 ? {} : { workflow: Object.fromEntries(workflow) }),
  };
}

function readPattern(
  input: CommandInput,
  exact: string,
  pattern: string | undefined,
): PatternText | undefined {
  const text = textOption(input, exact);
  const matched = pattern === undefined ? undefined : textOption(input, pattern);
  if (text !== undefined && matched !== undefined)
    throw cliErrors.usage(`--${dashed(exact)} is said twice: exactly, and by a pattern`);
  if (text === '' || matched === '')
    throw cliErrors.option_invalid(`--${dashed(exact)} is empty: it would say nothing`);
  if (matched === undefined) return text === undefined ? undefined : { kind: 'exact', text };
  createPattern(matched);
  return { kind: 'pattern', text: matched };
}

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function noPassphrase(reference: string): Error {
  return cliErrors.option_invalid(`--key names ${reference}, which wants a passphrase, and no public key`);
}

async function readKey(world: CliWorld, file: string, name = file): Promise<TrustedKey> {
  // The public half of a key that is in a token or a service of keys, as the signer names it.
  if (/^(?:[a-z0-9-]+:\/\/|pkcs11:)/i.test(file)) {
    const { publicKey } = await world.signing.openKey(file, () => Promise.reject(noPassphrase(file)));
    return trustKey(publicKey, name);
  }
  const text = decodeUtf8(await world.readDocument(file, limits.keyFileBytes));
  return parseTrustedKey(text ?? '', name);
}

async function readPolicyFile(world: CliWorld, file: string): Promise<TrustPolicy> {
  // With it comes the YAML parser, which most runs do not need.
  const { parseTrustPolicy } = await import('../../../../engines/verify/trust-policy-file.ts');
  return parseTrustPolicy(decodeUtf8(await world.readDocument(file, limits.policyFileBytes)) ?? '', file);
}

/** Keys that a policy names and nobody gave: files beside the policy. */
async function readKeysOf(
  world: CliWorld,
  policy: TrustPolicy,
  file: string,
  given: readonly TrustedKey[],
): Promise<readonly TrustedKey[]> {
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  const named = policy.rules.flatMap(({ signers }) =>
    signers.flatMap((one) => (one.kind === 'key' ? [one.key] : [])),
  );
  const missing = [...new Set(named)].filter((name) => !given.some((one) => one.name === name));
  return Promise.all(
    missing.map((name) => readKey(world, name.startsWith('/') ? name : `${folder}${name}`, name)),
  );
}

function listOption(input: CommandInput, name: string): readonly string[] {
  return (input.options[name] ?? []) as readonly string[];
}
