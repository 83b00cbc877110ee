// trustpolicy.json of version 1.0 (trust-store-trust-policy.md, "Trust Policy for OCI artifacts"). Read strictly:
// a member that is not known is refused with its place, since a misspelt one would loosen what its writer meant.

import { type DistinguishedName, isPartOf, parseName } from '../../formats/notation/name.ts';
import { decodeUtf8, formatSize } from '../../kit/bytes.ts';
import { describeError } from '../../kit/error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { notationTrustErrors } from './errors.ts';
import { createLevel, type Level } from './level.ts';

export type StoreKind = 'ca' | 'signingAuthority' | 'tsa';

export interface StoreName {
  readonly kind: StoreKind;
  readonly name: string;
}

export interface TrustStatement {
  readonly name: string;
  /** `HOST/REPOSITORY` each, or the one `*`. */
  readonly scopes: readonly string[];
  readonly level: Level;
  /** When a timestamp is looked at, where a tsa: store is named. */
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
  readonly stores: readonly StoreName[];
  /** Names of which one must be part of the signer's; `any` for `*`. */
  readonly identities: 'any' | readonly { readonly text: string; readonly name: DistinguishedName }[];
}

export interface TrustPolicy {
  readonly statements: readonly TrustStatement[];
}

const SUBJECT = 'x509.subject';

/** The policy; `notation.policy_invalid` names the place, as `trustPolicies[1].trustStores[0]`. */
export function parseTrustPolicy(bytes: Uint8Array): TrustPolicy {
  if (bytes.byteLength > limits.trustPolicyBytes)
    refuse(`a trust policy has at most ${formatSize(limits.trustPolicyBytes)}`);
  const text = decodeUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(value)) refuse('the trust policy is not a JSON object');
  checkMembers(value, ['version', 'trustPolicies'], '');
  if (value.version !== '1.0') refuse('version is not "1.0"');
  const { trustPolicies } = value;
  if (!Array.isArray(trustPolicies) || trustPolicies.length === 0) refuse('trustPolicies has no statement');
  const statements = trustPolicies.map((item, position) => readStatement(item, `trustPolicies[${position}]`));
  checkUnique(
    statements.map(({ name }) => [name]),
    'name',
  );
  checkUnique(
    statements.map(({ scopes }) => scopes),
    'registryScopes',
  );
  return { statements };
}

/** The statement for `HOST/REPOSITORY`: its own before that of `*`; `notation.policy_missing`. */
export function selectStatement(policy: TrustPolicy, repository: string): TrustStatement {
  const found =
    policy.statements.find(({ scopes }) => scopes.includes(repository)) ??
    policy.statements.find(({ scopes }) => scopes.includes('*'));
  if (found === undefined)
    throw notationTrustErrors.policy_missing(
      `no statement of the trust policy has the scope ${repository.slice(0, 300)}`,
    );
  return found;
}

function readStatement(value: unknown, where: string): TrustStatement {
  if (!isJsonObject(value)) return refuse(`${where} is not an object`);
  const members = ['name', 'registryScopes', 'signatureVerification', 'trustStores', 'trustedIdentities'];
  checkMembers(value, members, `${where}.`);
  const { name, signatureVerification } = value;
  if (typeof name !== 'string' || name === '') return refuse(`${where}.name is missing`);
  if (!isJsonObject(signatureVerification)) return refuse(`${where}.signatureVerification is not an object`);
  const place = `${where}.signatureVerification`;
  checkMembers(signatureVerification, ['level', 'override', 'verifyTimestamp'], `${place}.`);
  const { level: levelName, override = {}, verifyTimestamp = 'always' } = signatureVerification;
  if (!isJsonObject(override)) return refuse(`${place}.override is not an object`);
  if (verifyTimestamp !== 'always' && verifyTimestamp !== 'afterCertExpiry')
    return refuse(`${place}.verifyTimestamp is not always or afterCertExpiry`);
  const level = createLevel(levelName, override, place);
  const scopes = readScopes(value, where);
  const stores = readTexts(value, 'trustStores', where).map((text, at) =>
    readStore(text, `${where}.trustStores[${at}]`),
  );
  const identities = readIdentities(
    readTexts(value, 'trustedIdentities', where),
    `${where}.trustedIdentities`,
  );
  const some = stores.length > 0 && identities.length > 0;
  const none = stores.length === 0 && identities.length === 0;
  if (level.name === 'skip' ? !none : !some)
    return refuse(
      level.name === 'skip'
        ? `${where} skips, and names trustStores or trustedIdentities all the same`
        : `${where} needs trustStores and trustedIdentities`,
    );
  if (level.name === 'skip' && scopes.includes('*'))
    return refuse(`${where} skips, and that cannot be for *`);
  return { name, scopes, level, verifyTimestamp, stores, identities };
}

function readScopes(value: JsonObject, where: string): readonly string[] {
  const scopes = readTexts(value, 'registryScopes', where);
  if (scopes.length === 0) return refuse(`${where}.registryScopes has no scope`);
  if (scopes.length > 1 && scopes.includes('*')) return refuse(`${where}.registryScopes has * beside others`);
  const host =
    /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?$/;
  for (const [at, scope] of scopes.entries()) {
    const [first = '', ...parts] = scope.split('/');
    const fits = host.test(first) && parts.length > 0 && parts.every((part) => isPathPart(part));
    if (scope !== '*' && !fits)
      return refuse(`${where}.registryScopes[${at}] is not HOST/REPOSITORY without scheme and tag, or *`);
  }
  return scopes;
}

/** distribution-spec's path component, by hand: the usual expression for it takes exponential time. */
function isPathPart(part: string): boolean {
  return (
    part.length <= limits.repositoryNameChars &&
    /^[a-z0-9][a-z0-9._-]*$/.test(part) &&
    /[a-z0-9]$/.test(part) &&
    !/\.\.|___|[._]-|-[._]|\._|_\./.test(part)
  );
}

function readStore(text: string, where: string): StoreName {
  const [, kind = '', name = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  if (kind !== 'ca' && kind !== 'signingAuthority' && kind !== 'tsa')
    return refuse(`${where} does not begin with ca:, signingAuthority: or tsa:`);
  if (!/^[a-zA-Z0-9_.-]+$/.test(name))
    return refuse(`${where} names no store; letters, digits, _ . - make a name`);
  return { kind, name };
}

function readIdentities(texts: readonly string[], where: string): TrustStatement['identities'] {
  if (texts.includes('*')) return texts.length === 1 ? 'any' : refuse(`${where} has * beside others`);
  const identities = texts.map((text, at) => {
    const colon = text.indexOf(':');
    if (colon < 0 || text.slice(0, colon) !== SUBJECT)
      return refuse(`${where}[${at}] does not begin with ${SUBJECT}:, and no other kind is known`);
    return { text, name: readIdentity(text.slice(colon + 1), `${where}[${at}]`) };
  });
  for (const [at, { name }] of identities.entries())
    for (const [other, { name: whole }] of identities.entries())
      if (at !== other && isPartOf(name, whole))
        return refuse(`${where}[${at}] covers ${where}[${other}]; keep one`);
  return identities;
}

function readIdentity(text: string, where: string): DistinguishedName {
  try {
    return parseName(text);
  } catch (cause) {
    throw notationTrustErrors.policy_invalid(`${where}: ${describeError(cause)}`, { cause });
  }
}

function readTexts(value: JsonObject, member: string, where: string): readonly string[] {
  const list = value[member] ?? [];
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string' && item !== ''))
    return refuse(`${where}.${member} is not a list of texts`);
  return list as readonly string[];
}

function checkMembers(value: JsonObject, known: readonly string[], where: string): void {
  const extra = Object.keys(value).find((key) => !known.includes(key));
  if (extra !== undefined) refuse(`${where}${extra.slice(0, 100)} is not known; ${known.join(', ')} are`);
}

function checkUnique(lists: readonly (readonly string[])[], member: string): void {
  const seen = new Map<string, number>();
  for (const [at, texts] of lists.entries())
    for (const text of texts) {
      const before = seen.get(text);
      if (before !== undefined)
        refuse(
          `trustPolicies[${at}].${member} has "${text.slice(0, 200)}" again; trustPolicies[${before}] has it`,
        );
      seen.set(text, at);
    }
}

function refuse(why: string): never {
  throw notationTrustErrors.policy_invalid(why);
}
