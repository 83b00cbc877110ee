// A digest, short for the eye, whole on hover, and copied whole.
import { formatDigest } from '../format.ts';
import { CopyButton } from './copy-button.tsx';

export function Digest({ digest, what = 'digest' }: { digest: string; what?: string }) {
  return (
    <span className="with-copy">
      <code title={digest}>{formatDigest(digest)}</code>
      <CopyButton text={digest} what={what} />
    </span>
  );
}
