// What a finding was computed from: package record, layer, advisory, comparison.
import type { ReactNode } from 'react';
import type { Finding } from '../../../../src/entry/http/contract.ts';
import { Digest } from '../../components/digest.tsx';

export function FindingDetail({ finding }: { finding: Finding }) {
  const { evidence, package: found } = finding;
  return (
    <dl className="detail-facts small">
      {finding.summary ? <Fact name="In short">{finding.summary}</Fact> : null}
      <Fact name="Comparison">
        <code>{evidence.comparison}</code>
      </Fact>
      <Fact name="Package">
        <code>{found.purl}</code>
        {found.matchedName === found.name ? null : (
          <>
            , judged as{' '}
            <code>
              {found.matchedName} {found.matchedVersion}
            </code>
          </>
        )}
      </Fact>
      <Fact name="Seen in">
        <code>/{found.path}</code>, layer {found.layerPosition + 1},{' '}
        <Digest digest={found.layerDiffId} what="layer's diffID" />
      </Fact>
      <Fact name="Advisory">
        <code>{evidence.recordId}</code> of {evidence.feed}, {evidence.scope}
        {finding.url && /^https?:/.test(finding.url) ? (
          <>
            {' · '}
            <a href={finding.url} rel="noreferrer noopener" target="_blank">
              read it
            </a>
          </>
        ) : null}
      </Fact>
      <Fact name="Severity">
        {finding.severity}, says {finding.severityBy}
        {finding.score === undefined ? '' : `; score ${finding.score}`}
        {finding.vector ? (
          <>
            {' '}
            <code>{finding.vector}</code>
          </>
        ) : null}
      </Fact>
      {finding.exploited ? (
        <Fact name="Exploited">
          in CISA's catalogue since {finding.exploited.since}
          {finding.exploited.isRansomware ? ', by ransomware too' : ''}
        </Fact>
      ) : null}
      {finding.epss ? (
        <Fact name="Likelihood">
          {(finding.epss.score * 100).toFixed(2)} % within 30 days, more than{' '}
          {(finding.epss.percentile * 100).toFixed(0)} % of all CVEs, said FIRST on {finding.epss.asOf}
        </Fact>
      ) : null}
      {finding.publishedAt ? <Fact name="Published">{finding.publishedAt.slice(0, 10)}</Fact> : null}
      {finding.aliases.length > 0 ? <Fact name="Also known as">{finding.aliases.join(', ')}</Fact> : null}
      {finding.note ? <Fact name="Note">{finding.note}</Fact> : null}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
