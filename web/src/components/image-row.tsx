// An image in a list: its load line, its name, the answer, and when it was pushed. The row is one link.
import type { ImageRow as Row } from '../../../src/entry/http/contract.ts';
import { formatReference } from '../format.ts';
import { formatScan, isFinal } from '../scan.ts';
import './image-row.css';
import { ImageLink } from './links.tsx';
import { LoadLine } from './load-line.tsx';
import { RelativeTime } from './relative-time.tsx';

interface ImageRowProps {
  image: Row;
  /** Why it is listed, instead of the answer. */
  why?: string;
}

export function ImageRow({ image, why }: ImageRowProps) {
  const { repository, tag, digest, summary, scan, platforms } = image;
  const reference = tag ?? digest;
  return (
    <li className="image-row">
      <LoadLine size={32} levels={summary?.loadLine} scan={scan} decorative />
      <div className="image-row-words">
        <ImageLink repository={repository} reference={reference} className="image-row-name stretch">
          <strong>{repository}</strong>
          <span className="quiet">{formatReference(reference)}</span>
        </ImageLink>
        <p aria-live={isFinal(scan) ? 'off' : 'polite'}>
          {why ? <>{why} · </> : null}
          {summary?.answer ?? scan.error ?? formatScan(scan)}
        </p>
      </div>
      <p className="image-row-end">
        <span>{platforms.length > 1 ? `${platforms.length} platforms` : platforms[0]}</span>
        <RelativeTime instant={image.pushedAt} />
      </p>
    </li>
  );
}
