// What a person can do next, as lines to run, made of what was found. Names are of whoever signed: to be looked at
// before they are believed.

import type { CheckCode } from '../../../../engines/verify/check.ts';
import { signaturePredicateType } from '../../../../engines/verify/expectation.ts';
import type { ImageEvidence } from '../../../../engines/verify/image-evidence.ts';
import type { TriedBundle, TrustVerdict } from '../../../../engines/verify/judge-trust.ts';
import { readSignedThing } from '../../../../engines/verify/subject.ts';
import { originOf } from '../../../../formats/oci/origin.ts';
import { showSigner } from '../../shown-verification.ts';
import type { SigstoreAsk } from './ask.ts';

const MOST = 5;

export function listHints(
  ask: SigstoreAsk,
  evidence: ImageEvidence,
  verdict: TrustVerdict,
): readonly string[] {
  if (verdict.outcome === 'passed') return [];
  const tried = verdict.demands.flatMap((demand) => demand.tried);
  return [
    ...(ask.isWhoSaid ? [] : hintWho(tried)),
    ...hintSource(verdict, tried),
    ...hintKey(ask, evidence),
    ...hintRoot(ask, tried),
    ...hintType(ask, evidence),
    ...hintNotation(evidence),
  ];
}

/** Checks of who signed; where all others passed, the name is one to decide about. */
const OF_WHO: readonly CheckCode[] = ['identity', 'issuer', 'source-repository'];

function hintWho(tried: readonly TriedBundle[]): readonly string[] {
  const seen = new Set<string>();
  for (const { signer, checks } of tried) {
    if (signer?.kind !== 'certificate') continue;
    const { name, issuer = '' } = showSigner(signer);
    const isProved = checks.every(({ code, outcome }) => outcome === 'passed' || OF_WHO.includes(code));
    seen.add(
      isProved
        ? `Signed by ${name}. If that is who must sign: --certificate-identity ${quote(name)} --certificate-oidc-issuer ${quote(issuer)}`
        : `One calls itself ${name}, which is not proved; name who must have signed: --certificate-identity and --certificate-oidc-issuer, --key or --policy`,
    );
  }
  if (seen.size === 0)
    return [
      'Nobody was named who must have signed: --certificate-identity and --certificate-oidc-issuer, --key or --policy',
    ];
  return [...seen].slice(0, MOST);
}

/** A builder that builds for anybody: the source must be said. */
function hintSource({ rule }: TrustVerdict, tried: readonly TriedBundle[]): readonly string[] {
  const isSaid = rule?.signers.some(
    (one) => one.kind === 'identity' && (one.sourceRepository ?? one.workflow?.repository) !== undefined,
  );
  if (isSaid === true) return [];
  const found = tried.flatMap(({ signer, checks }) => {
    const isOpen = checks.some(({ code, outcome }) => code === 'source-repository' && outcome === 'failed');
    const source = signer === undefined ? undefined : showSigner(signer).sourceRepository;
    return isOpen && source !== undefined
      ? [`Its builder builds for any repository. If this is the source: --source-repository ${quote(source)}`]
      : [];
  });
  return [...new Set(found)].slice(0, MOST);
}

function hintKey({ keys }: SigstoreAsk, { signed }: ImageEvidence): readonly string[] {
  const count = signed.bundles.filter(({ bundle }) => bundle.signer.kind === 'key').length;
  return count > 0 && keys.length === 0
    ? [`${count} of its signatures are made with a key, which --key FILE judges`]
    : [];
}

function hintRoot(
  { reference, trustedRoots }: SigstoreAsk,
  tried: readonly TriedBundle[],
): readonly string[] {
  const isForeign = tried.some(({ signer, checks }) => {
    const chain = checks.filter(({ code }) => code === 'chain' || code === 'log');
    return signer?.kind === 'certificate' && chain.some(({ outcome }) => outcome !== 'passed');
  });
  if (!isForeign || trustedRoots.length > 0) return [];
  const host = reference.kind === 'registry' ? reference.host : 'HOST';
  return [
    `None of the known roots made its certificate. Of a Plimsoll instance: plimsoll trust add ${nameOf(host)} ${originOf(host)}; of others: --trusted-root FILE`,
  ];
}

/** A name that a trusted root can be kept under. */
function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/[^a-z0-9.-]/g, '-');
}

function hintType({ policy }: SigstoreAsk, { signed, platform, attested }: ImageEvidence): readonly string[] {
  if (policy.rules.every(({ signatures }) => signatures === 0)) return [];
  const types = new Set(
    [...signed.bundles, ...(platform?.signed.bundles ?? [])].flatMap(({ bundle }) => {
      const thing = readSignedThing(bundle);
      const type = thing.kind === 'statement' ? thing.statement.predicateType : signaturePredicateType;
      return type === signaturePredicateType ? [] : [type];
    }),
  );
  const isAttested = attested.some(({ bundles }) => bundles.length > 0);
  return [
    ...[...types]
      .slice(0, MOST)
      .map(
        (type) =>
          `A statement about it is signed, which is no signature of the image: --type ${quote(type)} asks for it`,
      ),
    ...(isAttested
      ? [
          'What its builder stated is signed, and the image itself is not: --type slsaprovenance1 asks for that',
        ]
      : []),
  ];
}

function hintNotation({ signed }: ImageEvidence): readonly string[] {
  const count = signed.notation.length;
  return count === 0 ? [] : [`${count} Notary Project signatures hang on it, which --notation judges`];
}

/** As a shell takes it. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
