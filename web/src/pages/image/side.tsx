// Beside the evidence: how to pull it, what was judged, where it comes from, what to take along.
import type { ImageDetail } from '../../../../src/entry/http/contract.ts';
import { sbomAddress } from '../../api.ts';
import { Digest } from '../../components/digest.tsx';
import { PullLines } from '../../components/pull-lines.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { VerifyLines } from '../../components/verify-lines.tsx';
import { Foundation } from './foundation.tsx';
import { Judged } from './judged.tsx';

export function ImageSide({ image, platform }: { image: ImageDetail; platform: string | undefined }) {
  return (
    <aside className="side" aria-label="About this image">
      <section>
        <h2 className="unseen">Pull it</h2>
        <PullLines
          registryHost={image.registryHost}
          repository={image.repository}
          tag={image.tag}
          digest={image.digest}
          platform={platform}
        />
      </section>
      <section>
        <h2>Verify it elsewhere</h2>
        <VerifyLines image={image} />
      </section>
      {image.report ? <Judged report={image.report} /> : null}
      {image.report ? <Foundation report={image.report} /> : null}
      <Origin image={image} />
      {image.report ? <TakeAway image={image} platform={platform} /> : null}
    </aside>
  );
}

function Origin({ image }: { image: ImageDetail }) {
  const labels = new Map(Object.entries(image.report?.config.labels ?? {}));
  const source = labels.get('org.opencontainers.image.source');
  const revision = labels.get('org.opencontainers.image.revision');
  const base = image.report?.distribution;
  return (
    <section>
      <h2>Where it comes from</h2>
      <dl className="facts">
        <div>
          <dt>Digest</dt>
          <dd>
            <Digest digest={image.digest} />
          </dd>
        </div>
        {image.imageDigest && image.imageDigest !== image.digest ? (
          <div>
            <dt>This platform’s</dt>
            <dd>
              <Digest digest={image.imageDigest} what="this platform's digest" />
            </dd>
          </div>
        ) : null}
        <div>
          <dt>Pushed</dt>
          <dd>
            <RelativeTime instant={image.pushedAt} />
          </dd>
        </div>
        {image.platform ? (
          <div>
            <dt>Platform</dt>
            <dd>{image.platform}</dd>
          </div>
        ) : null}
        {image.report ? (
          <div>
            <dt>System</dt>
            <dd>
              {base
                ? (base.prettyName ?? [base.id, base.versionId].filter(Boolean).join(' '))
                : 'none named in it'}
            </dd>
          </div>
        ) : null}
        {source ? (
          <div>
            <dt>Source</dt>
            <dd>{/^https?:\/\//.test(source) ? <Outside address={source} /> : source}</dd>
          </div>
        ) : null}
        {revision ? (
          <div>
            <dt>Revision</dt>
            <dd>
              <code title={revision}>{revision.slice(0, 12)}</code>
            </dd>
          </div>
        ) : null}
      </dl>
      {source || revision ? (
        <p className="small quiet">Source and revision as the image says; nobody has proven them.</p>
      ) : null}
    </section>
  );
}

function Outside({ address }: { address: string }) {
  return (
    <a href={address} rel="noreferrer noopener" target="_blank">
      {address.replace(/^https?:\/\//, '')}
    </a>
  );
}

function TakeAway({ image, platform }: { image: ImageDetail; platform: string | undefined }) {
  const address = (format: 'spdx' | 'cyclonedx') =>
    sbomAddress(image.repository, image.reference, format, platform);
  return (
    <section>
      <h2>Take with you</h2>
      <dl className="facts">
        <div>
          <dt>Contents</dt>
          <dd>
            <a href={address('spdx')} download>
              SPDX
            </a>{' '}
            ·{' '}
            <a href={address('cyclonedx')} download>
              CycloneDX
            </a>
          </dd>
        </div>
      </dl>
    </section>
  );
}
