// One signature or statement: what it is, what came of it, who signed and when, from which source and by whom it was
// built; then its checks. Those that did not pass stand open, the others are one click away.
import type { ReactNode } from 'react';
import { Digest } from '../../../components/digest.tsx';
import { RelativeTime } from '../../../components/relative-time.tsx';
import { nameOf } from '../../../verify/answer.ts';
import type { ShownCheck, Signer } from '../../../verify/judge-bundle.ts';
import type { JudgedItem } from '../../../verify/judge-image.ts';
import { OutcomeMark } from './outcome.tsx';

/** Titles by predicate type; of any other its own name stands beside "Statement". */
const TITLES: readonly (readonly [RegExp, string])[] = [
  [/^https:\/\/sigstore\.dev\/cosign\/sign\//, 'Signature of the image'],
  [/^https:\/\/plimsoll\.dev\/tag-binding\//, 'Signature of the tag'],
  [/^https:\/\/plimsoll\.dev\/revocation\//, 'Revocation'],
  [/^https:\/\/slsa\.dev\/provenance\//, 'How it was built'],
  [/^https:\/\/slsa\.dev\/verification_summary\//, 'Verdict under a policy'],
  [/^https:\/\/spdx\.dev\/Document/, 'What is in it (SPDX)'],
  [/^https:\/\/cyclonedx\.org\/bom/, 'What is in it (CycloneDX)'],
  [/^https:\/\/openvex\.dev\/ns/, 'What affects it (OpenVEX)'],
  [/^https:\/\/cosign\.sigstore\.dev\/attestation\/vuln\//, 'Result of a scan'],
];

export function Item({ item }: { item: JudgedItem }) {
  const { checks, outcome, predicateType, artifactType, about, manifest } = item;
  const open = checks.filter((check) => check.outcome !== 'passed');
  const passed = checks.filter((check) => check.outcome === 'passed');
  const title = titleOf(item);
  return (
    <article className={`trust-item is-${outcome}`} aria-label={title}>
      <header>
        <h4>{title}</h4>
        <OutcomeMark outcome={outcome} />
      </header>
      <dl className="trust-facts">
        {item.signer ? <SignerFacts signer={item.signer} isProven={outcome === 'passed'} /> : null}
        {item.signedAt ? (
          <Fact name="Signed before">
            <RelativeTime instant={item.signedAt.toISOString()} />
          </Fact>
        ) : null}
        <Fact name={item.isSigned || about !== 'attestation manifest' ? 'About' : 'Lies in'}>
          the {about}
        </Fact>
        {predicateType ? (
          <Fact name="Type">
            <code>{predicateType}</code>
          </Fact>
        ) : null}
        {artifactType ? (
          <Fact name="Type">
            <code>{artifactType}</code>
          </Fact>
        ) : null}
        <Fact name="Manifest">
          <Digest digest={manifest} what="manifest's digest" />
        </Fact>
      </dl>
      {open.length > 0 ? <Checks checks={open} /> : null}
      {passed.length > 0 ? (
        <details>
          <summary>
            {open.length === 0
              ? `All ${checks.length} checks passed`
              : `${passed.length} of ${checks.length} checks passed`}
          </summary>
          <Checks checks={passed} />
        </details>
      ) : null}
    </article>
  );
}

function titleOf({ kind, predicateType }: JudgedItem): string {
  if (predicateType !== undefined)
    return TITLES.find(([pattern]) => pattern.test(predicateType))?.[1] ?? 'Statement';
  return kind === 'signature' ? 'Signature of the image' : 'Something that hangs on it';
}

/** As the certificate says; only of what passed is it more than a claim. */
function SignerFacts({ signer, isProven }: { signer: Signer; isProven: boolean }) {
  if (signer.kind === 'key') return <Fact name="Key">{signer.name}</Fact>;
  const { issuer, sourceRepository, sourceRef, sourceDigest, buildSignerUri, runnerEnvironment } =
    signer.claims;
  return (
    <>
      <Fact name={isProven ? 'Signed by' : 'Says it is signed by'}>{nameOf(signer)}</Fact>
      {issuer ? <Fact name="Vouched for by">{issuer}</Fact> : null}
      {sourceRepository ? (
        <Fact name="Source">
          {sourceRepository}
          {sourceRef ? <>, {sourceRef}</> : null}
          {sourceDigest ? (
            <>
              , <code title={sourceDigest}>{sourceDigest.slice(0, 12)}</code>
            </>
          ) : null}
        </Fact>
      ) : null}
      {buildSignerUri ? <Fact name="Builder">{buildSignerUri}</Fact> : null}
      {runnerEnvironment ? <Fact name="Runner">{runnerEnvironment}</Fact> : null}
    </>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Checks({ checks }: { checks: readonly ShownCheck[] }) {
  return (
    <ul className="trust-checks">
      {checks.map(({ code, outcome, sentence }) => (
        <li key={`${code} ${sentence}`}>
          <OutcomeMark outcome={outcome} />
          <span>
            {sentence} <code className="quiet">{code}</code>
          </span>
        </li>
      ))}
    </ul>
  );
}
