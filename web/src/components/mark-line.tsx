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
  if (mark === undefined || mark.endedAt !== undefined) return null;
  return <MarkText mark={mark} isOfMany={platforms.length > 1} />;
}

/** Before all else that is said of the image. */
export function RevokedLine({ image }: { image: ImageDetail }) {
  const { repository, reference, scan } = image;
  const { data } = useQuery(marksQuery(repository, reference, scan.judgedAt ?? ''));
  return data?.revoked === undefined ? null : <RevokedText revoked={data.revoked} />;
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

function RevokedText({ revoked }: { revoked: Revoked }) {
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
