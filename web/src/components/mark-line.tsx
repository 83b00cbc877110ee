// What the instance has signed of an image, in a line: the mark's result, when and by whom, and the digest to verify it
// by; or that the image was revoked, and why. Nothing where nothing was signed: that is no verdict. The server's word;
// who trusts it not verifies the mark.
import { useQuery } from '@tanstack/react-query';
import type { ImageDetail } from '../../../src/entry/http/contract.ts';
import type { Mark, Revoked } from '../../../src/entry/http/contract-verdict.ts';
import { marksQuery } from '../api.ts';
import { Digest } from './digest.tsx';
import { RelativeTime } from './relative-time.tsx';
import { OutcomeShape } from './shape.tsx';
import './mark-line.css';

export function MarkLine({ image }: { image: ImageDetail }) {
  const { repository, reference, scan, platforms } = image;
  const { data } = useQuery(marksQuery(repository, reference, scan.judgedAt ?? ''));
  const [mark] = data?.marks ?? [];
  return (
    <>
      {data?.revoked === undefined ? null : <RevokedLine revoked={data.revoked} />}
      {mark === undefined || mark.endedAt !== undefined ? null : (
        <MarkText mark={mark} isOfMany={platforms.length > 1} />
      )}
    </>
  );
}

function MarkText({ mark, isOfMany }: { mark: Mark; isOfMany: boolean }) {
  return (
    <p className="mark-line quiet">
      <OutcomeShape outcome={mark.outcome} />
      <span>
        Mark{isOfMany ? ' of all platforms' : ''}: {mark.result}, signed <RelativeTime instant={mark.at} /> by{' '}
        {mark.signer}
      </span>
      <Digest digest={mark.manifestDigest} what="the mark’s digest" />
    </p>
  );
}

function RevokedLine({ revoked }: { revoked: Revoked }) {
  return (
    <p className="mark-line mark-revoked" role="note">
      <OutcomeShape outcome="fail" />
      <strong>Revoked</strong>
      <span>
        <RelativeTime instant={revoked.at} /> by {revoked.by}
        {revoked.isEverywhere ? ', everywhere' : ''}: {revoked.why}
      </span>
    </p>
  );
}
